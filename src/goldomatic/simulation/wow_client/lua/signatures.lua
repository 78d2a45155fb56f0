-- Argument checks for functions and methods, and how Python's functions become Lua's.
--
-- A signature is a list of kinds: s text, n number, b anything read as a boolean, t table,
-- f function, u widget, r widget or its name, a anything; "?" after it means it may be nil or missing;
-- "*" at the end takes the rest. The client ignores arguments too many; here they are an error, since
-- they are always a mistake.
local sim = ...

local tests = {
  s = function(v) return type(v) == "string" or type(v) == "number" end,
  n = function(v) return type(v) == "number" or (type(v) == "string" and tonumber(v) ~= nil) end,
  b = function(v) return type(v) ~= "table" and type(v) ~= "function" end,
  t = function(v) return type(v) == "table" end,
  f = function(v) return type(v) == "function" end,
  u = function(v) return sim.state[v] ~= nil end,
  r = function(v) return sim.state[v] ~= nil or (type(v) == "string" and sim.state[_G[v]] ~= nil) end,
  a = function(v) return v ~= nil end,
}
local converts = {
  s = function(v) return tostring(v) end,
  n = function(v) return tonumber(v) end,
  b = function(v) return sim.boolean(v) end,
  r = function(v) return type(v) == "string" and _G[v] or v end,
}

-- How the client reads a flag: nil, false, 0 and "false" and the like are no.
function sim.boolean(v)
  if type(v) == "number" then return v ~= 0 end
  if type(v) == "string" then
    local word = v:lower()
    return not (word == "" or word == "0" or word == "false" or word == "off" or word == "no")
  end
  return v and true or false
end

local parsed = {}
local function parse(signature)
  local found = parsed[signature]
  if not found then
    found = { rest = signature:sub(-1) == "*" }
    for kind, optional in signature:gmatch("(%a)(%??)") do
      found[#found + 1] = { kind = kind, optional = optional == "?" }
    end
    parsed[signature] = found
  end
  return found
end

local kinds = {
  s = "string", n = "number", b = "flag", t = "table", f = "function", u = "widget", r = "widget", a = "value",
}

-- The arguments as the function gets them; raises in the name of the caller's caller.
function sim.checked(name, signature, ...)
  local wanted, count = parse(signature), select("#", ...)
  local values = { ... }
  if not wanted.rest then
    -- A nil too many is no mistake: UnitName("player") as the last argument brings its realm along.
    for i = #wanted + 1, count do
      if values[i] ~= nil then
        error(name .. "() got " .. i .. " arguments, takes " .. #wanted, 3)
      end
    end
    count = #wanted
  end
  for i, want in ipairs(wanted) do
    local value = values[i]
    if value == nil then
      if not want.optional then
        error("Usage: " .. name .. "(): argument " .. i .. " must be a " .. kinds[want.kind] .. ", got nil", 3)
      end
    elseif not tests[want.kind](value) then
      error("Usage: " .. name .. "(): argument " .. i .. " must be a " .. kinds[want.kind] .. ", got "
        .. type(value), 3)
    elseif converts[want.kind] then
      values[i] = converts[want.kind](value)
    end
  end
  return unpack(values, 1, math.max(count, #wanted))
end

local function finish(ok, ...)
  if not ok then error((...), 3) end
  return ...
end

function sim.install(name, signature, fn)
  _G[name] = function(...)
    return finish(fn(sim.checked(name, signature, ...)))
  end
end

-- A function of the stock interface's surroundings that only Lua needs to know.
function sim.define(name, signature, fn)
  _G[name] = function(...)
    return fn(sim.checked(name, signature, ...))
  end
end

-- Functions that only the client's own interface may call (3.2, 7.4): nothing happens but the
-- event, and the test hears of it.
function sim.forbid(name)
  _G[name] = function()
    sim.forbidden(name, "ADDON_ACTION_FORBIDDEN")
  end
end
