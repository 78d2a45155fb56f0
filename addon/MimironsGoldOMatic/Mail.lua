-- Prepares the mail of a payout and tells from the client's own calls and events whether it went. The
-- operator presses Send; we only fill the form in. See decision 0012 for the doubtful cases.

local _, addon = ...
local Core = MimironsGoldOMaticCore
local Outbox, Payouts = addon.Outbox, addon.Payouts

local Mail = {}
addon.Mail = Mail

local SUBJECT = addon.NAME
local ANSWER_WITHIN = 15
local SEND_TAB, MONEY_RADIO = 2, 1

local armed -- { payoutId, name, copper }: prepared; the operator may press Send
local sending -- the same, and `money`, `mixed`, `over`: the realm was asked and has not answered
local unanswered -- what else the realm was asked for and has not answered: a payout's id or "manual"
local formMoney -- what the form was last told to send, in copper

-- Whether the realm's answer to our mail is awaited.
function Mail.isAwaited()
    return sending ~= nil and not sending.over
end

local function setState(payoutId, state)
    local row = Payouts.find(payoutId)
    if row and row.state ~= "SENT" then
        row.state = state
    end
    addon.refresh()
end

-- Forgets what was prepared, so that no later mail counts for it.
function Mail.disarm()
    if armed then
        setState(armed.payoutId, "READY")
        armed = nil
    end
end

-- Prepares for the next mail to `name` to count for the payout.
function Mail.arm(payoutId, name)
    local row = Payouts.find(payoutId)
    if Payouts.wasSent(payoutId) or Mail.isAwaited() or (row and row.state ~= "READY") then
        return
    end
    Mail.disarm()
    armed = {
        payoutId = payoutId,
        name = row and row.characterName or name,
        copper = row and row.copper,
    }
    setState(payoutId, "PROCESSING")
end

local function fillForm(row)
    MailFrameTab_OnClick(nil, SEND_TAB)
    SendMailRadioButton_OnClick(MONEY_RADIO)
    SendMailNameEditBox:SetText(row.characterName)
    SendMailSubjectEditBox:SetText(SUBJECT)
    MoneyInputFrame_SetCopper(SendMailMoney, row.copper)
    return SendMailNameEditBox:GetText() == row.characterName
        and MoneyInputFrame_GetCopper(SendMailMoney) == row.copper
end

-- Whether a mail can be prepared now.
function Mail.canPrepare()
    return MailFrame:IsVisible() and not Mail.isAwaited()
end

-- Fills the form in for the row and arms it.
function Mail.prepare(row)
    if not MailFrame:IsVisible() then
        return addon.toastError(addon.text.mailboxClosed)
    elseif not Mail.canPrepare() or row.state ~= "READY" then
        return addon.toastError(addon.text.notReady)
    end
    Mail.disarm()
    if GetMoney() < row.copper + GetSendMailPrice() then
        addon.toastError(addon.text.notEnough)
    elseif fillForm(row) then
        Mail.arm(row.payoutId, row.characterName)
    else
        addon.toastError(addon.text.notReady)
    end
end

local function doubt(context, words)
    setState(context.payoutId, "DOUBT")
    addon.toastError(words)
    Outbox.emit(("[MGM_DOUBT:%s]"):format(context.payoutId))
end

local function expire(context)
    if sending == context and not context.over then
        context.over = true
        local paid = GetMoney() <= context.money - (context.copper or 0)
        doubt(context, paid and addon.text.noAnswerPaid or addon.text.noAnswer)
    end
end

-- The operator has said what became of a doubtful mail; its answer may still come.
function Mail.resolved(payoutId)
    if sending and sending.payoutId == payoutId then
        unanswered = sending.mixed and "manual" or payoutId
        sending = nil
    end
end

local function begin(context)
    -- One mail may be in flight: the client does not send another one before the answer.
    context.mixed = unanswered ~= nil and unanswered ~= context.payoutId
    context.money = GetMoney()
    sending, armed, unanswered = context, nil, nil
    setState(context.payoutId, "SENDING")
    addon.after(ANSWER_WITHIN, function()
        expire(context)
    end)
end

local function isFor(context, recipient, money)
    return Core.NamesEqual(recipient, context.name)
        and (money == nil or context.copper == nil or money == context.copper)
end

local function whileAwaited(recipient, money)
    if not isFor(sending, recipient, money) then
        sending.mixed = true
    end
end

hooksecurefunc("SetSendMailMoney", function(copper)
    formMoney = GetSendMailMoney() or copper
end)

hooksecurefunc("SendMail", function(recipient)
    local money, cashOnDelivery = formMoney or GetSendMailMoney(), GetSendMailCOD() or 0
    formMoney = nil
    if Mail.isAwaited() then
        return whileAwaited(recipient, money)
    elseif sending then
        unanswered, sending = sending.payoutId, nil
    end
    if not armed or not Core.NamesEqual(recipient, armed.name) then
        unanswered = "manual"
    elseif isFor(armed, recipient, money) and cashOnDelivery == 0 then
        begin(armed)
    else
        unanswered = "manual"
        Mail.disarm()
        addon.toastError(addon.text.amountChanged)
    end
end)

local function confirm(context)
    if Payouts.wasSent(context.payoutId) then
        return
    end
    Payouts.markSent(context.payoutId)
    Outbox.emit(("[MGM_CONFIRM:%s]"):format(context.payoutId))
    addon.Whispers.send({ target = context.name, text = addon.whisperText.sent, tries = 2 })
    addon.toastSuccess(context.name)
end

addon.on("MAIL_SEND_SUCCESS", function()
    local context = sending
    sending, unanswered = nil, nil
    if context and context.mixed then
        doubt(context, addon.text.mixedUp)
    elseif context then
        confirm(context)
    end
end)

addon.on("MAIL_FAILED", function()
    local context = sending
    sending, unanswered = nil, nil
    if not context then
        Mail.disarm()
    elseif context.mixed then
        doubt(context, addon.text.mixedUp)
    else
        setState(context.payoutId, "READY")
        addon.toastError(addon.text.mailFailed)
    end
end)

-- What was on its way when the last session ended is doubtful; see Saved.lua.
addon.Saved.whenLoaded(function()
    for _, row in ipairs(addon.db.queue) do
        if row.state == "DOUBT" then
            Outbox.emit(("[MGM_DOUBT:%s]"):format(row.payoutId))
        end
    end
end)

addon.on("MAIL_SHOW", function()
    Outbox.emit("[MGM_MAILBOX:open]", { only = "kind", companion = true })
    addon.after(0, addon.Panel.open)
end)

addon.on("MAIL_CLOSED", function()
    Outbox.emit("[MGM_MAILBOX:closed]", { only = "kind", companion = true })
    if Mail.isAwaited() then
        addon.toastError(addon.text.closedEarly)
    end
    Mail.disarm()
    addon.after(0, addon.refresh)
end)
