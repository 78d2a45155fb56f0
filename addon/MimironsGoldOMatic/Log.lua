-- The client's chat log: kept on, and an estimate of how many bytes have gone into it. The client
-- writes the file only when 48 KiB have gathered; see docs/bridge-protocol.md.

local _, addon = ...

local Log = {}
addon.Log = Log

local STAMP = 20 -- the shortest time stamp, two spaces, CR and LF
local CHECK_EVERY = 30

local written, systemWritten = 0, 0
local paused = false

-- Events whose lines are surely logged, with what the client puts before the text at least. Lines of
-- channels are left out: whether they are logged depends on the chat windows.
local LOGGED = {
    CHAT_MSG_SAY = #" says: ",
    CHAT_MSG_YELL = #" yells: ",
    CHAT_MSG_WHISPER = #" whispers: ",
    CHAT_MSG_WHISPER_INFORM = #"To : ",
    CHAT_MSG_GUILD = #"[Guild] : ",
    CHAT_MSG_PARTY = #"[Party] : ",
    CHAT_MSG_RAID = #"[Raid] : ",
}

-- The estimates, in bytes since the interface was loaded: of everything, and without system lines, of
-- which nobody knows before a log test whether they are logged.
function Log.written()
    return written + systemWritten, written
end

-- Whether logging is off for a moment, so that whatever is said now is not logged.
function Log.isPaused()
    return paused
end

-- Switches logging off and on again, which makes some clients write what they hold.
function Log.toggle(seconds)
    paused = true
    LoggingChat(false)
    addon.after(seconds, function()
        LoggingChat(true)
        paused = false
    end)
end

-- Whether `SendSystemMessage` is to be taken for a way into the log.
function Log.takesSystemLines()
    return addon.db.calibration.system ~= false
end

for event, extra in pairs(LOGGED) do
    addon.on(event, function(text, sender)
        if not paused then
            written = written + STAMP + #text + #(sender or "") + extra
        end
    end)
end

addon.on("CHAT_MSG_SYSTEM", function(text)
    if not paused and Log.takesSystemLines() and not text:find("|", 1, true) then
        systemWritten = systemWritten + STAMP + #text
    end
end)

addon.on("PLAYER_LOGIN", function()
    LoggingChat(1)
    SetCVar("profanityFilter", "0")
end)

-- After a relog logging may read as on while the file is closed; off and on cures it.
local renewed = false
addon.on("PLAYER_ENTERING_WORLD", function()
    if not renewed then
        renewed = true
        if LoggingChat() then
            LoggingChat(false)
        end
        LoggingChat(true)
    end
end)

addon.every(CHECK_EVERY, function()
    if renewed and not paused and not LoggingChat() then
        LoggingChat(true)
        addon.say(addon.text.loggingOff)
    end
end)
