-- Tags for the bridge: numbered, signed, emitted, and kept until the bridge has acknowledged them.

local _, addon = ...
local Core = MimironsGoldOMaticCore
local Log, Whispers = addon.Log, addon.Whispers

local Outbox = {}
addon.Outbox = Outbox

local FIRST_REPEAT, LONGEST_REPEAT = 20, 300
local HELLO_EVERY = 60
local MINUTE = 60

local LIFETIME = {
    WHO = 6 * MINUTE,
    WHO_UNKNOWN = 6 * MINUTE,
    LOGTEST = 10 * MINUTE,
}
local LONGEST_LIFE = 24 * 60 * MINUTE

-- Tags that the operator sees, as the client's user interface has always shown them.
local SHOWN = {
    WHO = true,
    ACCEPT = true,
    CONFIRM = true,
    ITEMS = true,
    GIFT_ACCEPT = true,
    UPDATE_CHECK = true,
}

local plans = setmetatable({}, { __mode = "k" }) -- entry -> { repeats, nextAt, since }
local helloAt

local function kindOf(tag)
    return tag:match("^%[MGM_([A-Z_]+)")
end

local function headOf(tag)
    return tag:match("^%[[^%]]*%]")
end

local function planOf(entry)
    if not plans[entry] then
        plans[entry] = { repeats = 0, nextAt = 0, since = GetTime() }
    end
    return plans[entry]
end

-- Which channels may carry tags: "system", "whisper", "print".
local function channels()
    local proven, transport = addon.db.calibration, addon.db.transport
    local system = transport ~= "selfwhisper" and Log.takesSystemLines()
    local whisper = transport ~= "chat" and proven.whisper ~= false
    if system or whisper then
        return { system = system, whisper = whisper }
    elseif proven.print or transport == "chat" then
        return { print = true }
    end
    return { system = true, whisper = true }
end

local function whisper(line, repeated, alone)
    if not Whispers.isQueued(line) then
        Whispers.send({
            target = UnitName("player"),
            text = line,
            lane = repeated and Whispers.AGAIN or Whispers.TAG,
            done = function(outcome)
                if alone and outcome == "arrived" then
                    addon.Flush.touched()
                end
            end,
        })
    end
end

local function put(line, use, repeated)
    if use.system then
        SendSystemMessage(line)
    end
    if use.whisper and (repeated or not (use.system and addon.db.calibration.system)) then
        whisper(line, repeated, not use.system)
    end
    if use.print then
        DEFAULT_CHAT_FRAME:AddMessage(line)
    end
end

local function sign(entry)
    return string.format("%s k=%s.%.0f", entry.tag, addon.db.nonce, entry.seq)
end

local function utter(entry)
    local plan = planOf(entry)
    put(sign(entry), entry.channel and { [entry.channel] = true } or channels(), plan.repeats > 0)
    plan.nextAt = GetTime() + math.min(FIRST_REPEAT * 2 ^ plan.repeats, LONGEST_REPEAT)
    plan.repeats = plan.repeats + 1
end

-- A bridge that reads this says hello; see the session in docs/bridge-protocol.md.
function Outbox.askForHello()
    helloAt = GetTime()
    put("[MGM_HELLO]" .. addon.version, channels(), false)
    addon.Flush.touched()
end

-- Emits what is due. Companions go along with other tags, never by themselves.
local function pump()
    local box, now = addon.db and addon.db.outbox, GetTime()
    if not box or not box[1] or not addon.ready or Log.isPaused() then
        return
    elseif not addon.db.nonce then
        if not helloAt or now - helloAt >= HELLO_EVERY then
            Outbox.askForHello()
        end
        return
    end
    local uttered = false
    for pass = 1, 2 do
        for _, entry in ipairs(box) do
            local turn = (entry.companion and 2 or 1) == pass
            if turn and planOf(entry).nextAt <= now and (pass == 1 or uttered) then
                utter(entry)
                uttered = true
            end
        end
    end
    if uttered then
        addon.Flush.touched()
    end
end

