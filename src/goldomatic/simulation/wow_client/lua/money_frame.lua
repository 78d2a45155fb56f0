-- Sums of money: three boxes for gold, silver and copper.
local sim = ...

COPPER_PER_SILVER, SILVER_PER_GOLD, COPPER_PER_GOLD = 100, 100, 10000

local function boxes(frame)
  local name = frame:GetName()
  return _G[name .. "Gold"], _G[name .. "Silver"], _G[name .. "Copper"]
end

sim.define("MoneyInputFrame_GetCopper", "u", function(frame)
  local gold, silver, copper = boxes(frame)
  return gold:GetNumber() * COPPER_PER_GOLD + silver:GetNumber() * COPPER_PER_SILVER + copper:GetNumber()
end)

sim.define("MoneyInputFrame_SetCopper", "un", function(frame, sum)
  local gold, silver, copper = boxes(frame)
  local function write(box, value)
    box:SetText(value == 0 and "" or tostring(value))
  end
  write(gold, math.floor(sum / COPPER_PER_GOLD))
  write(silver, math.floor(sum % COPPER_PER_GOLD / COPPER_PER_SILVER))
  write(copper, sum % COPPER_PER_SILVER)
end)

sim.define("MoneyInputFrame_ResetMoney", "u", function(frame) MoneyInputFrame_SetCopper(frame, 0) end)
sim.define("MoneyInputFrame_ClearFocus", "u", function(frame)
  for _, box in ipairs({ boxes(frame) }) do box:ClearFocus() end
end)
sim.define("MoneyInputFrame_SetOnValueChangedFunc", "uf?", function(frame, fn) frame.onValueChangedFunc = fn end)

function sim.money_changed(frame)
  if frame.onValueChangedFunc then sim.guarded(frame.onValueChangedFunc) end
end

sim.define("GetCoinTextureString", "nn?", function(sum)
  return format("%dg %ds %dc", sum / COPPER_PER_GOLD, sum % COPPER_PER_GOLD / COPPER_PER_SILVER, sum % COPPER_PER_SILVER)
end)
