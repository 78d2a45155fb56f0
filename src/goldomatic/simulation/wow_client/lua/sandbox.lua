-- The global names of the client's Lua 5.1 (facts 7.1): what the executable adds and leaves out.
-- `sim` is private to these files; addons never see it.
local sim = ...

sim.traceback, sim.sethook = debug.traceback, debug.sethook
sim.loadstring = loadstring

for _, name in ipairs({
  "io", "os", "package", "require", "module", "debug", "dofile", "loadfile", "load", "python",
}) do
  _G[name] = nil
end
string.dump = nil

-- A script that never ends would hang the game; here it is an error.
sim.sethook(function() error("script ran too long", 2) end, "", 200000000)

local floor, unpack, select, type = math.floor, unpack, select, type

local plain_format = string.format

-- The client's format also takes numbered arguments, which translations use: "%2$s, %1$d".
function string.format(pattern, ...)
  if type(pattern) ~= "string" or not pattern:find("%%%d+%$") then
    return plain_format(pattern, ...)
  end
  local given, chosen, count = { ... }, {}, 0
  local plain = pattern:gsub("%%(%d+)%$", function(position)
    count = count + 1
    chosen[count] = given[tonumber(position)]
    return "%"
  end)
  return plain_format(plain, unpack(chosen, 1, count))
end

function string.trim(text, characters)
  local set = (characters or " \t\r\n"):gsub("[%^%]%%%-]", "%%%0")
  return (text:gsub("^[" .. set .. "]+", ""):gsub("[" .. set .. "]+$", ""))
end

function string.split(delimiters, text, pieces)
  local found, first = {}, 1
  local set = "[" .. delimiters:gsub("[%^%]%%%-]", "%%%0") .. "]"
  while not pieces or #found < pieces - 1 do
    local at = text:find(set, first)
    if not at then break end
    found[#found + 1] = text:sub(first, at - 1)
    first = at + 1
  end
  found[#found + 1] = text:sub(first)
  return unpack(found)
end

function string.join(delimiter, ...)
  local parts = { ... }
  for i = 1, select("#", ...) do parts[i] = tostring(parts[i]) end
  return table.concat(parts, delimiter)
end

function table.wipe(t)
  for key in pairs(t) do t[key] = nil end
  return t
end

function strlenutf8(text)
  local _, continuation = text:gsub("[\128-\191]", "")
  return #text - continuation
end

strtrim, strsplit, strjoin, strconcat = string.trim, string.split, string.join, function(...)
  return string.join("", ...)
end
strlen, strsub, strfind, strmatch = string.len, string.sub, string.find, string.match
strlower, strupper, strrep, strrev = string.lower, string.upper, string.rep, string.reverse
strbyte, strchar, gsub, gmatch, format = string.byte, string.char, string.gsub, string.gmatch, string.format
tinsert, tremove, sort, wipe = table.insert, table.remove, table.sort, table.wipe
foreach, foreachi, getn = table.foreach, table.foreachi, table.getn

abs, ceil, max, min, exp, sqrt, frexp, ldexp = math.abs, math.ceil, math.max, math.min, math.exp, math.sqrt, math.frexp, math.ldexp
mod, log, log10, deg, rad, random, PI = math.fmod, math.log, math.log10, math.deg, math.rad, math.random, math.pi
_G.floor = floor
-- The global functions count in degrees, those of `math` in radians.
for _, name in ipairs({ "sin", "cos", "tan" }) do
  local radian = math[name]
  _G[name] = function(degrees) return radian(math.rad(degrees)) end
end
for _, name in ipairs({ "asin", "acos", "atan", "atan2" }) do
  local radian = math[name]
  _G[name] = function(...) return math.deg(radian(...)) end
end

bit = {}
for _, name in ipairs({ "band", "bor", "bxor", "bnot", "lshift", "rshift", "arshift", "mod" }) do
  bit[name] = function(...) return sim.bitwise(name, ...) end
end

function tContains(t, wanted)
  for _, value in ipairs(t) do
    if value == wanted then return 1 end
  end
end

function getglobal(name) return _G[name] end
function setglobal(name, value) _G[name] = value end
function debugstack(start) return sim.traceback("", (start or 1) + 1) end
function difftime(later, earlier) return later - (earlier or 0) end
function issecure() return nil end
function scrub(...)
  local values = { ... }
  for i = 1, select("#", ...) do
    local kind = type(values[i])
    if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then values[i] = nil end
  end
  return unpack(values, 1, select("#", ...))
end

-- hooksecurefunc([table,] "name", hook): runs the hook after the function, keeps its results.
function hooksecurefunc(owner, name, hook)
  if type(owner) ~= "table" then
    owner, name, hook = _G, owner, name
  end
  local original = type(name) == "string" and owner[name]
  if type(original) ~= "function" then
    error("hooksecurefunc(): " .. tostring(name) .. " is not a function", 2)
  end
  if type(hook) ~= "function" then
    error('Usage: hooksecurefunc([table,] "function", hookfunc)', 2)
  end
  local function after(arguments, count, ...)
    sim.guarded(hook, unpack(arguments, 1, count))
    return ...
  end
  owner[name] = function(...)
    return after({ ... }, select("#", ...), original(...))
  end
end

-- Error handling: every error is recorded for the test; then the addon's handler sees it, if any.
local handler
local default_handler = function() end

function seterrorhandler(fn)
  if type(fn) ~= "function" then error("Usage: seterrorhandler(errfunc)", 2) end
  handler = fn
end

function geterrorhandler() return handler or default_handler end

function sim.failed(message)
  sim.record_error(message, sim.traceback("", 2))
  if handler then pcall(handler, message) end
  return message
end

-- Call fn; an error is recorded and does not reach the caller. Returns whether it succeeded.
function sim.guarded(fn, ...)
  local arguments, count = { ... }, select("#", ...)
  return xpcall(function() return fn(unpack(arguments, 1, count)) end, sim.failed)
end

securecall = function(fn, ...)
  if type(fn) == "string" then fn = _G[fn] end
  return select(2, sim.guarded(fn, ...))
end
