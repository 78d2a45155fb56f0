-- Prepares the mail of a payout and tells from the client's own calls and events whether it went. The
-- operator presses Send; we only fill the form in. See decision 0012 for the doubtful cases.

local _, addon = ...
local Core = MimironsGoldOMaticCore
local Outbox, Payouts = addon.Outbox, addon.Payouts

local Mail = {}
addon.Mail = Mail

local SUBJECT = addon.NAME
local ANSWER_WITHIN = 15
local OWED_FOR = 60
local SEND_TAB, MONEY_RADIO = 2, 1

local armed -- { payoutId, name, copper }: prepared; the operator may press Send
local sending -- the same with `at`, `money`, `closed`, `mixed`, `over`: the realm was asked to send it
local owed, owedTo, owedUntil = 0, nil, 0 -- answers to other mails that may still come
local formMoney -- what the form was last told to send, in copper

-- Whether the realm's answer to our mail is awaited.
function Mail.isAwaited()
    return sending ~= nil and not sending.over
end

local function setState(payoutId, state, at)
    local row = Payouts.find(payoutId)
    if row and row.state ~= "SENT" then
        row.state, row.askedAt = state, at
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

-- What the operator has left in the form is not for the winner: items go back into the bags.
local function emptyForm()
    local isEmpty = true
    for slot = 1, ATTACHMENTS_MAX_SEND do
        if GetSendMailItem(slot) then
            ClickSendMailItemButton(slot, true)
            isEmpty = isEmpty and not GetSendMailItem(slot)
        end
    end
    SendMailBodyEditBox:SetText("")
    return isEmpty
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
    local isEmpty = emptyForm()
    if isEmpty and GetMoney() < row.copper + GetSendMailPrice() then
        addon.toastError(addon.text.notEnough)
    elseif isEmpty and fillForm(row) then
        Mail.arm(row.payoutId, row.characterName)
    else
        addon.toastError(addon.text.notReady)
    end
end

-- Another mail than the one in `sending` was handed to the realm. Its answer looks like any other.
local function owe(payoutId)
    owedTo = owed == 0 and payoutId or nil
    owed, owedUntil = owed + 1, GetTime() + OWED_FOR
end

-- Whether the next answer may be about another payout than this one.
local function isOwedToOthers(payoutId)
    if GetTime() > owedUntil then
        owed = 0
    end
    return owed > 0 and owedTo ~= payoutId
end

local function doubt(context, words)
    setState(context.payoutId, "DOUBT", context.at)
    addon.toastError(words)
    Outbox.emit(("[MGM_DOUBT:%s]"):format(context.payoutId))
end

local function expire(context)
    if sending ~= context or context.over then
        return
    elseif context.mixed then
        sending = nil
        return doubt(context, addon.text.mixedUp)
    end
    context.over = true
    local paid = GetMoney() <= context.money - (context.copper or 0)
    doubt(context, paid and addon.text.noAnswerPaid or addon.text.noAnswer)
end

-- The operator has said what became of a doubtful mail; its answer may still come.
function Mail.resolved(payoutId)
    if sending and sending.payoutId == payoutId then
        owe(payoutId)
        sending = nil
    end
end

local function begin(context)
    context.mixed = isOwedToOthers(context.payoutId)
    context.at, context.money = time(), GetMoney()
    sending, armed = context, nil
    setState(context.payoutId, "SENDING")
    addon.after(ANSWER_WITHIN, function()
        expire(context)
    end)
end

local function isFor(context, recipient, money)
    return Core.NamesEqual(recipient, context.name)
        and (money == nil or context.copper == nil or money == context.copper)
end

-- A mail that nobody prepared, but that looks like a payout's: sent again after a refusal, perhaps.
local function suspect(recipient, money)
    for _, row in ipairs(addon.db.queue) do
        local open = row.state == "READY" or row.state == "DOUBT"
        if open and row.copper == money and Core.NamesEqual(recipient, row.characterName) then
            doubt({ payoutId = row.payoutId, at = time() }, addon.text.byHand)
        end
    end
