-- What the bags hold that can be given away, and the reminders to mail what was given.

local _, addon = ...
local Core = MimironsGoldOMaticCore
local Outbox = addon.Outbox

local Gifts = {}
addon.Gifts = Gifts

local FEW, USUAL, MOST = 4, 10, 200 -- items in one list
local ICONS = "^[Ii]nterface\\[Ii]cons\\"

local tooltip = CreateFrame("GameTooltip", "MGMScanTooltip", UIParent, "GameTooltipTemplate")

-- The client's words for what the realm refuses to mail.
local function unmailable(line)
    return line == ITEM_SOULBOUND
        or line == ITEM_BIND_QUEST
        or line == ITEM_CONJURED
        or line == ITEM_ACCOUNTBOUND
        or line == ITEM_BIND_TO_ACCOUNT
end

local TIMED = {
    "ITEM_DURATION_DAYS",
    "ITEM_DURATION_HOURS",
    "ITEM_DURATION_MIN",
    "ITEM_DURATION_SEC",
}

local function isTimed(line)
    for _, global in ipairs(TIMED) do
        local format = _G[global]
        if format and line:match(Core.FormatPattern(format)) then
            return true
        end
    end
    return false
end

local function canBeMailed(bag, slot)
    tooltip:SetOwner(UIParent, "ANCHOR_NONE")
    tooltip:ClearLines()
    tooltip:SetBagItem(bag, slot)
    for index = 1, tooltip:NumLines() do
        local line = _G["MGMScanTooltipTextLeft" .. index]:GetText() or ""
        if unmailable(line) or isTimed(line) then
            return false
        end
    end
    return true
end

local function read(bag, slot)
    local texture, count, locked = GetContainerItemInfo(bag, slot)
    local link = GetContainerItemLink(bag, slot)
    if not link or locked or not canBeMailed(bag, slot) then
        return nil
    end
    return {
        name = link:match("%[(.-)%]") or "",
        id = tonumber(link:match("item:(%d+)")),
        count = count or 1,
        link = link:match("item:[%-%d:]+"),
        texture = (texture or ""):gsub(ICONS, ""),
        bag = bag,
        slot = slot,
    }
end

local function collect()
    local items = {}
    for bag = 0, NUM_BAG_SLOTS do
        for slot = 1, GetContainerNumSlots(bag) do
            local item = read(bag, slot)
            if item and item.id then
                items[#items + 1] = item
            end
        end
    end
    return items
end

-- A uniform choice of at most `number` items.
local function sample(items, number)
    for place = 1, math.min(number, #items) do
        local other = math.random(place, #items)
        items[place], items[other] = items[other], items[place]
    end
    for place = #items, number + 1, -1 do
        items[place] = nil
    end
    return items
end

local function toJson(item)
    return string.format(
        '{"name":"%s","id":%d,"count":%d,"link":"%s","texture":"%s","bagId":%d,"slotId":%d}',
        Core.JsonEscape(item.name),
        item.id,
        item.count,
        Core.JsonEscape(item.link),
        Core.JsonEscape(item.texture),
        item.bag,
        item.slot
    )
end

-- The request has a minute until its item is drawn, and whispers to oneself go one a second.
local function longest()
    local room, wanted = Outbox.room(), addon.db.giftItems
    if room == "plenty" then
        return wanted
    end
    return math.min(wanted, room == "some" and USUAL or FEW)
end

-- Tells what could be given. A list that is still on its way is not made anew.
function Gifts.list(giftRequestId)
    local head = ("[MGM_ITEMS:%s]"):format(giftRequestId)
    if Outbox.isWaiting(head) then
        return
    end
    local items = sample(collect(), longest())
    for place, item in ipairs(items) do
        items[place] = toJson(item)
    end
    Outbox.emit(head .. "[" .. table.concat(items, ",") .. "]")
end

-- Sets how many items a list holds at most.
function Gifts.setLongest(number)
    addon.db.giftItems = math.max(1, math.min(number, MOST))
    addon.say(addon.text.giftItems, addon.db.giftItems)
end

local function reminderOf(giftRequestId)
    for place, gift in ipairs(addon.db.gifts) do
        if gift.giftRequestId == giftRequestId then
            return gift, place
        end
    end
end

-- Shows the operator that this gift is to be mailed by hand.
function Gifts.remind(giftRequestId, name)
    table.insert(addon.db.gifts, { giftRequestId = giftRequestId, name = name, at = time() })
    addon.refresh()
end

-- What a reminder says: whom the gift is for and, once the bridge has told it, which item it is.
function Gifts.describe(gift)
    local item = gift.itemId and (GetItemInfo(gift.itemId) or ("#%d"):format(gift.itemId))
    if not item then
        return addon.text.gift:format(gift.name)
    end
    local many = gift.count > 1 and (" x%d"):format(gift.count) or ""
    return ("%s: %s%s"):format(addon.text.gift:format(gift.name), item, many)
end

-- The request has ended: with this item to mail, or with nothing at all. Without it the recipient's
-- late answer means nothing.
function Gifts.close(giftRequestId, itemId, count)
    local gift, place = reminderOf(giftRequestId)
    if not itemId then
        addon.Consent.forgetGift(giftRequestId)
        if gift then
            table.remove(addon.db.gifts, place)
        end
    elseif gift then
        gift.itemId, gift.count = itemId, count or 1
    end
    addon.refresh()
    Outbox.emit(("[MGM_DID:giftend:%s]"):format(giftRequestId))
end

-- The operator has mailed it.
function Gifts.done(gift)
    for place, other in ipairs(addon.db.gifts) do
        if other == gift then
            table.remove(addon.db.gifts, place)
        end
    end
    addon.refresh()
end
