-- The friends window with its /who tab: who wants the answers to which queries.
local sim = ...

sim.create_frame("Frame", "FriendsFrame", UIParent)
FriendsFrame:SetSize(384, 512)
FriendsFrame:Hide()
sim.create_frame("Frame", "WhoFrame", FriendsFrame)
WhoFrame:Hide()

SetWhoToUI(0)
WhoFrame:SetScript("OnShow", function() SetWhoToUI(1) end)
WhoFrame:SetScript("OnHide", function() SetWhoToUI(0) end)

for _, event in ipairs({ "FRIENDLIST_SHOW", "FRIENDLIST_UPDATE", "IGNORELIST_UPDATE", "WHO_LIST_UPDATE", "GUILD_ROSTER_UPDATE" }) do
  FriendsFrame:RegisterEvent(event)
end
-- An answer opens the window, which as a left panel takes the place of an open mailbox (3.10, 5.10).
FriendsFrame:SetScript("OnEvent", function(self, event)
  if event == "WHO_LIST_UPDATE" then
    WhoFrame:Show()
    ShowUIPanel(self)
  end
end)
