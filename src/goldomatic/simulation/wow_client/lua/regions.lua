-- What every widget on the screen has: a name, a parent, anchors, a size.
local sim = ...
local S = sim.state

sim.class("Object")
sim.method("Object", "GetName", "", function(state) return state.name end)
sim.method("Object", "GetObjectType", "", function(state) return state.class.name end)
sim.method("Object", "IsObjectType", "s", function(state, kind)
  return state.class.kinds[kind] and 1 or nil
end)

sim.class("Region", "Object")

local horizontal = {
  TOPLEFT = 0, LEFT = 0, BOTTOMLEFT = 0, TOP = 0.5, CENTER = 0.5, BOTTOM = 0.5,
  TOPRIGHT = 1, RIGHT = 1, BOTTOMRIGHT = 1,
}
local vertical = {
  BOTTOMLEFT = 0, BOTTOM = 0, BOTTOMRIGHT = 0, LEFT = 0.5, CENTER = 0.5, RIGHT = 0.5,
  TOPLEFT = 1, TOP = 1, TOPRIGHT = 1,
}

-- Frames that may not be moved, shown or changed by addons during a fight.
local function allowed(state, method)
  if sim.combat and sim.is_protected(state) then
    sim.forbidden(sim.display_name(state) .. ":" .. method .. "()", "ADDON_ACTION_BLOCKED")
    return false
  end
  return true
end
sim.allowed = allowed

-- Where a region lies, from its anchors: left, bottom, width, height, or nil.
local rect
local function span(state, axis, size)
  local low, middle, high
  for _, point in ipairs(state.points) do
    local left, bottom, width, height = rect(S[point.relative])
    if not left then return nil end
    local at
    if axis == horizontal then
      at = left + width * axis[point.relative_point] + point.x
    else
      at = bottom + height * axis[point.relative_point] + point.y
    end
    local share = axis[point.point]
    if share == 0 then low = at elseif share == 1 then high = at else middle = at end
  end
  if low and high then return low, high - low end
  if low then return low, size end
  if high then return high - size, size end
  if middle then return middle - size / 2, size end
end

function rect(state)
  if state.screen then return 0, 0, state.width, state.height end
  local width, height = state.width, state.height
  if state.natural then
    local w, h = state.natural(state)
    if width == 0 then width = w end
    if height == 0 then height = h end
  end
  local left, found_width = span(state, horizontal, width)
  local bottom, found_height = span(state, vertical, height)
  if not left or not bottom then return nil end
  return left, bottom, found_width, found_height
end
sim.rect = rect

local function depends(on, state, seen)
  if on == state then return true end
  seen = seen or {}
  if seen[on] then return false end
  seen[on] = true
  for _, point in ipairs(on.points) do
    if depends(S[point.relative], state, seen) then return true end
  end
  return false
end

local function anchor(state, method, relative)
  if type(relative) == "string" then relative = _G[relative] end
  local target = relative and S[relative]
  if not target then
    error(sim.display_name(state) .. ":" .. method .. "(): Couldn't find region named '"
      .. tostring(relative) .. "'", 4)
  end
  if target == state then
    error(sim.display_name(state) .. ":" .. method .. "(): trying to anchor to itself", 4)
  end
  if depends(target, state) then
    error(sim.display_name(state) .. ":" .. method .. "(): "
      .. sim.display_name(target) .. " is dependent on this", 4)
  end
  return relative
end

local function corner(state, name)
  name = type(name) == "string" and name:upper()
  if not name or not horizontal[name] then
    error(sim.display_name(state) .. ":SetPoint(): Unknown region point", 4)
  end
  return name
end

-- SetPoint("point" [, region or nil] [, "relativePoint"] [, x, y]), in all its shapes.
sim.method("Region", "SetPoint", "s*", function(state, point, ...)
  if not allowed(state, "SetPoint") then return end
  local rest, count, at = { ... }, select("#", ...), 1
  local relative = state.parent or UIParent
  point = corner(state, point)
  if count >= 1 and type(rest[1]) ~= "number" then
    relative = rest[1] == nil and UIParent or anchor(state, "SetPoint", rest[1])
    at = 2
  end
  local relative_point = point
  if type(rest[at]) == "string" then
    relative_point = corner(state, rest[at])
    at = at + 1
  end
  local x, y = rest[at], rest[at + 1]
  if count > at + 1 or (x ~= nil and (type(x) ~= "number" or type(y) ~= "number")) then
    error("Usage: " .. sim.display_name(state)
      .. ':SetPoint("point" [, region or nil] [, "relativePoint"] [, offsetX, offsetY])', 3)
  end
  local entry = {
    point = point, relative = relative, relative_point = relative_point, x = x or 0, y = y or 0,
  }
  for i, old in ipairs(state.points) do
    if old.point == point then
      state.points[i] = entry
      return
    end
  end
  table.insert(state.points, entry)
end)

