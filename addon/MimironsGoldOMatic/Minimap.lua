-- UI-401: the button on the minimap. It is out of the way in combat.

local _, addon = ...

local button = CreateFrame("Button", "MGMMinimapButton", Minimap)
button:SetWidth(24)
button:SetHeight(24)
button:SetFrameStrata("MEDIUM")
button:SetPoint("CENTER", Minimap, "BOTTOMLEFT", 4, 4)
button:EnableMouse(true)
button:RegisterForClicks("LeftButtonUp")

local icon = button:CreateTexture(nil, "BACKGROUND")
icon:SetTexture("Interface\\Icons\\INV_Misc_Coin_02")
icon:SetAllPoints(button)

button:SetScript("OnClick", function()
    addon.Panel.toggle()
end)

button:SetScript("OnEnter", function(self)
    GameTooltip:SetOwner(self, "ANCHOR_LEFT")
    GameTooltip:SetText(addon.NAME)
    GameTooltip:AddLine(addon.text.minimapHint)
    GameTooltip:Show()
end)

button:SetScript("OnLeave", function()
    GameTooltip:Hide()
end)

addon.on("PLAYER_REGEN_DISABLED", function()
    button:Hide()
end)

addon.on("PLAYER_REGEN_ENABLED", function()
    button:Show()
end)

addon.on("PLAYER_LOGIN", function()
    if UnitAffectingCombat("player") then
        button:Hide()
    end
end)
