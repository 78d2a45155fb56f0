-- Whether a winner is online, by the client's own /who. An answer that is missing, cut off or somebody
-- else's says nothing: no line ever calls a character offline because of it.

local _, addon = ...
local Core = MimironsGoldOMaticCore
local Outbox = addon.Outbox

local Who = {}
addon.Who = Who

local GAP = 16 -- realms silently ignore queries that follow too soon
local ANSWER_WITHIN = 8
local REFUSE_WITHIN = 10
local TRIES = 2
local LIST_LIMIT = 49 -- more characters than this a realm does not list

local check -- { cycle, name, since, tries, askedAt, listed, disturbed }
local queriedAt = -GAP -- when anybody last sent a query
local ours = false -- whether the query that is being sent is ours
local taken = false -- whether we keep the answer from the friends window

local function friendsWindowIsUsed()
    return WhoFrame and WhoFrame:IsVisible()
end

local function takeAnswer()
    SetWhoToUI(1)
    if not taken and not friendsWindowIsUsed() then
        taken = true
        FriendsFrame:UnregisterEvent("WHO_LIST_UPDATE")
    end
end

-- Gives the client its own back, not while the answer is still being handed out.
local function giveBack()
    addon.after(0, function()
        if check and check.askedAt then
            return
        end
        SetWhoToUI(friendsWindowIsUsed() and 1 or 0)
        if taken then
            taken = false
            FriendsFrame:RegisterEvent("WHO_LIST_UPDATE")
        end
    end)
end

local function finish(online)
    local line = Core.BuildWhoLogLine(check.cycle, check.name, online)
    addon.debug("who: %s %s", check.name, online and "OK" or "offline")
    check = nil
    giveBack()
    Outbox.emit(line)
end

local function giveUp()
    local cycle = check.cycle
    check = nil
    giveBack()
    addon.say(addon.text.whoTimedOut)
    Outbox.emit(("[MGM_WHO_UNKNOWN:%s]"):format(cycle))
end

local function query()
    check.tries = check.tries + 1
    check.askedAt = GetTime()
    check.listed, check.disturbed = {}, false
    takeAnswer()
    ours = true
    SendWho(WHO_TAG_NAME .. '"' .. check.name:gsub('["|]', "") .. '"')
    ours = false
end

local function tick()
    local now = GetTime()
    if not check then
        return
    elseif check.askedAt and now - check.askedAt >= ANSWER_WITHIN then
        if check.tries >= TRIES then
            return giveUp()
        end
        addon.say(addon.text.whoTimedOut)
        check.askedAt = nil
        giveBack()
    end
    if not check.askedAt and now - queriedAt >= GAP then
        query()
    end
end

-- Whether an answer is awaited.
function Who.isAwaited()
    return check ~= nil and check.askedAt ~= nil
end

function Who.run(cycle, name)
    if check and GetTime() - check.since < REFUSE_WITHIN then
        return addon.say(addon.text.whoPending)
    elseif check and check.cycle ~= cycle then
        Outbox.emit(("[MGM_WHO_UNKNOWN:%s]"):format(check.cycle))
    end
    check = { cycle = cycle, name = name, since = GetTime(), tries = 0 }
    tick()
end

-- What an answer of `names` says: true, false, or nil when it says nothing. Every name of an answer to
-- our query holds the name that we asked for.
local function verdict(names, total)
    local folded = Core.Fold(check.name)
    local foreign = check.disturbed or total > #names or #names >= LIST_LIMIT
    for _, name in ipairs(names) do
        if Core.NamesEqual(check.name, name) then
            return true
        elseif not Core.Fold(name):find(folded, 1, true) then
            foreign = true
        end
    end
    if not foreign then
        return false
    end
end

local function judge(names, total)
    local online = verdict(names, total)
    if online ~= nil then
        finish(online)
    end
end

addon.on("WHO_LIST_UPDATE", function()
    if not Who.isAwaited() then
        return
    end
    local number, total = GetNumWhoResults()
    local names = {}
    for index = 1, number do
        names[index] = GetWhoInfo(index)
    end
    judge(names, total or number)
end)

-- Another addon may have set the mode back, so that the answer comes as lines.
local function hearLine(text)
    local name = text:match("^|Hplayer:([^|:]+)")
    if
        name
        and (
            text:match(Core.FormatPattern(WHO_LIST_FORMAT))
            or text:match(Core.FormatPattern(WHO_LIST_GUILD_FORMAT))
        )
    then
        table.insert(check.listed, name)
        return
    end
    local total = text:match(Core.FormatPattern(WHO_NUM_RESULTS))
    if total then
        judge(check.listed, tonumber(total))
        if check then
            check.listed = {}
        end
    end
end

addon.on("CHAT_MSG_SYSTEM", function(text)
    if Who.isAwaited() then
        hearLine(text)
    end
end)

hooksecurefunc("SendWho", function()
    queriedAt = GetTime()
    if check and check.askedAt and not ours then
        check.disturbed = true
    end
end)

addon.every(0.2, tick)
