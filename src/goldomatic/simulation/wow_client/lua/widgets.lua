-- Widgets: objects with the method tables of the 3.3.5a executable, and nothing beyond them.
--
-- A widget is a table with only its own userdata in it; what the client knows about it is kept in
-- `sim.state`, out of addons' reach.
local sim = ...

sim.state = {}
sim.frames = {}
local S = sim.state
local classes = {}

-- sim.class("Button", "Frame"): a class with the methods of its parents.
function sim.class(name, ...)
  local class = { name = name, methods = {}, kinds = { [name] = true }, scripts = {} }
  class.meta = { __index = class.methods }
  for _, parent in ipairs({ ... }) do
    for key, method in pairs(classes[parent].methods) do class.methods[key] = method end
    for kind in pairs(classes[parent].kinds) do class.kinds[kind] = true end
    for script in pairs(classes[parent].scripts) do class.scripts[script] = true end
  end
  classes[name] = class
  return class
end

function sim.scripts(class, names)
  for name in names:gmatch("%S+") do classes[class].scripts[name] = true end
end

local function owner_of(class, method, self)
  local state = type(self) == "table" and S[self]
  if not state then
    error("Attempt to find 'this' in non-framescript object in " .. method
      .. " (used '.' instead of ':' ?)", 3)
  end
  if not state.class.kinds[class] then
    error("Wrong object type for member function " .. method, 3)
  end
  return state
end

local methods = {}

-- sim.method("Frame", "SetID", "n", function(state, id) ... end)
function sim.method(class, name, signature, fn)
  local function call(self, ...)
    local state = owner_of(class, name, self)
    return fn(state, sim.checked(sim.display_name(state) .. ":" .. name, signature, ...))
  end
  methods[call] = true
  classes[class].methods[name] = call
end

-- sim.property("Frame", "SetID", "GetID", "n", 0): a setter and a getter of the same values.
function sim.property(class, setter, getter, signature, ...)
  local initial, count = { ... }, select("#", ...)
  if setter then
    sim.method(class, setter, signature, function(state, ...)
      state.properties[getter or setter] = { n = select("#", ...), ... }
    end)
  end
  if getter then
    sim.method(class, getter, "", function(state)
      local values = state.properties[getter]
      if values then return unpack(values, 1, values.n) end
      return unpack(initial, 1, count)
    end)
  end
end

-- As above for a flag, which the client answers with 1 or nil.
function sim.flag(class, setter, getter, initial)
  sim.method(class, setter, "b?", function(state, on)
    state.properties[getter] = { sim.boolean(on) }
  end)
  sim.method(class, getter, "", function(state)
    local value = state.properties[getter]
    if value == nil then value = { initial } end
    return value[1] and 1 or nil
  end)
end

function sim.display_name(state)
  return state.name or "<unnamed>"
end

-- A new widget; `name` becomes a global, as in the client.
function sim.new(class_name, name, parent)
  local class = classes[class_name]
  local widget = setmetatable({ [0] = newproxy() }, class.meta)
  local state = {
    class = class, widget = widget, name = name, parent = parent, children = {}, regions = {},
    points = {}, scripts = {}, hooks = {}, events = {}, properties = {}, attributes = {},
    shown = true, alpha = 1, scale = 1, enabled = true, width = 0, height = 0,
  }
  S[widget] = state
  if name then _G[name] = widget end
  return widget, state
end

function sim.is_class(name, kind)
  return classes[name] ~= nil and (kind == nil or classes[name].kinds[kind] == true)
end

-- "$parentText" below a frame called Foo is FooText.
function sim.full_name(name, parent)
  if not name then return nil end
  local found = parent
  while found and not S[found].name do found = S[found].parent end
  return (name:gsub("^%$[pP]arent", found and S[found].name or ""))
end

-- Visibility: shown itself, and every parent too.
function sim.visible(state)
  while state do
    if not state.shown then return false end
    state = state.parent and S[state.parent]
  end
  return true
end

-- Scripts. Handlers also get the old globals `this`, `event`, `arg1`... which 3.3.5a still sets.
local argument_names = {}
for i = 1, 12 do argument_names[i] = "arg" .. i end

local function with_globals(widget, fn, ...)
  local this = _G.this
  _G.this = widget
  sim.guarded(fn, widget, ...)
  _G.this = this
end

function sim.run(state, script, ...)
  local fn = state.scripts[script]
  if methods[fn] then
    -- frame:SetScript("OnDragStart", frame.StartMoving): a method as a handler takes the frame alone.
    with_globals(state.widget, fn)
  elseif fn then
    with_globals(state.widget, fn, ...)
  end
  for _, hook in ipairs(state.hooks[script] or {}) do with_globals(state.widget, hook, ...) end
end

function sim.has_script(state, script)
  return state.scripts[script] ~= nil or state.hooks[script] ~= nil
end

-- Show and hide, with the scripts of everything whose visibility changes.
local function changed(state, script)
  for _, child in ipairs({ unpack(state.children) }) do
    if S[child].shown then changed(S[child], script) end
  end
  if state.class.scripts[script] then sim.run(state, script) end
end

function sim.set_shown(state, shown)
  if state.shown == shown then return end
  local before = sim.visible(state)
  state.shown = shown
  local after = sim.visible(state)
  if after and not before then changed(state, "OnShow") end
  if before and not after then changed(state, "OnHide") end
end

-- Events, in the order in which frames registered.
local listeners = {}

function sim.register(state, event)
  if not sim.known_events[event] then
    error(sim.display_name(state) .. ':RegisterEvent(): unknown event "' .. event .. '"', 3)
  end
  if state.events[event] then return end
  state.events[event] = true
  listeners[event] = listeners[event] or {}
  table.insert(listeners[event], state)
end

function sim.unregister(state, event)
  if not state.events[event] then return end
  state.events[event] = nil
  for i, listener in ipairs(listeners[event]) do
    if listener == state then
      table.remove(listeners[event], i)
      return
    end
  end
end

function sim.fire(event, ...)
  if not sim.known_events[event] then error("the simulation fired the unknown event " .. event) end
  local before = { _G.event }
  for i, name in ipairs(argument_names) do before[i + 1] = _G[name] end
  for _, state in ipairs({ unpack(listeners[event] or {}) }) do
    if state.events[event] then
      _G.event = event
      for i, name in ipairs(argument_names) do _G[name] = (select(i, ...)) end
      sim.run(state, "OnEvent", event, ...)
    end
  end
  _G.event = before[1]
  for i, name in ipairs(argument_names) do _G[name] = before[i + 1] end
end

-- One screen frame: OnUpdate of every visible frame, in the order of creation.
function sim.update(elapsed)
  local frames = sim.frames
  for i = 1, #frames do
    local state = frames[i]
    if (state.scripts.OnUpdate or state.hooks.OnUpdate) and sim.visible(state) then
      sim.run(state, "OnUpdate", elapsed)
    end
  end
end
