-- The mailbox window: inbox, the form for a new mail, its two clicks, its reset (section 5).
local sim = ...

ATTACHMENTS_MAX_SEND, MAX_COD_AMOUNT = 12, 10000
MailFrame = sim.create_frame("Frame", "MailFrame", UIParent)
MailFrame:SetSize(384, 512)
MailFrame:SetHitRectInsets(0, 30, 0, 70)
MailFrame:Hide()

local function part(kind, name, parent, template) return sim.create_frame(kind, name, parent, template) end

local inbox, form = part("Frame", "InboxFrame", MailFrame), part("Frame", "SendMailFrame", MailFrame)
form:Hide()
for i = 1, 2 do
  local tab = part("Button", "MailFrameTab" .. i, MailFrame)
  tab:SetID(i)
  tab:SetScript("OnClick", function(self) MailFrameTab_OnClick(self, self:GetID()) end)
end
part("Button", "InboxCloseButton", MailFrame, "UIPanelCloseButton")

local function field(name, letters)
  local box = part("EditBox", name, form, "InputBoxTemplate")
  box:SetMaxLetters(letters)
  box:SetAutoFocus(false)
  return box
end
local name, subject = field("SendMailNameEditBox", 12), field("SendMailSubjectEditBox", 64)
local body = field("SendMailBodyEditBox", 500)
body:SetMultiLine(true)
part("Frame", "SendMailMoney", form, "MoneyInputFrameTemplate")
part("CheckButton", "SendMailSendMoneyButton", form, "UIRadioButtonTemplate")
part("CheckButton", "SendMailCODButton", form, "UIRadioButtonTemplate")
local send = part("Button", "SendMailMailButton", form, "UIPanelButtonTemplate")
send:SetText(SEND_LABEL)
local cancel = part("Button", "SendMailCancelButton", form, "UIPanelButtonTemplate")
cancel:SetText(CANCEL)
for i = 1, ATTACHMENTS_MAX_SEND do
  local slot = part("Button", "SendMailAttachment" .. i, form)
  slot:SetID(i)
  slot:SetScript("OnClick", function(self) ClickSendMailItemButton(self:GetID()) end)
end
StationeryPopupFrame = part("Frame", "StationeryPopupFrame", form)
StationeryPopupFrame:Hide()

-- Enter goes on to the next field; it does not leave the form.
name:SetScript("OnEnterPressed", function() subject:SetFocus() end)
name:SetScript("OnTabPressed", function() subject:SetFocus() end)
subject:SetScript("OnEnterPressed", function() body:SetFocus() end)
subject:SetScript("OnTabPressed", function() body:SetFocus() end)
for _, box in ipairs({ name, subject }) do
  box:SetScript("OnTextChanged", function() SendMailFrame_CanSend() end)
end
body:SetScript("OnEscapePressed", function(self) self:ClearFocus() end)

function SendMailFrame_CanSend()
  local ready = StationeryPopupFrame.selectedIndex ~= nil and #name:GetText() > 0 and #subject:GetText() > 0
  if SendMailCODButton:GetChecked() then
    ready = ready and MoneyInputFrame_GetCopper(SendMailMoney) <= MAX_COD_AMOUNT * COPPER_PER_GOLD
  end
  if ready and not sim.mail_pending() then send:Enable() else send:Disable() end
end
MoneyInputFrame_SetOnValueChangedFunc(SendMailMoney, SendMailFrame_CanSend)

sim.define("SendMailRadioButton_OnClick", "n", function(index)
  SendMailSendMoneyButton:SetChecked(index == 1)
  SendMailCODButton:SetChecked(index == 2)
  SendMailFrame_CanSend()
end)
SendMailSendMoneyButton:SetScript("OnClick", function() SendMailRadioButton_OnClick(1) end)
SendMailCODButton:SetScript("OnClick", function() SendMailRadioButton_OnClick(2) end)

