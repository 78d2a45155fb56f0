-- The two tooltips that every interface has.
local sim = ...

for _, name in ipairs({ "GameTooltip", "ItemRefTooltip" }) do
  sim.create_frame("GameTooltip", name, UIParent, "GameTooltipTemplate"):Hide()
end
