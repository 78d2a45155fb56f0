-- Whispers, to winners and to ourselves: one queue at a pace that no realm mutes, and the fate of each.
-- A whisper has arrived when the realm echoes it; "no such player" says that it has not.

local _, addon = ...
local Core = MimironsGoldOMaticCore

local Whispers = {}
addon.Whispers = Whispers

local PACE = 1.1
local PAD_PACE = 0.35
local ECHO_WITHIN = 5
local BACK_OFF = 12
local LIMIT = 255

-- What goes first. Within a lane nothing overtakes.
local PLAYER, TAG, AGAIN, PADDING = 1, 2, 3, 4
Whispers.PLAYER, Whispers.TAG, Whispers.AGAIN, Whispers.PADDING = PLAYER, TAG, AGAIN, PADDING

local lanes = { {}, {}, {}, {} }
local flying = {}
local nextAt, blockedUntil = 0, 0

local function take()
    for index, lane in ipairs(lanes) do
        if lane[1] then
            return table.remove(lane, 1), index
        end
    end
end

local function settle(index, outcome)
    local whisper = table.remove(flying, index)
    if whisper.done then
        whisper.done(outcome)
    end
end

local function requeue(index)
    local whisper = flying[index]
    if whisper.tries > 1 then
        whisper.tries = whisper.tries - 1
        table.remove(flying, index)
        table.insert(lanes[whisper.lane], 1, whisper)
    else
        settle(index, "unknown")
    end
end

local function backOff(isLost)
    blockedUntil = GetTime() + BACK_OFF
    for index = #flying, 1, -1 do
        if isLost(flying[index]) then
            requeue(index)
        end
    end
end

local function pump()
    local now = GetTime()
    if flying[1] and now - flying[1].sentAt > ECHO_WITHIN then
        backOff(function(whisper)
            return now - whisper.sentAt > ECHO_WITHIN
        end)
    end
    if now < nextAt or now < blockedUntil then
        return
    end
    local whisper, lane = take()
    if whisper then
        nextAt = now + (lane == PADDING and PAD_PACE or PACE)
        whisper.sentAt = now
        table.insert(flying, whisper)
        if whisper.started then
            whisper.started()
        end
        SendChatMessage(whisper.text, "WHISPER", nil, whisper.target)
    end
end

-- Queues `{target, text, lane, tries, started, done}`. `started()` is called when it leaves,
-- `done(outcome)` with "arrived", "unreached" or, after all tries, "unknown".
function Whispers.send(whisper)
    assert(#whisper.text <= LIMIT, "a whisper has at most 255 bytes")
    whisper.tries = whisper.tries or 1
    table.insert(lanes[whisper.lane], whisper)
    pump()
end

-- Whether a whisper with this text waits to be sent.
function Whispers.isQueued(text)
    for _, lane in ipairs(lanes) do
        for _, whisper in ipairs(lane) do
            if whisper.text == text then
                return true
            end
        end
    end
    return false
end

-- Whether a whisper with this text to this player waits or awaits its echo.
function Whispers.isUnderWay(text, name)
    for _, list in ipairs({ lanes[PLAYER], flying }) do
        for _, whisper in ipairs(list) do
            if whisper.text == text and Core.NamesEqual(whisper.target, name) then
                return true
            end
        end
    end
    return false
end

-- Whether an echo is still awaited, or something is to be sent at once.
function Whispers.isBusy()
    return flying[1] ~= nil or lanes[PLAYER][1] ~= nil or lanes[TAG][1] ~= nil or lanes[AGAIN][1] ~= nil
end

-- How many whispers of padding wait or are under way.
function Whispers.padding()
    local number = #lanes[PADDING]
    for _, whisper in ipairs(flying) do
        if whisper.lane == PADDING then
            number = number + 1
        end
    end
    return number
end

local function find(matches)
    for index, whisper in ipairs(flying) do
        if matches(whisper) then
            return index
        end
    end
end

addon.on("CHAT_MSG_WHISPER_INFORM", function(text, receiver)
    local index = find(function(whisper)
        return whisper.text == text and Core.NamesEqual(whisper.target, receiver)
    end)
    if index then
        settle(index, "arrived")
    end
end)

local function unreached(name)
    local index = find(function(whisper)
        return Core.NamesEqual(whisper.target, name)
    end)
    if index then
        settle(index, "unreached")
    end
end

addon.on("CHAT_MSG_IGNORED", function(_, name)
    unreached(name)
end)

local function refusedName(text)
    for _, format in pairs({ ERR_CHAT_PLAYER_NOT_FOUND_S, CHAT_IGNORED, ERR_IGNORING_YOU_S }) do
        local name = text:match(Core.FormatPattern(format))
        if name then
            return name
        end
    end
end

addon.on("CHAT_MSG_SYSTEM", function(text)
    if text == ERR_CHAT_THROTTLED then
        backOff(function()
            return true
        end)
    elseif text == ERR_CHAT_WRONG_FACTION then
        local index = find(function(whisper)
            return whisper.target ~= UnitName("player")
        end)
        if index then
            settle(index, "unreached")
        end
    elseif flying[1] then
        local name = refusedName(text)
        if name then
            unreached(name)
        end
    end
end)

addon.every(0.1, pump)
