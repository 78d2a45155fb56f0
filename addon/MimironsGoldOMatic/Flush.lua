-- Makes the client write its log after a tag: the ladder of docs/bridge-protocol.md, one step after the
-- other, each only while the tag is not acknowledged.

local _, addon = ...
local Log, Whispers, Outbox = addon.Log, addon.Whispers, addon.Outbox

local Flush = {}
addon.Flush = Flush

local TOGGLE_AFTER, TOGGLE_GAP, TOGGLE_OFF = 1, 5, 0.5
local PATIENCE = 6 -- for how long an awaited answer puts step A off
local PAD_AFTER, WHISPER_AFTER, STUCK_AFTER = 2, 12, 60
local PAD_BYTES = 49152 + 4096
local PAD_LINE = "MGMPAD" .. string.rep(" mgmpad", 33)
local PAD_LINES_A_TURN = 30
local PAD_LINES = math.ceil(PAD_BYTES / #PAD_LINE)
local PADS_UNDER_WAY = 3

local step, dueAt -- the step that comes next, and when
local beganAt = 0 -- when the first tag of this ladder was emitted
local mark, sureMark = 0, 0 -- the log's length then, with system lines and without
local toggledAt = -TOGGLE_GAP
local padded = 0

local function turn(nextStep, at)
    step, dueAt, padded = nextStep, at, 0
end

-- A tag was emitted. A ladder that is under way goes on, up to the new tag.
function Flush.touched()
    local now = GetTime()
    mark, sureMark = Log.written()
    if not step or (step == "whisper" and now < dueAt) then
        beganAt = now
        turn("toggle", now + TOGGLE_AFTER)
    else
        padded = 0
    end
end

local steps = {}

function steps.toggle(now)
    local proven = addon.db.calibration
    local awaited = Whispers.isBusy() or addon.Who.isAwaited() or addon.Mail.isAwaited()
    if proven.toggle == false or (awaited and now - beganAt > PATIENCE) then
        turn("system", now)
    elseif not awaited and now - toggledAt >= TOGGLE_GAP then
        toggledAt = now
        Log.toggle(TOGGLE_OFF)
        if proven.toggle then
            turn(nil)
        else
            turn("system", now + PAD_AFTER)
        end
    end
end

-- How long step C waits for an acknowledgement. What has waited since an earlier ladder need not wait
-- again: new tags that keep beginning anew must not put C off for ever.
local function patienceLeft(now)
    local earlier = (Outbox.waiting() or 0) - (now - beganAt)
    return math.max(0, WHISPER_AFTER - math.max(0, earlier))
end

function steps.system(now)
    if not Log.takesSystemLines() then
        return turn("whisper", now)
    end
    for _ = 1, PAD_LINES_A_TURN do
        if Log.written() - mark >= PAD_BYTES or padded >= PAD_LINES then
            return turn("whisper", now + patienceLeft(now))
        end
        padded = padded + 1
        SendSystemMessage(PAD_LINE)
    end
end

local function mayWhisper()
    local proven = addon.db.calibration
    local onlyWay = proven.whisper and not proven.toggle and proven.system == false
    return addon.db.padWhisper or onlyWay or addon.LogTest.isRunning()
end

function steps.whisper()
    local _, sure = Log.written()
    if not mayWhisper() or sure - sureMark >= PAD_BYTES or padded >= PAD_LINES then
        return turn(nil)
    end
    while Whispers.padding() < PADS_UNDER_WAY do
        padded = padded + 1
        Whispers.send({ target = UnitName("player"), text = PAD_LINE, lane = Whispers.PADDING })
    end
end

-- Whether the operator must help: a tag has waited long.
function Flush.isStuck()
    local waited = Outbox.waiting()
    return waited ~= nil and waited > STUCK_AFTER
end

addon.every(0.1, function()
    if not step or not addon.db then
        return
    elseif not Outbox.waiting() then
        turn(nil)
    elseif GetTime() >= dueAt and not Log.isPaused() then
        steps[step](GetTime())
    end
end)
