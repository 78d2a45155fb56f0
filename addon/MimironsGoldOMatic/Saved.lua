-- What survives a reload: MimironsGoldOMaticDB. The client reads it before ADDON_LOADED and writes it
-- at logout and reload, not when it crashes.

local addonName, addon = ...

local Saved = {}
addon.Saved = Saved

local DAY = 86400
local FRESH_FOR = 20 -- no session in which a mail could be sent is shorter

local starts = {}

local BLANK = {
    queue = "table",
    pendingAcceptance = "table",
    acceptedIds = "table",
    pendingGifts = "table",
    acceptedGifts = "table",
    gifts = "table",
    sentIds = "table",
    claimedIds = "table",
    outbox = "table",
    calibration = "table",
    panel = "table",
}

-- What a saved row's state means right after a reload: a mail that was only prepared has not gone; of
-- one that was on its way nobody heard the end.
local STATE_AFTER_RELOAD = {
    READY = "READY",
    PROCESSING = "READY",
    SENDING = "DOUBT",
    DOUBT = "DOUBT",
    SENT = "SENT",
}

-- And later: a session that crashed has left no trace here, and may have sent them.
local STATE_LATER = {
    READY = "DOUBT",
    PROCESSING = "DOUBT",
    SENDING = "DOUBT",
    DOUBT = "DOUBT",
    SENT = "SENT",
}

local stateAfterLoad = STATE_AFTER_RELOAD

local function fresh(at, now)
    return type(at) == "number" and now - at < DAY
end

local function keepFresh(entries, now, isWhole)
    for key, entry in pairs(entries) do
        local at = type(entry) == "table" and entry.at or entry
        if not fresh(at, now) or (isWhole and not isWhole(entry)) then
            entries[key] = nil
        end
    end
end

local function keepFreshRows(rows, now, isWhole)
    for index = #rows, 1, -1 do
        local row = rows[index]
        if type(row) ~= "table" or not fresh(row.at, now) or not isWhole(row) then
            table.remove(rows, index)
        end
    end
end

local function isPayout(row)
    row.state = stateAfterLoad[row.state]
    row.askedAt = row.state == "DOUBT" and time() or nil
    return row.state
        and type(row.payoutId) == "string"
        and type(row.characterName) == "string"
        and type(row.copper) == "number"
end

local function isNamed(entry)
    return type(entry) == "table" and type(entry.name) == "string"
end

local function isTag(entry)
    return type(entry.tag) == "string" and type(entry.seq) == "number"
end

local function prune(db, now)
    keepFreshRows(db.queue, now, isPayout)
    keepFreshRows(db.outbox, now, isTag)
    keepFreshRows(db.gifts, now, isNamed)
    keepFresh(db.pendingAcceptance, now, isNamed)
    keepFresh(db.pendingGifts, now, isNamed)
    keepFresh(db.acceptedIds, now)
    keepFresh(db.acceptedGifts, now)
    keepFresh(db.sentIds, now)
    keepFresh(db.claimedIds, now)
end

local function load()
    local db = type(MimironsGoldOMaticDB) == "table" and MimironsGoldOMaticDB or {}
    MimironsGoldOMaticDB = db
    for key, kind in pairs(BLANK) do
        if type(db[key]) ~= kind then
            db[key] = {}
        end
    end
    if db.transport ~= "chat" and db.transport ~= "selfwhisper" then
        db.transport = "auto"
    end
    if type(db.nonce) ~= "string" then
        db.nonce = nil
    end
    db.version = 1
    db.debug = db.debug == true
    db.padWhisper = db.padWhisper == true
    db.giftItems = type(db.giftItems) == "number" and db.giftItems or 10
    if type(db.leftAt) == "number" and time() - db.leftAt > FRESH_FOR then
        stateAfterLoad = STATE_LATER
    end
    prune(db, time())
    local saved = type(db.seq) == "number" and db.seq or 0
    db.seq = math.max(saved, time() * 10 - 1)
    addon.db = db
    addon.version = GetAddOnMetadata(addonName, "Version")
end

addon.on("ADDON_LOADED", function(name)
    if name == addonName then
        load()
        for _, start in ipairs(starts) do
            start()
        end
    end
end)

addon.on("PLAYER_LOGOUT", function()
    addon.db.leftAt = time()
end)

-- Calls `start()` when the saved values are there.
function Saved.whenLoaded(start)
    table.insert(starts, start)
end