local function drop(isOver)
    local box = addon.db.outbox
    for index = #box, 1, -1 do
        if isOver(box[index]) then
            table.remove(box, index)
        end
    end
end

local function dropOld()
    local now = time()
    drop(function(entry)
        return now - entry.at > (LIFETIME[kindOf(entry.tag)] or LONGEST_LIFE)
    end)
end

local function waitingAlready(tag)
    for _, entry in ipairs(addon.db.outbox) do
        if entry.tag == tag then
            return entry
        end
    end
end

local function add(line, options)
    addon.db.seq = addon.db.seq + 1
    table.insert(addon.db.outbox, {
        tag = line,
        seq = addon.db.seq,
        at = time(),
        channel = options.channel,
        companion = options.companion,
    })
end

-- How much can be said within a minute: "plenty" by lines that are proven to reach the log at once,
-- "little" by whispers alone, "some" while nothing is proven.
function Outbox.room()
    local use = channels()
    if use.print or (use.system and addon.db.calibration.system) then
        return "plenty"
    end
    return use.system and "some" or "little"
end

-- Whether a tag with this head has not been acknowledged yet.
function Outbox.isWaiting(head)
    for _, entry in ipairs(addon.db.outbox) do
        if headOf(entry.tag) == head then
            return true
        end
    end
    return false
end

-- Emits a tag, now and again until it is acknowledged. The same tag twice is one tag.
-- Options: `only`, the newest tag of this kind replaces the others; `companion`, goes along with
-- others; `channel`, this channel alone.
function Outbox.emit(tag, options)
    options = options or {}
    local lines, kind = Core.Split(tag), kindOf(tag)
    if SHOWN[kind] and not (addon.db.calibration.print or channels().print) then
        DEFAULT_CHAT_FRAME:AddMessage(tag)
    end
    if options.only then
        drop(function(entry)
            return kindOf(entry.tag) == kind
        end)
    end
    local waiting = waitingAlready(lines[1])
    if waiting then
        planOf(waiting).nextAt = 0
    else
        for _, line in ipairs(lines) do
            add(line, options)
        end
    end
    pump()
end

-- Forgets what the bridge has on disk. `numbers` is "<seq>,<first>-<last>,…".
function Outbox.acknowledge(nonce, numbers)
    if nonce ~= addon.db.nonce then
        return
    end
    local spans = {}
    for first, last in numbers:gmatch("(%d+)%-?(%d*)") do
        spans[#spans + 1] = { tonumber(first), tonumber(last) or tonumber(first) }
    end
    drop(function(entry)
        for _, span in ipairs(spans) do
            if span[1] <= entry.seq and entry.seq <= span[2] then
                return true
            end
        end
    end)
end

-- Takes a session key over. What waits is signed with it and sent again when it is a new one.
function Outbox.hello(nonce)
    if nonce ~= addon.db.nonce then
        addon.db.nonce = nonce
        for _, entry in ipairs(addon.db.outbox) do
            plans[entry] = nil
        end
    end
    Outbox.emit("[MGM_HELLO]" .. addon.version, { only = true })
end

-- Drops the tags of one kind, such as "LOGTEST".
function Outbox.forget(kind)
    drop(function(entry)
        return kindOf(entry.tag) == kind
    end)
end

-- For how many seconds of this session the oldest tag has waited for its acknowledgement, or nil.
function Outbox.waiting()
    local oldest
    for _, entry in ipairs(addon.db.outbox) do
        if not entry.companion then
            oldest = math.max(oldest or 0, GetTime() - planOf(entry).since)
        end
    end
    if helloAt and not addon.db.nonce and GetTime() - helloAt < FIRST_REPEAT then
        oldest = oldest or 0
    end
    return oldest
end

-- Emits tags and says hello from here on: the chat takes lines only in the world.
addon.on("PLAYER_ENTERING_WORLD", function()
    if not addon.ready then
        addon.ready = true
        if addon.db.nonce then
            Outbox.hello(addon.db.nonce)
        else
            Outbox.askForHello()
        end
    end
end)

addon.every(0.2, pump)
addon.every(MINUTE, dropOld)
