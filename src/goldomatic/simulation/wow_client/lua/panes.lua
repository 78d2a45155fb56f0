-- Scroll frames, message frames, sliders, status bars and a few more kinds of frames.
local sim = ...
local S = sim.state

sim.class("ScrollFrame", "Frame")
sim.creatable.ScrollFrame = true
sim.scripts("ScrollFrame", "OnScrollRangeChanged OnHorizontalScroll OnVerticalScroll")
sim.method("ScrollFrame", "SetScrollChild", "r?", function(state, child)
  state.scroll_child = child
  if child then sim.adopt(S[child], state.widget) end
end)
sim.method("ScrollFrame", "GetScrollChild", "", function(state) return state.scroll_child end)
for _, way in ipairs({ "Horizontal", "Vertical" }) do
  sim.method("ScrollFrame", "Set" .. way .. "Scroll", "n", function(state, value)
    state["scroll_" .. way] = value
    sim.run(state, "On" .. way .. "Scroll", value)
  end)
  sim.method("ScrollFrame", "Get" .. way .. "Scroll", "", function(state) return state["scroll_" .. way] or 0 end)
  sim.method("ScrollFrame", "Get" .. way .. "ScrollRange", "", function(state)
    if not state.scroll_child then return 0 end
    local size = way == "Vertical" and "GetHeight" or "GetWidth"
    return math.max(0, state.scroll_child[size](state.scroll_child) - state.widget[size](state.widget))
  end)
end
sim.method("ScrollFrame", "UpdateScrollChildRect", "", function() end)

-- Lines of text; the newest are kept.
local function message_methods(class)
  sim.font_methods(class)
  sim.flag(class, "SetFading", "GetFading", true)
  sim.property(class, "SetTimeVisible", "GetTimeVisible", "n", 10)
  sim.property(class, "SetFadeDuration", "GetFadeDuration", "n", 3)
  sim.property(class, "SetInsertMode", "GetInsertMode", "s", "BOTTOM")
  sim.method(class, "Clear", "", function(state) state.lines = {} end)
end

sim.class("MessageFrame", "Frame")
sim.creatable.MessageFrame = true
message_methods("MessageFrame")
sim.method("MessageFrame", "AddMessage", "sn?n?n?n?n?", function(state, text)
  state.lines = state.lines or {}
  table.insert(state.lines, text)
end)

sim.class("ScrollingMessageFrame", "Frame")
sim.creatable.ScrollingMessageFrame = true
sim.scripts("ScrollingMessageFrame", "OnMessageScrollChanged OnHyperlinkClick OnHyperlinkEnter OnHyperlinkLeave")
message_methods("ScrollingMessageFrame")
-- AddMessage(text [, r, g, b, id, addToTop, accessID, extraData]): for the eye; whether the log gets it
-- is an option (1.3).
sim.method("ScrollingMessageFrame", "AddMessage", "s?n?n?n?n?b?n?a?", function(state, text)
  state.lines = state.lines or {}
  table.insert(state.lines, text or "")
  if #state.lines > (state.max_lines or 120) then table.remove(state.lines, 1) end
  if text and sim.chat_frames[state.widget] then sim.added_message(text) end
end)
sim.chat_frames = {}
sim.method("ScrollingMessageFrame", "SetMaxLines", "n", function(state, count)
  state.max_lines = count
  state.lines = {}
end)
sim.method("ScrollingMessageFrame", "GetMaxLines", "", function(state) return state.max_lines or 120 end)
sim.method("ScrollingMessageFrame", "GetNumMessages", "n?", function(state) return #(state.lines or {}) end)
sim.method("ScrollingMessageFrame", "GetMessageInfo", "nn?", function(state, index)
  return (state.lines or {})[index]
end)
sim.method("ScrollingMessageFrame", "GetNumLinesDisplayed", "", function(state) return #(state.lines or {}) end)
sim.property("ScrollingMessageFrame", "SetScrollOffset", "GetCurrentScroll", "n", 0)
sim.method("ScrollingMessageFrame", "GetCurrentLine", "", function(state) return #(state.lines or {}) end)
for _, name in ipairs({ "ScrollUp", "ScrollDown", "PageUp", "PageDown", "ScrollToTop", "ScrollToBottom" }) do
  sim.method("ScrollingMessageFrame", name, "", function(state) sim.run(state, "OnMessageScrollChanged") end)
end
sim.method("ScrollingMessageFrame", "AtTop", "", function() return nil end)
sim.method("ScrollingMessageFrame", "AtBottom", "", function() return 1 end)
sim.method("ScrollingMessageFrame", "UpdateColorByID", "nnnn", function() end)
sim.method("ScrollingMessageFrame", "RemoveMessagesByAccessID", "n", function() end)
sim.flag("ScrollingMessageFrame", "SetHyperlinksEnabled", "GetHyperlinksEnabled", true)

for _, class in ipairs({ "Slider", "StatusBar" }) do
  sim.class(class, "Frame")
  sim.creatable[class] = true
  sim.scripts(class, "OnValueChanged OnMinMaxChanged")
  sim.method(class, "SetMinMaxValues", "nn", function(state, low, high)
    if low > high then
      error("Usage: " .. sim.display_name(state) .. ":SetMinMaxValues(): minimum above maximum", 3)
    end
    state.low, state.high = low, high
    sim.run(state, "OnMinMaxChanged", low, high)
    if state.value then state.widget:SetValue(state.value) end
  end)
  sim.method(class, "GetMinMaxValues", "", function(state) return state.low or 0, state.high or 0 end)
  sim.method(class, "SetValue", "n", function(state, value)
    value = math.max(state.low or 0, math.min(state.high or 0, value))
    if value == state.value then return end
    state.value = value
    sim.run(state, "OnValueChanged", value)
  end)
  sim.method(class, "GetValue", "", function(state) return state.value or state.low or 0 end)
  sim.property(class, "SetOrientation", "GetOrientation", "s", "VERTICAL")
end
sim.property("Slider", "SetValueStep", "GetValueStep", "n", 0)
sim.property("Slider", "SetThumbTexture", "GetThumbTexture", "as?")
sim.method("Slider", "Enable", "", function(state) state.enabled = true end)
sim.method("Slider", "Disable", "", function(state) state.enabled = false end)
sim.method("Slider", "IsEnabled", "", function(state) return state.enabled and 1 or 0 end)
sim.property("StatusBar", "SetStatusBarTexture", "GetStatusBarTexture", "as?")
sim.property("StatusBar", "SetStatusBarColor", "GetStatusBarColor", "nnnn?", 1, 1, 1, 1)
sim.flag("StatusBar", "SetRotatesTexture", "GetRotatesTexture")

sim.class("Minimap", "Frame")
sim.class("WorldFrame", "Frame")
