-- Edit boxes: what is typed into them, and who has the keyboard (facts 8.3 and 8.4).
local sim = ...
local S = sim.state

sim.class("EditBox", "Frame")
sim.creatable.EditBox = true
sim.scripts("EditBox", "OnEnterPressed OnEscapePressed OnSpacePressed OnTabPressed OnTextChanged "
  .. "OnTextSet OnCursorChanged OnInputLanguageChanged OnEditFocusGained OnEditFocusLost OnCharComposition")
sim.font_methods("EditBox")

-- The first `letters` UTF-8 letters and at most `bytes` - 1 bytes of a text, cut between letters.
local function limited(state, text)
  local letters, bytes = state.max_letters or 0, state.max_bytes or 0
  local kept, size = {}, 0
  for letter in text:gmatch("[%z\1-\127\194-\255][\128-\191]*") do
    if letters > 0 and #kept >= letters then break end
    if bytes > 0 and size + #letter > bytes - 1 then break end
    kept[#kept + 1] = letter
    size = size + #letter
  end
  return table.concat(kept)
end

local function set_text(state, text, typed)
  text = limited(state, text)
  local before = state.text or ""
  state.text = text
  state.cursor = #text
  if text ~= before then sim.run(state, "OnTextChanged", typed and 1 or nil) end
end

sim.method("EditBox", "SetText", "s", function(state, text)
  set_text(state, text)
  sim.run(state, "OnTextSet")
end)
sim.method("EditBox", "GetText", "", function(state) return state.text or "" end)
sim.method("EditBox", "Insert", "s", function(state, text)
  local old, at = state.text or "", state.cursor or 0
  set_text(state, old:sub(1, at) .. text .. old:sub(at + 1))
end)
sim.method("EditBox", "SetNumber", "n", function(state, number) set_text(state, tostring(number)) end)
sim.method("EditBox", "GetNumber", "", function(state) return tonumber(state.text or "") or 0 end)
sim.method("EditBox", "GetNumLetters", "", function(state) return strlenutf8(state.text or "") end)
sim.method("EditBox", "SetMaxLetters", "n", function(state, count) state.max_letters = count end)
sim.method("EditBox", "GetMaxLetters", "", function(state) return state.max_letters or 0 end)
sim.method("EditBox", "SetMaxBytes", "n", function(state, count) state.max_bytes = count end)
sim.method("EditBox", "GetMaxBytes", "", function(state) return state.max_bytes or 0 end)
sim.method("EditBox", "HighlightText", "n?n?", function() end)
sim.method("EditBox", "AddHistoryLine", "s", function(state, line)
  state.history = state.history or {}
  table.insert(state.history, line)
end)
sim.method("EditBox", "ClearHistory", "", function(state) state.history = {} end)
sim.property("EditBox", "SetHistoryLines", "GetHistoryLines", "n", 0)
sim.property("EditBox", "SetTextInsets", "GetTextInsets", "nnnn", 0, 0, 0, 0)
sim.property("EditBox", "SetBlinkSpeed", "GetBlinkSpeed", "n", 0.5)
sim.property("EditBox", nil, "GetInputLanguage", "", "ROMAN")
sim.method("EditBox", "ToggleInputLanguage", "", function() end)
sim.method("EditBox", "IsInIMECompositionMode", "", function() return nil end)
sim.method("EditBox", "SetCursorPosition", "n", function(state, at) state.cursor = at end)
sim.method("EditBox", "GetCursorPosition", "", function(state) return state.cursor or 0 end)
sim.method("EditBox", "GetUTF8CursorPosition", "", function(state)
  return strlenutf8((state.text or ""):sub(1, state.cursor or 0))
end)
sim.flag("EditBox", "SetAutoFocus", "IsAutoFocus", true)
sim.flag("EditBox", "SetMultiLine", "IsMultiLine")
sim.flag("EditBox", "SetNumeric", "IsNumeric")
sim.flag("EditBox", "SetPassword", "IsPassword")
sim.flag("EditBox", "SetCountInvisibleLetters", "IsCountInvisibleLetters")
sim.flag("EditBox", "SetAltArrowKeyMode", "GetAltArrowKeyMode")

-- Focus: one box at most has the keyboard.
local focus

local function unfocus()
  local old = focus
  focus = nil
  if old then sim.run(old, "OnEditFocusLost") end
end

sim.method("EditBox", "SetFocus", "", function(state)
  if focus == state or not sim.visible(state) then return end
  unfocus()
  focus = state
  sim.run(state, "OnEditFocusGained")
end)
sim.method("EditBox", "ClearFocus", "", function(state)
  if focus == state then unfocus() end
end)
sim.method("EditBox", "HasFocus", "", function(state) return focus == state and 1 or nil end)

sim.define("GetCurrentKeyBoardFocus", "", function() return focus and focus.widget end)

local function focused()
  if focus and not sim.visible(focus) then unfocus() end
  return focus
end

-- A character event: "|" is doubled, and what comes without focus is lost.
function sim.typed(letter)
  local state = focused()
  if not state then return false end
  if state.widget:IsNumeric() and not letter:match("^%d$") then return true end
  local old, at = state.text or "", state.cursor or 0
  local piece = letter == "|" and "||" or letter
  local text = old:sub(1, at) .. piece .. old:sub(at + 1)
  if limited(state, text) == text then
    state.text, state.cursor = text, at + #piece
    sim.run(state, "OnTextChanged", 1)
    sim.run(state, "OnChar", letter)
    if letter == " " then sim.run(state, "OnSpacePressed") end
  end
  return true
end

local answers = { ENTER = "OnEnterPressed", ESCAPE = "OnEscapePressed", TAB = "OnTabPressed" }

-- A key event. A focused box eats every key; without one the key's binding runs.
function sim.key_down(key)
  local state = focused()
  if state then
    if key == "PRINTSCREEN" or key == "UP" or key == "DOWN" or key == "LEFT" or key == "RIGHT" then
      return
    end
    if key == "BACKSPACE" then
      local old, at = state.text or "", state.cursor or 0
      local before = old:sub(1, at):gsub("[%z\1-\127\194-\255][\128-\191]*$", "")
      state.text, state.cursor = before .. old:sub(at + 1), #before
      if state.text ~= old then sim.run(state, "OnTextChanged", 1) end
    elseif key == "ENTER" and state.widget:IsMultiLine() and not sim.has_script(state, "OnEnterPressed") then
      sim.typed("\n")
    elseif answers[key] then
      sim.run(state, answers[key])
    end
    return
  end
  local binding = sim.bindings[key]
  if binding then sim.guarded(binding) end
end

sim.bindings = {}
