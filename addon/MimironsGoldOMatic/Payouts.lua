-- The queue of payouts: READY -> PROCESSING (prepared) -> SENDING (the realm was asked) -> SENT, and
-- DOUBT, which only the operator resolves. What was sent is never queued again.

local _, addon = ...
local Core = MimironsGoldOMaticCore
local Outbox = addon.Outbox

local Payouts = {}
addon.Payouts = Payouts

local SENT_SHOWN = 5
local LANDED_AFTER = 15 -- a mail that has not arrived by then will not

local lastSent -- the id of the payout that was sent last

-- The row with this id, and its place in the queue.
function Payouts.find(payoutId)
    for place, row in ipairs(addon.db.queue) do
        if row.payoutId == payoutId then
            return row, place
        end
    end
end

-- The row in this state that comes first.
function Payouts.first(state)
    for _, row in ipairs(addon.db.queue) do
        if row.state == state then
            return row
        end
    end
end

function Payouts.wasSent(payoutId)
    return addon.db.sentIds[payoutId] ~= nil
end

local function withdraw(payoutId)
    local row, place = Payouts.find(payoutId)
    if row and (row.state == "SENDING" or row.state == "SENT") then
        return
    elseif row then
        if row.state == "PROCESSING" then
            addon.Mail.disarm()
            addon.toastError(addon.text.withdrawn)
        end
        table.remove(addon.db.queue, place)
    end
    Outbox.emit(("[MGM_DID:withdraw:%s]"):format(payoutId))
end

local function take(row)
    local known = Payouts.find(row.payoutId)
    if Payouts.wasSent(row.payoutId) then
        if not addon.db.claimedIds[row.payoutId] then
            Outbox.emit(("[MGM_CONFIRM:%s]"):format(row.payoutId))
        end
    elseif row.copper == 0 then
        return withdraw(row.payoutId)
    elseif not known then
        row.at = time()
        row.askedAt = row.state == "DOUBT" and row.at or nil
        table.insert(addon.db.queue, row)
    end
    Outbox.emit(("[MGM_DID:queue:%s]"):format(row.payoutId))
end

-- Takes `UUID:CharacterName:GoldCopper;` repeated.
function Payouts.receive(dataString)
    for piece in dataString:gmatch("[^;]+") do
        local row = Core.ParseGoldSegment(piece)
        if row then
            take(row)
        elseif Core.Trim(piece) ~= "" then
            addon.debug("payout skipped: %s", piece)
        end
    end
    addon.refresh()
end

local function keepFewSent()
    local number = 0
    for place = #addon.db.queue, 1, -1 do
        if addon.db.queue[place].state == "SENT" then
            number = number + 1
            if number > SENT_SHOWN then
                table.remove(addon.db.queue, place)
            end
        end
    end
end

-- The payout is over; its row stays for the operator to see.
function Payouts.markSent(payoutId)
    addon.db.sentIds[payoutId] = time()
    lastSent = payoutId
    local row = Payouts.find(payoutId)
    if row then
        row.state = "SENT"
    end
    keepFewSent()
    addon.refresh()
end

-- Removes the row of the payout that was sent last.
function Payouts.dropSent()
    local _, place = Payouts.find(lastSent)
    if place then
        table.remove(addon.db.queue, place)
        addon.refresh()
    end
end

-- Whether it may be said already that a doubtful mail has not gone: one on its way looks the same.
function Payouts.mayDeny(row)
    return time() - (row.askedAt or 0) >= LANDED_AFTER
end

-- The operator has looked whether a doubtful mail was sent.
function Payouts.resolve(row, wasSent)
    if row.state ~= "DOUBT" or not (wasSent or Payouts.mayDeny(row)) then
        return
    end
    addon.Mail.resolved(row.payoutId)
    if wasSent then
        addon.db.claimedIds[row.payoutId] = time()
        Payouts.markSent(row.payoutId)
        addon.toastError(addon.text.markDesktop)
    else
        row.state, row.askedAt = "READY", nil
        addon.refresh()
    end
end
