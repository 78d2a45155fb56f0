-- The doors: functions that the bridge calls by `/run`, and the slash command. They never raise on bad
-- input; what makes no sense is ignored.

local _, addon = ...
local Core = MimironsGoldOMaticCore

local NONCE = "^" .. ("[A-Z2-9]"):rep(12) .. "$"
local TRANSPORTS = { chat = true, selfwhisper = true, auto = true }

-- An id as the tags may hold it, or nil.
local function id(value)
    if type(value) == "string" and #value <= 64 then
        return Core.Trim(value):match("^[%w%-]+$")
    end
end

-- A character's name, or nil.
local function named(value)
    if type(value) == "string" and #value <= 48 then
        local name = Core.Trim(value)
        return name ~= "" and not name:find("[%c|]") and name or nil
    end
end

local function textOf(value)
    return type(value) == "string" and value or ""
end

function NotifyWinnerWhisper(payoutId, characterName)
    if id(payoutId) and named(characterName) then
        addon.Consent.notifyWinner(id(payoutId), named(characterName))
    end
end

function ReceiveGold(dataString)
    addon.Payouts.receive(textOf(dataString))
end

function MGM_RunWhoForSpin(spinCycleId, characterName)
    if id(spinCycleId) and named(characterName) then
        addon.Who.run(id(spinCycleId), named(characterName))
    end
end

function MGM_RequestGiftItems(giftRequestId)
    if id(giftRequestId) then
        addon.Gifts.list(id(giftRequestId))
    end
end

function MGM_RequestGiftConfirmation(giftRequestId, characterName)
    if id(giftRequestId) and named(characterName) then
        addon.Consent.notifyGift(id(giftRequestId), named(characterName))
    end
end

function MGM_CloseGift(giftRequestId, itemId, count)
    if id(giftRequestId) then
        addon.Gifts.close(id(giftRequestId), tonumber(itemId), tonumber(count))
    end
end

function MGM_ShowQueuePanel()
    addon.Panel.open()
end

function MGM_ToggleQueuePanel()
    addon.Panel.toggle()
end

function MGM_RefreshQueuePanel()
    addon.Panel.refresh()
end

function MGM_ArmMailSendForPayout(payoutId, characterName)
    if id(payoutId) and named(characterName) then
        addon.Mail.arm(id(payoutId), named(characterName))
    end
end

function MGM_ClearArmedMailSend()
    addon.Mail.disarm()
end

function MGM_PopQueueAfterSuccessfulSend()
    addon.Payouts.dropSent()
end

function MGM_Hello(nonce)
    if textOf(nonce):find(NONCE) then
        addon.Outbox.hello(nonce)
    end
end

function MGM_Ack(nonce, numbers)
    addon.Outbox.acknowledge(textOf(nonce), textOf(numbers))
end

function MGM_LogTest(nonce, result)
    addon.LogTest.finish(textOf(nonce), textOf(result))
end

local function checkForUpdate()
    for _, line in ipairs(addon.updateLines) do
        DEFAULT_CHAT_FRAME:AddMessage(line)
    end
    addon.Outbox.emit("[MGM_UPDATE_CHECK]")
end

local function setTransport(value)
    addon.db.transport = value
    addon.say(addon.text.transport, value)
end

local function togglePadding()
    addon.db.padWhisper = not addon.db.padWhisper
    addon.say(addon.text.padWhisper, addon.db.padWhisper and addon.text.on or addon.text.off)
end

local COMMANDS = {
    ["update"] = checkForUpdate,
    ["checkupdate"] = checkForUpdate,
    ["debug"] = addon.toggleDebug,
    ["logtest"] = addon.LogTest.start,
    ["pad whisper"] = togglePadding,
}

SLASH_MGM1 = "/mgm"
SlashCmdList["MGM"] = function(typed)
    local words = Core.Fold(Core.Trim(textOf(typed))):gsub("%s+", " ")
    local transport, gifts = words:match("^transport (%l+)$"), words:match("^gifts (%d+)$")
    if COMMANDS[words] then
        COMMANDS[words]()
    elseif transport and TRANSPORTS[transport] then
        setTransport(transport)
    elseif gifts then
        addon.Gifts.setLongest(tonumber(gifts))
    else
        addon.Panel.toggle()
    end
end
