-- The game's events and its clock, for all other files: one frame.

local _, addon = ...

local frame = CreateFrame("Frame")
local handlers = {}
local timers = {}

-- Calls `handler(...)` with the event's arguments whenever the event occurs, in the order of calls.
function addon.on(event, handler)
    if not handlers[event] then
        handlers[event] = {}
        frame:RegisterEvent(event)
    end
    table.insert(handlers[event], handler)
end

-- Calls `action()` once, not before the next frame.
function addon.after(seconds, action)
    table.insert(timers, { at = GetTime() + seconds, action = action })
end

-- Calls `action()` again and again.
function addon.every(seconds, action)
    addon.after(seconds, function()
        addon.every(seconds, action)
        action()
    end)
end

frame:SetScript("OnEvent", function(_, event, ...)
    for _, handler in ipairs(handlers[event]) do
        handler(...)
    end
end)

frame:SetScript("OnUpdate", function()
    local now = GetTime()
    for index = #timers, 1, -1 do
        local timer = timers[index]
        if timer.at <= now then
            table.remove(timers, index)
            timer.action()
        end
    end
end)
