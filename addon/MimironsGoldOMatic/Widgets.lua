-- The pieces that our windows are made of, and the two toasts.

local _, addon = ...

local SUCCESS_FULL, ERROR_FULL, FADE = 2.5, 3, 0.5

local BACKDROP = {
    bgFile = "Interface\\DialogFrame\\UI-DialogBox-Background",
    edgeFile = "Interface\\DialogFrame\\UI-DialogBox-Border",
    tile = true,
    tileSize = 32,
    edgeSize = 16,
    insets = { left = 4, right = 4, top = 4, bottom = 4 },
}

-- A frame of this size with the dialog backdrop, hidden.
function addon.box(name, width, height, strata)
    local frame = CreateFrame("Frame", name, UIParent)
    frame:SetWidth(width)
    frame:SetHeight(height)
    frame:SetFrameStrata(strata)
    frame:SetBackdrop(BACKDROP)
    frame:SetBackdropColor(0, 0, 0, 0.85)
    frame:EnableMouse(true)
    frame:Hide()
    return frame
end

-- Lets the left mouse button drag the frame; `moved()` is called when it is dropped.
function addon.makeMovable(frame, moved)
    frame:SetMovable(true)
    frame:SetClampedToScreen(true)
    frame:RegisterForDrag("LeftButton")
    frame:SetScript("OnDragStart", function(self)
        self:StartMoving()
    end)
    frame:SetScript("OnDragStop", function(self)
        self:StopMovingOrSizing()
        moved(self)
    end)
end

-- A line of text that fills the frame's width between `inset`s, hung at its top.
function addon.label(frame, font, top, inset)
    local label = frame:CreateFontString(nil, "OVERLAY", font)
    label:SetPoint("TOPLEFT", frame, "TOPLEFT", inset, top)
    label:SetPoint("TOPRIGHT", frame, "TOPRIGHT", -inset, top)
    return label
end

function addon.button(frame, name, width, caption, pressed)
    local button = CreateFrame("Button", name, frame, "UIPanelButtonTemplate")
    button:SetWidth(width)
    button:SetHeight(22)
    button:SetText(caption)
    button:SetScript("OnClick", pressed)
    return button
end

local function fade(frame)
    local elapsed = GetTime() - frame.shownAt - frame.full
    if elapsed >= FADE then
        frame:Hide()
    elseif elapsed > 0 then
        frame:SetAlpha(1 - elapsed / FADE)
    end
end

local function toast(name, strata, y, full, red, green, blue)
    local frame = addon.box(name, 260, 48, strata)
    frame:SetPoint("CENTER", UIParent, "CENTER", 0, y)
    frame:SetBackdropBorderColor(red, green, blue)
    frame.full = full
    frame.words = frame:CreateFontString(nil, "OVERLAY", "GameFontHighlight")
    frame.words:SetPoint("TOPLEFT", frame, "TOPLEFT", 10, -6)
    frame.words:SetPoint("BOTTOMRIGHT", frame, "BOTTOMRIGHT", -10, 6)
    frame:SetScript("OnUpdate", fade)
    frame:SetScript("OnMouseUp", function(self)
        self:Hide()
    end)
    return frame
end

local success = toast("MGMSuccessToast", "TOOLTIP", 120, SUCCESS_FULL, 0.6, 0.9, 0.2)
local failure = toast("MGMErrorToast", "HIGH", 60, ERROR_FULL, 0.9, 0.1, 0.1)

local function show(frame, words)
    frame.words:SetText(words)
    frame.shownAt = GetTime()
    frame:SetAlpha(1)
    frame:Show()
end

-- UI-403: a mail was confirmed.
function addon.toastSuccess(characterName)
    show(success, addon.text.mailSent:format(characterName))
end

-- UI-404: something needs the operator's eye.
function addon.toastError(words)
    show(failure, "✕ " .. words)
    addon.debug("%s", words)
end
