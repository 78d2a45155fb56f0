-- `/mgm logtest`: which channels reach the log, and what makes the client write it. The bridge answers
-- with what it has read.

local _, addon = ...
local Outbox = addon.Outbox

local LogTest = {}
addon.LogTest = LogTest

local ANSWER_WITHIN = 60
local WORDS = { system = true, whisper = true, print = true, toggle = true, pad = true }

local number = 0 -- of the test in this session
local running = false
local before -- what an earlier test has found

-- While a test runs, padding by whispers is allowed.
function LogTest.isRunning()
    return running
end

local function mark(channel)
    Outbox.emit("[MGM_LOGTEST]" .. channel .. ":" .. number, { channel = channel })
end

local function giveUp(test)
    if running and number == test then
        running = false
        addon.db.calibration = before
        Outbox.forget("LOGTEST")
        addon.say(addon.text.testNoAnswer)
    end
end

local function tryPrint(test)
    if running and number == test then
        mark("print")
        addon.after(ANSWER_WITHIN, function()
            giveUp(test)
        end)
    end
end

local function sayUnsigned()
    if addon.Log.isPaused() then
        return addon.after(0, sayUnsigned)
    end
    SendSystemMessage("[MGM_LOGTEST]system")
    local text = "[MGM_LOGTEST]whisper"
    addon.Whispers.send({ lane = addon.Whispers.TAG, target = UnitName("player"), text = text })
    addon.Outbox.askForHello()
end

function LogTest.start()
    number = number + 1
    Outbox.forget("LOGTEST")
    DEFAULT_CHAT_FRAME:AddMessage("[MGM_LOGTEST]")
    if not addon.db.nonce then
        addon.say(addon.text.testUnsigned)
        return sayUnsigned()
    end
    if not running then
        before = addon.db.calibration
    end
    running = true
    addon.db.calibration = {}
    addon.say(addon.text.testStarted)
    local test = number
    mark("system")
    mark("whisper")
    addon.after(ANSWER_WITHIN, function()
        tryPrint(test)
    end)
end

-- The bridge's verdict, such as "system=1 whisper=1 print=0 toggle=0 pad=1".
function LogTest.finish(nonce, result)
    if nonce ~= addon.db.nonce then
        return
    end
    local found = {}
    for word, value in result:gmatch("(%l+)=([01])") do
        if WORDS[word] then
            found[word] = value == "1"
        end
    end
    addon.db.calibration = found
    running = false
    Outbox.forget("LOGTEST")
    addon.say(addon.text.testDone, result:gsub("[^%w= ]", ""))
end
