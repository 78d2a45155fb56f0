-- Buttons and check boxes.
local sim = ...
local S = sim.state

sim.class("Button", "Frame")
sim.creatable.Button = true
sim.scripts("Button", "PreClick OnClick PostClick OnDoubleClick OnEnable OnDisable")

local function label(state)
  if not state.label then
    local widget, text = sim.new("FontString")
    sim.adopt(text, state.widget)
    text.points = { { point = "CENTER", relative = state.widget, relative_point = "CENTER", x = 0, y = 0 } }
    state.label = widget
  end
  return state.label
end

sim.method("Button", "SetText", "s?", function(state, text) label(state):SetText(text) end)
sim.method("Button", "SetFormattedText", "s*", function(state, pattern, ...)
  label(state):SetText(format(pattern, ...))
end)
sim.method("Button", "GetText", "", function(state) return state.label and state.label:GetText() end)
sim.method("Button", "GetTextWidth", "", function(state)
  return state.label and state.label:GetStringWidth() or 0
end)
sim.method("Button", "GetTextHeight", "", function(state)
  return state.label and state.label:GetStringHeight() or 0
end)
sim.method("Button", "SetFontString", "u", function(state, text)
  if not S[text].class.kinds.FontString then
    error(sim.display_name(state) .. ":SetFontString(): Wrong object type, expected fontstring", 3)
  end
  sim.adopt(S[text], state.widget)
  state.label = text
end)
sim.method("Button", "GetFontString", "", function(state) return state.label end)

local function enable(state, on)
  if state.enabled == on then return end
  state.enabled = on
  sim.run(state, on and "OnEnable" or "OnDisable")
end
sim.method("Button", "Enable", "", function(state)
  if sim.allowed(state, "Enable") then enable(state, true) end
end)
sim.method("Button", "Disable", "", function(state)
  if sim.allowed(state, "Disable") then enable(state, false) end
end)
sim.method("Button", "IsEnabled", "", function(state) return state.enabled and 1 or 0 end)
sim.method("Button", "GetButtonState", "", function(state)
  return not state.enabled and "DISABLED" or state.pushed and "PUSHED" or "NORMAL"
end)
sim.method("Button", "SetButtonState", "sb?", function(state, name)
  name = name:upper()
  if name ~= "NORMAL" and name ~= "PUSHED" and name ~= "DISABLED" then
    error(sim.display_name(state) .. ":SetButtonState(): unknown state " .. name, 3)
  end
  state.pushed = name == "PUSHED"
  enable(state, name ~= "DISABLED")
end)
sim.method("Button", "LockHighlight", "", function(state) state.highlighted = true end)
sim.method("Button", "UnlockHighlight", "", function(state) state.highlighted = nil end)
sim.method("Button", "RegisterForClicks", "*", function(state, ...)
  state.clicks = {}
  for _, click in ipairs({ ... }) do state.clicks[click:lower()] = true end
end)
sim.property("Button", "SetPushedTextOffset", "GetPushedTextOffset", "nn", 0, 0)
sim.flag("Button", "SetMotionScriptsWhileDisabled", "GetMotionScriptsWhileDisabled")
for _, state_name in ipairs({ "Normal", "Disabled", "Highlight" }) do
  sim.property("Button", "Set" .. state_name .. "FontObject", "Get" .. state_name .. "FontObject", "a?")
end

local function texture_slot(class, slot)
  local key = "texture_" .. slot
  sim.method(class, "Set" .. slot .. "Texture", "a?s?", function(state, texture)
    if type(texture) == "string" then
      local widget, region = sim.new("Texture")
      sim.adopt(region, state.widget)
      widget:SetTexture(texture)
      texture = widget
    elseif texture ~= nil and not (S[texture] and S[texture].class.kinds.Texture) then
      error("Usage: " .. sim.display_name(state) .. ":Set" .. slot .. 'Texture(texture or "texture" or nil)', 3)
    end
    state[key] = texture
  end)
  sim.method(class, "Get" .. slot .. "Texture", "", function(state) return state[key] end)
end
for _, slot in ipairs({ "Normal", "Pushed", "Disabled", "Highlight" }) do texture_slot("Button", slot) end

-- A click by code or by the mouse; a disabled button has none.
local function takes(state, button, down)
  local clicks = state.clicks or { leftbuttonup = true }
  local edge = down and "down" or "up"
  return clicks[button:lower() .. edge] or clicks["any" .. edge]
end

sim.method("Button", "Click", "s?b?", function(state, button, down)
  if not state.enabled then return end
  button = button or "LeftButton"
  if state.class.kinds.CheckButton then state.checked = not state.checked end
  for _, script in ipairs({ "PreClick", "OnClick", "PostClick" }) do
    sim.run(state, script, button, sim.boolean(down))
  end
end)

-- The operator's mouse: only what can be seen and touched is clicked.
function sim.mouse_click(widget, button)
  local state = S[widget]
  if not sim.visible(state) then return "is not visible" end
  if state.class.kinds.Button then
    if not state.enabled then return "is disabled" end
    if not takes(state, button, false) then return "does not take this button" end
  elseif not widget:IsMouseEnabled() then
    return "does not take the mouse"
  end
  sim.run(state, "OnMouseDown", button)
  if state.class.kinds.Button and state.enabled then widget:Click(button) end
  sim.run(state, "OnMouseUp", button)
end

function sim.mouse_hover(widget, over)
  local state = S[widget]
  if not sim.visible(state) then return "is not visible" end
  state.hovered = over
  sim.run(state, over and "OnEnter" or "OnLeave")
end

-- Drag by (dx, dy): the frame must have registered for the button and be visible.
function sim.mouse_drag(widget, button, dx, dy)
  local state = S[widget]
  if not sim.visible(state) then return "is not visible" end
  local registered
  for _, name in ipairs(state.drag_buttons or {}) do registered = registered or name == button end
  if not registered then return "is not registered for this drag" end
  state.dragging = true
  sim.run(state, "OnDragStart", button)
  for _, moved in ipairs(sim.frames) do
    if moved.moving then
      local left, bottom, _, height = sim.rect(moved)
      local _, _, _, screen = sim.rect(S[UIParent])
      moved.points = {
        {
          point = "TOPLEFT", relative = UIParent, relative_point = "TOPLEFT",
          x = (left or 0) + dx, y = (bottom or 0) + (height or 0) - screen + dy,
        },
      }
    end
  end
  state.dragging = nil
  sim.run(state, "OnDragStop")
end

sim.class("CheckButton", "Button")
sim.creatable.CheckButton = true
sim.method("CheckButton", "SetChecked", "b?", function(state, on) state.checked = sim.boolean(on) end)
sim.method("CheckButton", "GetChecked", "", function(state) return state.checked and 1 or nil end)
texture_slot("CheckButton", "Checked")
texture_slot("CheckButton", "DisabledChecked")