-- An attached item gives an empty subject its name.
function SendMailFrame_Update()
  local title
  for i = 1, ATTACHMENTS_MAX_SEND do
    local item, _, count = GetSendMailItem(i)
    title = title or item and (count > 1 and item .. " (" .. count .. ")" or item)
  end
  if title and (subject:GetText() == "" or subject:GetText() == form.previousItem) then subject:SetText(title) end
  form.previousItem = title or ""
  SendMailFrame_CanSend()
end

local function clear()
  name:SetText("")
  subject:SetText("")
  body:SetText("")
  MoneyInputFrame_ResetMoney(SendMailMoney)
  SendMailRadioButton_OnClick(1)
end

-- After a sent mail the form is empty and its first field has the keyboard.
function SendMailFrame_Reset()
  clear()
  name:SetFocus()
  StationeryPopupFrame.selectedIndex = 1
  SendMailFrame_Update()
end

form:SetScript("OnShow", function()
  StationeryPopupFrame.selectedIndex = 1
  SendMailFrame_Update()
end)

sim.define("MailFrameTab_OnClick", "u?n", function(_, tab)
  if tab == 1 then
    form:Hide()
    inbox:Show()
    SetSendMailShowing(nil)
  else
    inbox:Hide()
    form:Show()
    SetSendMailShowing(1)
    name:SetFocus()
  end
end)

-- First click: with money it only opens the confirmation.
function SendMailMailButton_OnClick(self)
  self:Disable()
  local copper = MoneyInputFrame_GetCopper(SendMailMoney)
  SetSendMailCOD(0)
  SetSendMailMoney(0)
  if SendMailSendMoneyButton:GetChecked() then
    if copper > 0 then
      StaticPopup_Show("SEND_MONEY", name:GetText())
      return
    end
  elseif copper > 0 then
    SetSendMailCOD(copper)
  end
  SendMailFrame_SendMail()
end
send:SetScript("OnClick", function(self) SendMailMailButton_OnClick(self) end)
cancel:SetScript("OnClick", function() HideUIPanel(MailFrame) end)

function SendMailFrame_SendMail() SendMail(name:GetText(), subject:GetText(), body:GetText()) end

-- Second click. The form is read again: what was changed in between counts.
StaticPopupDialogs.SEND_MONEY = {
  text = SEND_MONEY_CONFIRMATION, button1 = ACCEPT, button2 = CANCEL, timeout = 0, hideOnEscape = 1,
  OnAccept = function()
    if SetSendMailMoney(MoneyInputFrame_GetCopper(SendMailMoney)) then SendMailFrame_SendMail() end
  end,
  OnCancel = function() SendMailMailButton:Enable() end,
}

for _, event in ipairs({
  "MAIL_SHOW", "MAIL_INBOX_UPDATE", "MAIL_CLOSED", "MAIL_SEND_INFO_UPDATE", "MAIL_SEND_SUCCESS", "MAIL_FAILED",
  "MAIL_SUCCESS", "MAIL_LOCK_SEND_ITEMS", "MAIL_UNLOCK_SEND_ITEMS",
}) do
  MailFrame:RegisterEvent(event)
end

local on = {}
function on.MAIL_SHOW()
  ShowUIPanel(MailFrame)
  if not MailFrame:IsVisible() then
    CloseMail()
    return
  end
  MailFrameTab_OnClick(nil, 1)
end
function on.MAIL_CLOSED() HideUIPanel(MailFrame) end
function on.MAIL_SEND_INFO_UPDATE() SendMailFrame_Update() end
function on.MAIL_SEND_SUCCESS()
  SendMailFrame_Reset()
  StaticPopup_Hide("SEND_MONEY")
end
function on.MAIL_FAILED() SendMailMailButton:Enable() end
MailFrame:SetScript("OnEvent", function(_, event)
  if on[event] then on[event]() end
end)

-- The order in which the stock handler and an addon's run is not given (5.8).
function sim.stock_mail_handler_last()
  MailFrame:UnregisterEvent("MAIL_SEND_SUCCESS")
  MailFrame:RegisterEvent("MAIL_SEND_SUCCESS")
end

MailFrame:SetScript("OnHide", function()
  StaticPopup_Hide("SEND_MONEY")
  CloseMail()
  clear()
end)
