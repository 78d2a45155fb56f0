-- Whispers to those who have won gold or a gift, and their consent. The two kinds know nothing of each
-- other; several of each may be pending.

local _, addon = ...
local Core = MimironsGoldOMaticCore
local Outbox, Whispers = addon.Outbox, addon.Whispers

local Consent = {}
addon.Consent = Consent

local AGAIN_AFTER = 120 -- a whisper known to have arrived is not repeated before
local TRIES = 2

local GOLD = {
    pending = "pendingAcceptance",
    accepted = "acceptedIds",
    word = "twgold",
    whisper = addon.whisperText.winner,
    did = "[MGM_DID:whisper:%s]",
    accept = "[MGM_ACCEPT:%s]",
}

local GIFT = {
    pending = "pendingGifts",
    accepted = "acceptedGifts",
    word = "twgift",
    whisper = addon.whisperText.gift,
    did = "[MGM_DID:gift:%s]",
    accept = "[MGM_GIFT_ACCEPT:%s]",
}

local function arrived(kind, id, entry, outcome)
    if outcome == "arrived" then
        entry.state, entry.arrivedAt = "arrived", time()
        Outbox.emit(kind.did:format(id))
    elseif outcome == "unreached" then
        entry.state = "unreached"
        addon.say(addon.text.unreached, entry.name)
        Outbox.emit(("[MGM_UNDELIVERED:%s]"):format(id))
    end
end

local function send(kind, id, entry)
    entry.state, entry.arrivedAt = "queued", nil
    Whispers.send({
        lane = Whispers.PLAYER,
        target = entry.name,
        text = kind.whisper,
        tries = TRIES,
        started = function()
            entry.state = "sent"
        end,
        done = function(outcome)
            arrived(kind, id, entry, outcome)
        end,
    })
end

local function isUnderWay(entry)
    return entry.state == "queued" or entry.state == "sent"
end

local function notify(kind, id, name)
    local entry = addon.db[kind.pending][id]
    if addon.db[kind.accepted][id] then
        Outbox.emit(kind.did:format(id))
        Outbox.emit(kind.accept:format(id))
    elseif not entry or not Core.NamesEqual(entry.name, name) then
        entry = { name = name, at = time() }
        addon.db[kind.pending][id] = entry
        send(kind, id, entry)
    elseif entry.arrivedAt and time() - entry.arrivedAt < AGAIN_AFTER then
        Outbox.emit(kind.did:format(id))
    elseif not (isUnderWay(entry) and Whispers.isUnderWay(kind.whisper, name)) then
        send(kind, id, entry)
    end
end

function Consent.notifyWinner(payoutId, name)
    notify(GOLD, payoutId, name)
end

function Consent.notifyGift(giftRequestId, name)
    notify(GIFT, giftRequestId, name)
end

-- The gift is no longer to be had: an answer comes too late.
function Consent.forgetGift(giftRequestId)
    addon.db[GIFT.pending][giftRequestId] = nil
    addon.db[GIFT.accepted][giftRequestId] = nil
end

-- Whoever answers has the whisper before them; who was not reached has nothing to answer to.
local function isArmed(entry)
    return entry.state == "sent" or entry.state == "arrived"
end

local function oldestOf(kind, sender)
    local found
    for id, entry in pairs(addon.db[kind.pending]) do
        if isArmed(entry) and Core.NamesEqual(entry.name, sender) then
            if not found or entry.at < addon.db[kind.pending][found].at then
                found = id
            end
        end
    end
    return found
end

local function hear(kind, text, sender)
    local id = Core.IsReply(text, kind.word) and oldestOf(kind, sender)
    if not id then
        return
    end
    local entry = addon.db[kind.pending][id]
    addon.db[kind.pending][id] = nil
    addon.db[kind.accepted][id] = time()
    Outbox.emit(kind.accept:format(id))
    if kind == GIFT then
        addon.Gifts.remind(id, entry.name)
    end
end

addon.on("CHAT_MSG_WHISPER", function(text, sender)
    if not Core.NamesEqual(sender, UnitName("player")) then
        hear(GOLD, text, sender)
        hear(GIFT, text, sender)
    end
end)
