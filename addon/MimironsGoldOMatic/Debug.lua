-- UI-405: what the addon does, for those who look for a fault. It never shows tags.

local _, addon = ...

local LINES = 300

local frame = addon.box("MGMDebugFrame", 320, 180, "LOW")
frame:SetPoint("BOTTOMLEFT", UIParent, "BOTTOMLEFT", 40, 160)
addon.makeMovable(frame, function() end)

local messages = CreateFrame("ScrollingMessageFrame", nil, frame)
messages:SetPoint("TOPLEFT", frame, "TOPLEFT", 10, -30)
messages:SetPoint("BOTTOMRIGHT", frame, "BOTTOMRIGHT", -10, 10)
messages:SetMaxLines(LINES)
messages:SetFading(false)
messages:SetFontObject(GameFontHighlightSmall)
messages:SetJustifyH("LEFT")
messages:EnableMouseWheel(true)
messages:SetScript("OnMouseWheel", function(self, direction)
    if direction > 0 then
        self:ScrollUp()
    else
        self:ScrollDown()
    end
end)

local box = CreateFrame("CheckButton", "MGMDebugCheck", frame, "UICheckButtonTemplate")
box:SetPoint("TOPLEFT", frame, "TOPLEFT", 6, -4)
box:SetWidth(22)
box:SetHeight(22)

local caption = frame:CreateFontString(nil, "OVERLAY", "GameFontNormalSmall")
caption:SetPoint("LEFT", box, "RIGHT", 2, 0)
caption:SetText(addon.text.debugTitle)

local function show()
    box:SetChecked(addon.db.debug)
    if addon.db.debug then
        frame:Show()
    else
        frame:Hide()
    end
end

function addon.toggleDebug()
    addon.db.debug = not addon.db.debug
    show()
end

-- A line for the debug window.
function addon.debug(format, ...)
    if addon.db.debug then
        messages:AddMessage((string.format(format, ...):gsub("MGM_", "")))
    end
end

box:SetScript("OnClick", addon.toggleDebug)

addon.Saved.whenLoaded(show)
addon.Saved.whenLoaded(function()
    addon.debug("whisper hook %s", addon.text.on)
end)