sim.method("Region", "SetAllPoints", "a?", function(state, relative)
  if not allowed(state, "SetAllPoints") then return end
  relative = anchor(state, "SetAllPoints", relative or state.parent or UIParent)
  state.points = {
    { point = "TOPLEFT", relative = relative, relative_point = "TOPLEFT", x = 0, y = 0 },
    { point = "BOTTOMRIGHT", relative = relative, relative_point = "BOTTOMRIGHT", x = 0, y = 0 },
  }
end)

sim.method("Region", "ClearAllPoints", "", function(state)
  if allowed(state, "ClearAllPoints") then state.points = {} end
end)

sim.method("Region", "GetNumPoints", "", function(state) return #state.points end)
sim.method("Region", "GetPoint", "n?", function(state, index)
  local point = state.points[index or 1]
  if not point then return end
  return point.point, point.relative, point.relative_point, point.x, point.y
end)

sim.method("Region", "SetParent", "r?", function(state, parent)
  if not allowed(state, "SetParent") then return end
  sim.adopt(state, parent)
end)
sim.method("Region", "GetParent", "", function(state) return state.parent end)

for _, side in ipairs({ "Width", "Height" }) do
  local key = side:lower()
  sim.method("Region", "Set" .. side, "n", function(state, value)
    if allowed(state, "Set" .. side) then state[key] = value end
  end)
  sim.method("Region", "Get" .. side, "b?", function(state)
    if state[key] ~= 0 then return state[key] end
    local _, _, width, height = rect(state)
    return (side == "Width" and width or height) or 0
  end)
end
sim.method("Region", "SetSize", "nn", function(state, width, height)
  if allowed(state, "SetSize") then state.width, state.height = width, height end
end)
sim.method("Region", "GetSize", "b?", function(state)
  return state.widget:GetWidth(), state.widget:GetHeight()
end)

sim.method("Region", "GetRect", "", function(state) return rect(state) end)
sim.method("Region", "GetCenter", "", function(state)
  local left, bottom, width, height = rect(state)
  if left then return left + width / 2, bottom + height / 2 end
end)
sim.method("Region", "GetLeft", "", function(state) return (rect(state)) end)
sim.method("Region", "GetBottom", "", function(state) return (select(2, rect(state))) end)
sim.method("Region", "GetRight", "", function(state)
  local left, _, width = rect(state)
  return left and left + width
end)
sim.method("Region", "GetTop", "", function(state)
  local _, bottom, _, height = rect(state)
  return bottom and bottom + height
end)

sim.method("Region", "IsProtected", "", function(state)
  return sim.is_protected(state) and 1 or nil, state.protected and 1 or nil
end)
sim.method("Region", "CanChangeProtectedState", "", function(state)
  return not (sim.combat and sim.is_protected(state)) and 1 or nil
end)
sim.method("Region", "IsDragging", "", function(state) return state.dragging and 1 or nil end)
sim.method("Region", "IsMouseOver", "n?n?n?n?", function(state)
  return state.hovered and 1 or nil
end)

sim.method("Region", "Show", "", function(state)
  if allowed(state, "Show") then sim.set_shown(state, true) end
end)
sim.method("Region", "Hide", "", function(state)
  if allowed(state, "Hide") then sim.set_shown(state, false) end
end)
sim.method("Region", "IsShown", "", function(state) return state.shown and 1 or nil end)
sim.method("Region", "IsVisible", "", function(state) return sim.visible(state) and 1 or nil end)
sim.method("Region", "SetAlpha", "n", function(state, alpha)
  state.alpha = math.max(0, math.min(1, alpha))
end)
sim.method("Region", "GetAlpha", "", function(state) return state.alpha end)

-- Protected: made from a secure template, or holding a child that is.
function sim.is_protected(state)
  if state.protected then return true end
  for _, child in ipairs(state.children) do
    if sim.is_protected(S[child]) then return true end
  end
  return false
end

function sim.adopt(state, parent)
  if state.parent then
    local siblings = S[state.parent][state.is_frame and "children" or "regions"]
    for i, sibling in ipairs(siblings) do
      if sibling == state.widget then table.remove(siblings, i) break end
    end
  end
  state.parent = parent
  if parent then
    table.insert(S[parent][state.is_frame and "children" or "regions"], state.widget)
  end
end