end

-- The client sends no second mail before the answer, but forgets that it waits when the mailbox closes.
local function whileAwaited(recipient, money)
    if not sending.closed and isFor(sending, recipient, money) then
        return
    elseif not sending.mixed then
        sending.mixed = true
        owe()
    end
    owe()
    suspect(recipient, money)
end

-- The client gives the keyboard to the form when its tab is shown and after each mail; lines that the
-- bridge types would land there. Whoever wants to write a mail by hand clicks into it.
local function releaseKeyboard()
    SendMailNameEditBox:ClearFocus()
    SendMailSubjectEditBox:ClearFocus()
    SendMailBodyEditBox:ClearFocus()
end

hooksecurefunc("MailFrameTab_OnClick", function()
    addon.after(0, releaseKeyboard)
end)

hooksecurefunc("SetSendMailMoney", function(copper)
    formMoney = GetSendMailMoney() or copper
end)

hooksecurefunc("SendMail", function(recipient)
    local money, cashOnDelivery = formMoney or GetSendMailMoney(), GetSendMailCOD() or 0
    formMoney = nil
    if Mail.isAwaited() then
        return whileAwaited(recipient, money)
    elseif sending then
        Mail.resolved(sending.payoutId)
    end
    local meant = armed and Core.NamesEqual(recipient, armed.name)
    if meant and isFor(armed, recipient, money) and cashOnDelivery == 0 then
        return begin(armed)
    elseif meant then
        Mail.disarm()
        addon.toastError(addon.text.amountChanged)
    end
    owe()
    suspect(recipient, money)
end)

-- The mail that an answer is about, or nil: not ours, or nobody knows which.
local function answered()
    local context = sending
    if not context or context.mixed then
        owed = math.max(0, owed - 1)
        return nil
    end
    sending = nil
    return context
end

local function confirm(context)
    if Payouts.wasSent(context.payoutId) then
        return
    end
    Payouts.markSent(context.payoutId)
    Outbox.emit(("[MGM_CONFIRM:%s]"):format(context.payoutId))
    addon.Whispers.send({
        lane = addon.Whispers.TAG,
        target = context.name,
        text = addon.whisperText.sent,
        tries = 2,
    })
    addon.toastSuccess(context.name)
end

addon.on("MAIL_SEND_SUCCESS", function()
    addon.after(0, releaseKeyboard)
    local context = answered()
    if context then
        confirm(context)
    end
end)

addon.on("MAIL_FAILED", function()
    local context = answered()
    if context then
        setState(context.payoutId, "READY")
        addon.toastError(addon.text.mailFailed)
    elseif not sending then
        Mail.disarm()
    end
end)

addon.on("PLAYER_LOGOUT", function()
    addon.db.owed = owed + (sending and 1 or 0)
end)

-- What was on its way when the last session ended is doubtful, see Saved.lua, and its answer may come
-- to this session.
addon.Saved.whenLoaded(function()
    if type(addon.db.owed) == "number" and addon.db.owed > 0 then
        owe()
        owed = addon.db.owed
    end
    for _, row in ipairs(addon.db.queue) do
        if row.state == "DOUBT" then
            Outbox.emit(("[MGM_DOUBT:%s]"):format(row.payoutId))
        end
    end
end)

addon.on("MAIL_SHOW", function()
    Outbox.emit("[MGM_MAILBOX:open]", { only = true, companion = true })
    addon.after(0, addon.Panel.open)
end)

addon.on("MAIL_CLOSED", function()
    Outbox.emit("[MGM_MAILBOX:closed]", { only = true, companion = true })
    if Mail.isAwaited() then
        sending.closed = true
        addon.toastError(addon.text.closedEarly)
    end
    Mail.disarm()
    addon.after(0, addon.refresh)
end)
