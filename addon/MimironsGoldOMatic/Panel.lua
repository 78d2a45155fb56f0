-- UI-402: the queue beside the mailbox.

local _, addon = ...
local Payouts, Mail, Gifts = addon.Payouts, addon.Mail, addon.Gifts

local Panel = {}
addon.Panel = Panel

local WIDTH, HEIGHT, ROW_HEIGHT, ROWS = 220, 280, 16, 10
local INSET, ROWS_TOP = 12, -34
-- The mail window's own edge lies 30 pixels inside its frame.
local BESIDE_MAILBOX = -22

local frame = addon.box("MGMQueuePanel", WIDTH, HEIGHT, "HIGH")
local selected -- a row of the queue
local lines = {} -- what is listed: { text, row | gift }
local offset = 0 -- lines above the first shown

local title = addon.label(frame, "GameFontNormal", -12, INSET)
title:SetText(addon.text.title)

local empty = addon.label(frame, "GameFontDisable", ROWS_TOP - 4, INSET)
empty:SetText(addon.text.empty)

local hint = frame:CreateFontString(nil, "OVERLAY", "GameFontNormalSmall")
hint:SetPoint("BOTTOMLEFT", frame, "BOTTOMLEFT", INSET, 12)
hint:SetPoint("BOTTOMRIGHT", frame, "BOTTOMRIGHT", -INSET, 12)
hint:SetHeight(26)

local close = CreateFrame("Button", "MGMQueuePanelClose", frame, "UIPanelCloseButton")
close:SetPoint("TOPRIGHT", frame, "TOPRIGHT", -2, -2)
close:SetScript("OnClick", function()
    frame:Hide()
end)

local list = CreateFrame("ScrollFrame", "MGMQueuePanelList", frame)
list:SetPoint("TOPLEFT", frame, "TOPLEFT", INSET, ROWS_TOP)
list:SetPoint("TOPRIGHT", frame, "TOPRIGHT", -INSET, ROWS_TOP)
list:SetHeight(ROWS * ROW_HEIGHT)
list:EnableMouseWheel(true)

local content = CreateFrame("Frame", nil, list)
content:SetWidth(WIDTH - 2 * INSET)
content:SetHeight(ROWS * ROW_HEIGHT)
list:SetScrollChild(content)

local function press(line)
    if line.gift then
        Gifts.done(line.gift)
    else
        selected = line.row
        Panel.refresh()
    end
end

local buttons = {}
for index = 1, ROWS do
    local button = CreateFrame("Button", nil, content)
    button:SetWidth(WIDTH - 2 * INSET)
    button:SetHeight(ROW_HEIGHT)
    button:SetPoint("TOPLEFT", content, "TOPLEFT", 0, -(index - 1) * ROW_HEIGHT)
    button:SetHighlightTexture("Interface\\QuestFrame\\UI-QuestTitleHighlight")
    button.words = button:CreateFontString(nil, "OVERLAY", "GameFontHighlightSmall")
    button.words:SetAllPoints(button)
    button.words:SetJustifyH("LEFT")
    button:SetFontString(button.words)
    button:SetScript("OnClick", function()
        press(lines[offset + index])
    end)
    buttons[index] = button
end

local function chosen()
    local row = selected and Payouts.find(selected.payoutId)
    if row and (row.state == "READY" or row.state == "DOUBT") then
        return row
    end
    return Payouts.first("READY") or Payouts.first("DOUBT")
end

local prepare = addon.button(frame, "MGMQueuePanelPrepare", 196, addon.text.prepare, function()
    Panel.prepare()
end)
prepare:SetPoint("BOTTOM", frame, "BOTTOM", 0, 42)

local function answer(wasSent)
    local row = chosen()
    if row then
        Payouts.resolve(row, wasSent)
    end
end

local wasSent = addon.button(frame, "MGMQueuePanelWasSent", 96, addon.text.wasSent, function()
    answer(true)
end)
wasSent:SetPoint("BOTTOMLEFT", frame, "BOTTOMLEFT", INSET, 42)

local notSent = addon.button(frame, "MGMQueuePanelNotSent", 96, addon.text.notSent, function()
    answer(false)
end)
notSent:SetPoint("BOTTOMRIGHT", frame, "BOTTOMRIGHT", -INSET, 42)

-- Prepares the mail of the selected payout, otherwise of the first that is ready.
function Panel.prepare()
    local row = chosen()
    if row and row.state == "READY" then
        Mail.prepare(row)
    end
    Panel.refresh()
end

local function gather()
    lines = {}
    for number, row in ipairs(addon.db.queue) do
        local words = ("%d. %s  [%s]"):format(number, row.characterName, addon.text[row.state])
        lines[#lines + 1] = { text = words, row = row }
    end
    for _, gift in ipairs(addon.db.gifts) do
        lines[#lines + 1] = { text = Gifts.describe(gift), gift = gift }
    end
end

local function scroll(step)
    offset = math.max(0, math.min(offset + step, #lines - ROWS))
end

local function drawRows(row)
    for index, button in ipairs(buttons) do
        local line = lines[offset + index]
        if line then
            button:SetText(line.text)
            button:Show()
        else
            button:Hide()
        end
        if line and row and line.row == row then
            button:LockHighlight()
        else
            button:UnlockHighlight()
        end
    end
    if lines[1] then
        empty:Hide()
    else
        empty:Show()
    end
end

local function drawButtons(row)
    local doubtful = row ~= nil and row.state == "DOUBT"
    for _, button in ipairs({ wasSent, notSent }) do
        if doubtful then
            button:Show()
        else
            button:Hide()
        end
    end
    if doubtful then
        prepare:Hide()
    else
        prepare:Show()
    end
    if doubtful and Payouts.mayDeny(row) then
        notSent:Enable()
    else
        notSent:Disable()
    end
    if row and not doubtful and Mail.canPrepare() then
        prepare:Enable()
    else
        prepare:Disable()
    end
end

local function hintFor(row)
    if addon.Flush.isStuck() then
        return addon.text.stuck
    elseif row and row.state == "DOUBT" then
        return addon.text.askDoubt
    elseif not MailFrame:IsVisible() then
        return addon.text.openMailbox
    elseif addon.db.gifts[1] then
        return addon.text.giftHint
    end
    return ""
end

function Panel.refresh()
    if not frame:IsShown() then
        return
    end
    local row = chosen()
    gather()
    scroll(0)
    drawRows(row)
    drawButtons(row)
    hint:SetText(hintFor(row))
end

local function place()
    local saved = addon.db.panel
    frame:ClearAllPoints()
    if MailFrame:IsVisible() then
        frame:SetPoint("TOPLEFT", MailFrame, "TOPRIGHT", BESIDE_MAILBOX, 0)
    elseif saved.x and saved.y then
        frame:SetPoint("CENTER", UIParent, "CENTER", saved.x, saved.y)
    else
        frame:SetPoint("CENTER", UIParent, "CENTER", 220, 0)
    end
end

local function remember()
    local x, y = frame:GetCenter()
    local middleX, middleY = UIParent:GetCenter()
    addon.db.panel.x, addon.db.panel.y = x - middleX, y - middleY
end

function Panel.open()
    place()
    frame:Show()
    Panel.refresh()
end

function Panel.toggle()
    if frame:IsShown() then
        frame:Hide()
    else
        Panel.open()
    end
end

-- Something that the panel shows has changed.
function addon.refresh()
    Panel.refresh()
end

list:SetScript("OnMouseWheel", function(_, direction)
    scroll(-direction)
    Panel.refresh()
end)

addon.makeMovable(frame, remember)
addon.every(1, Panel.refresh)
