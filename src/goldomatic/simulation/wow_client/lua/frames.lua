-- Frames: scripts, events, attributes, strata, mouse and keyboard; and CreateFrame.
local sim = ...
local S = sim.state

sim.class("Frame", "Region")
sim.scripts("Frame", "OnLoad OnAttributeChanged OnSizeChanged OnEvent OnUpdate OnShow OnHide OnEnter "
  .. "OnLeave OnMouseDown OnMouseUp OnMouseWheel OnDragStart OnDragStop OnReceiveDrag OnChar OnKeyDown OnKeyUp")

local function script_name(state, method, name)
  for known in pairs(state.class.scripts) do
    if known:lower() == name:lower() then return known end
  end
  error(sim.display_name(state) .. ":" .. method .. '(): Doesn\'t have a "' .. name .. '" script', 4)
end

sim.method("Frame", "SetScript", "sf?", function(state, name, fn)
  name = script_name(state, "SetScript", name)
  state.scripts[name], state.hooks[name] = fn, nil
end)
sim.method("Frame", "GetScript", "s", function(state, name)
  return state.scripts[script_name(state, "GetScript", name)]
end)
sim.method("Frame", "HasScript", "s", function(state, name)
  for known in pairs(state.class.scripts) do
    if known:lower() == name:lower() then return 1 end
  end
end)
sim.method("Frame", "HookScript", "sf", function(state, name, fn)
  name = script_name(state, "HookScript", name)
  state.hooks[name] = state.hooks[name] or {}
  table.insert(state.hooks[name], fn)
end)

sim.method("Frame", "RegisterEvent", "s", function(state, event) sim.register(state, event:upper()) end)
sim.method("Frame", "UnregisterEvent", "s", function(state, event)
  sim.unregister(state, event:upper())
end)
sim.method("Frame", "IsEventRegistered", "s", function(state, event)
  return state.events[event:upper()] and 1 or nil
end)
sim.method("Frame", "RegisterAllEvents", "", function(state)
  for event in pairs(sim.known_events) do sim.register(state, event) end
end)
sim.method("Frame", "UnregisterAllEvents", "", function(state)
  for event in pairs(sim.known_events) do sim.unregister(state, event) end
end)

sim.method("Frame", "SetAttribute", "sa?", function(state, name, value)
  if not sim.allowed(state, "SetAttribute") then return end
  state.attributes[name] = value
  sim.run(state, "OnAttributeChanged", name, value)
end)
-- GetAttribute("name"), or its secure form with prefix and suffix.
sim.method("Frame", "GetAttribute", "ss?s?", function(state, prefix, name, suffix)
  return state.attributes[name and prefix .. name .. (suffix or "") or prefix]
end)
sim.method("Frame", "AllowAttributeChanges", "", function() end)
sim.method("Frame", "CanChangeAttribute", "", function(state)
  return not (sim.combat and sim.is_protected(state)) and 1 or nil
end)

local strata = {
  PARENT = true, BACKGROUND = true, LOW = true, MEDIUM = true, HIGH = true, DIALOG = true,
  FULLSCREEN = true, FULLSCREEN_DIALOG = true, TOOLTIP = true,
}
sim.method("Frame", "SetFrameStrata", "s", function(state, name)
  if not strata[name:upper()] then
    error(sim.display_name(state) .. ":SetFrameStrata(): Unknown frame strata: " .. name, 3)
  end
  state.strata = name:upper()
end)
sim.method("Frame", "GetFrameStrata", "", function(state)
  while state do
    if state.strata then return state.strata end
    state = state.parent and S[state.parent]
  end
  return "MEDIUM"
end)
sim.method("Frame", "SetFrameLevel", "n", function(state, level)
  if level < 0 then error(sim.display_name(state) .. ":SetFrameLevel(): level below zero", 3) end
  state.level = level
end)
sim.method("Frame", "GetFrameLevel", "", function(state)
  if state.level then return state.level end
  return state.parent and S[state.parent].is_frame and state.parent:GetFrameLevel() + 1 or 0
end)

