-- Keeps the global strings as the client came with them; it goes by these, addons by the globals.
local sim = ...
sim.stock_strings = {}
for name, value in pairs(_G) do
  if type(value) == "string" then sim.stock_strings[name] = value end
end
