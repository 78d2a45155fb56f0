-- Confirmation windows: at most four at once, each from a description in StaticPopupDialogs.
local sim = ...

STATICPOPUP_NUMDIALOGS = 4
StaticPopupDialogs = {}

local function finish(dialog, script)
  local info, which = StaticPopupDialogs[dialog.which], dialog.which
  local keep
  if info and info[script] then
    local ok, answer = sim.guarded(info[script], dialog, dialog.data)
    keep = ok and answer
  end
  if not keep and dialog.which == which then dialog:Hide() end
end

for i = 1, STATICPOPUP_NUMDIALOGS do
  local name = "StaticPopup" .. i
  local dialog = sim.create_frame("Frame", name, UIParent)
  dialog:Hide()
  dialog:SetFrameStrata("DIALOG")
  dialog:SetSize(320, 72)
  dialog.text = dialog:CreateFontString(name .. "Text", "ARTWORK", "GameFontHighlight")
  dialog.button1 = sim.create_frame("Button", name .. "Button1", dialog)
  dialog.button2 = sim.create_frame("Button", name .. "Button2", dialog)
  dialog.moneyFrame = sim.create_frame("Frame", name .. "MoneyFrame", dialog)
  dialog.editBox = sim.create_frame("EditBox", name .. "EditBox", dialog)
  dialog.editBox:Hide()
  dialog.button1:SetScript("OnClick", function() finish(dialog, "OnAccept") end)
  dialog.button2:SetScript("OnClick", function() finish(dialog, "OnCancel") end)
  dialog:SetScript("OnHide", function(self)
    local info = StaticPopupDialogs[self.which]
    if info and info.OnHide then sim.guarded(info.OnHide, self, self.data) end
  end)
end

function StaticPopup_Visible(which)
  for i = 1, STATICPOPUP_NUMDIALOGS do
    local dialog = _G["StaticPopup" .. i]
    if dialog:IsShown() and dialog.which == which then return "StaticPopup" .. i, dialog end
  end
end

sim.define("StaticPopup_Hide", "sa?", function(which)
  local _, dialog = StaticPopup_Visible(which)
  if dialog then dialog:Hide() end
end)

sim.define("StaticPopup_Show", "sa?a?a?", function(which, first, second, data)
  local info = StaticPopupDialogs[which]
  if not info then return nil end
  StaticPopup_Hide(which)
  for i = 1, STATICPOPUP_NUMDIALOGS do
    local dialog = _G["StaticPopup" .. i]
    if not dialog:IsShown() then
      dialog.which, dialog.data = which, data
      dialog.text:SetText(format(info.text, first, second))
      dialog.button1:SetText(info.button1 or OKAY)
      if info.button2 then
        dialog.button2:SetText(info.button2)
        dialog.button2:Show()
      else
        dialog.button2:Hide()
      end
      dialog:Show()
      if info.OnShow then sim.guarded(info.OnShow, dialog, data) end
      return dialog
    end
  end
end)