sim.method("Frame", "GetNumChildren", "", function(state) return #state.children end)
sim.method("Frame", "GetChildren", "", function(state) return unpack(state.children) end)
sim.method("Frame", "GetNumRegions", "", function(state) return #state.regions end)
sim.method("Frame", "GetRegions", "", function(state) return unpack(state.regions) end)
sim.method("Frame", "GetID", "", function(state) return state.id or 0 end)
sim.method("Frame", "SetID", "n", function(state, id) state.id = id end)
sim.method("Frame", "SetScale", "n", function(state, scale)
  if scale <= 0 then
    error(sim.display_name(state) .. ":SetScale(): Scale must be > 0", 3)
  end
  if sim.allowed(state, "SetScale") then state.scale = scale end
end)
sim.method("Frame", "GetScale", "", function(state) return state.scale end)
local function product(state, key)
  local result = 1
  while state do
    result = result * (state[key] or 1)
    state = state.parent and S[state.parent]
  end
  return result
end
sim.method("Frame", "GetEffectiveScale", "", function(state) return product(state, "scale") end)
sim.method("Frame", "GetEffectiveAlpha", "", function(state) return product(state, "alpha") end)
sim.method("Frame", "Raise", "", function() end)
sim.method("Frame", "Lower", "", function() end)

for _, flag in ipairs({
  { "SetToplevel", "IsToplevel" }, { "SetMovable", "IsMovable" }, { "SetResizable", "IsResizable" },
  { "SetUserPlaced", "IsUserPlaced" }, { "SetClampedToScreen", "IsClampedToScreen" },
  { "SetDontSavePosition", "GetDontSavePosition" }, { "EnableMouse", "IsMouseEnabled" },
  { "EnableKeyboard", "IsKeyboardEnabled" }, { "EnableMouseWheel", "IsMouseWheelEnabled" },
  { "EnableJoystick", "IsJoystickEnabled" }, { "IgnoreDepth", "IsIgnoringDepth" },
}) do
  sim.flag("Frame", flag[1], flag[2])
end
sim.property("Frame", "SetHitRectInsets", "GetHitRectInsets", "nnnn", 0, 0, 0, 0)
sim.property("Frame", "SetClampRectInsets", "GetClampRectInsets", "nnnn", 0, 0, 0, 0)
sim.property("Frame", "SetMinResize", "GetMinResize", "nn", 0, 0)
sim.property("Frame", "SetMaxResize", "GetMaxResize", "nn", 0, 0)
sim.property("Frame", "SetDepth", "GetDepth", "n", 0)
sim.property("Frame", nil, "GetEffectiveDepth", "", 0)
sim.property("Frame", "EnableDrawLayer", nil, "s")
sim.property("Frame", "DisableDrawLayer", nil, "s")
sim.property("Frame", "SetBackdrop", "GetBackdrop", "t?")
sim.property("Frame", "SetBackdropColor", "GetBackdropColor", "nnnn?", 1, 1, 1, 1)
sim.property("Frame", "SetBackdropBorderColor", "GetBackdropBorderColor", "nnnn?", 1, 1, 1, 1)
sim.method("Frame", "RegisterForDrag", "*", function(state, ...) state.drag_buttons = { ... } end)

-- Moving: a drag sets the frame loose from its anchors.
sim.method("Frame", "StartMoving", "", function(state)
  if not state.widget:IsMovable() then
    error(sim.display_name(state) .. ":StartMoving(): Frame is not movable", 3)
  end
  state.moving = true
end)
sim.method("Frame", "StartSizing", "s?", function(state)
  if not state.widget:IsResizable() then
    error(sim.display_name(state) .. ":StartSizing(): Frame is not resizable", 3)
  end
  state.moving = true
end)
sim.method("Frame", "StopMovingOrSizing", "", function(state)
  if state.moving and state.name then state.properties.IsUserPlaced = { true } end
  state.moving = nil
end)

-- Creating
local function add_region(kind)
  return function(state, name, layer, inherits)
    name = sim.full_name(name, state.widget)
    local widget, region = sim.new(kind, name, nil)
    sim.adopt(region, state.widget)
    if layer then widget:SetDrawLayer(layer) end
    if inherits and kind == "FontString" then widget:SetFontObject(inherits) end
    return widget
  end
end
sim.method("Frame", "CreateTexture", "s?s?s?n?", add_region("Texture"))
sim.method("Frame", "CreateFontString", "s?s?s?n?", add_region("FontString"))

function sim.create_frame(kind, name, parent, templates, id)
  local widget, state = sim.new(kind, sim.full_name(name, parent), nil)
  state.is_frame = true
  if state.name then state.named = true end
  sim.adopt(state, parent)
  state.id = id
  table.insert(sim.frames, state)
  if state.class.setup then state.class.setup(state) end
  for template in (templates or ""):gmatch("[^,%s]+") do
    local build = sim.templates[template]
    if not build then error("CreateFrame: Couldn't find inherited node: " .. template, 3) end
    build(widget, state)
  end
  sim.run(state, "OnLoad")
  return widget
end

sim.define("CreateFrame", "ss?r?s?n?", function(kind, name, parent, templates, id)
  for class in pairs(sim.creatable) do
    if class:lower() == kind:lower() then
      return sim.create_frame(class, name, parent, templates, id)
    end
  end
  error("CreateFrame: Unknown frame type '" .. kind .. "'", 2)
end)

sim.creatable = { Frame = true }
sim.templates = {}

sim.define("EnumerateFrames", "u?", function(after)
  if not after then return sim.frames[1] and sim.frames[1].widget end
  for i, state in ipairs(sim.frames) do
    if state.widget == after then return sim.frames[i + 1] and sim.frames[i + 1].widget end
  end
end)
