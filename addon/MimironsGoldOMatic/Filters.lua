-- Keeps our relay out of sight: the lines we say to ourselves, what forgers whisper, and the commands
-- that the bridge types, since a stream shows the chat window.

local _, addon = ...
local Core = MimironsGoldOMaticCore

local COMMANDS = { "/run MGM_", "/run NotifyWinnerWhisper", "/run ReceiveGold" }

local LEFT_OPEN = 5 -- seconds

local function isRelay(text)
    return text:find("[MGM_", 1, true) ~= nil or text:find("^MGMPAD") ~= nil
end

-- Hides a whisper that holds a tag, whoever sent it. The event still reaches everybody.
local function hideRelay(_, _, text)
    return type(text) == "string" and isRelay(text)
end

for _, event in ipairs({ "CHAT_MSG_WHISPER", "CHAT_MSG_WHISPER_INFORM", "CHAT_MSG_SYSTEM" }) do
    ChatFrame_AddMessageEventFilter(event, hideRelay)
end

-- A player who is away or busy answers each of the own whispers.
local function hideOwnAnswer(_, _, _, sender)
    return Core.NamesEqual(sender, UnitName("player"))
end

for _, event in ipairs({ "CHAT_MSG_AFK", "CHAT_MSG_DND" }) do
    ChatFrame_AddMessageEventFilter(event, hideOwnAnswer)
end

-- Where in a text one of the bridge's commands begins, or nil.
local function commandIn(text)
    for _, beginning in ipairs(COMMANDS) do
        local place = text:find(beginning, 1, true)
        if place then
            return place
        end
    end
end

local hidden = {} -- edit box -> whether we made it invisible

local function reveal(box)
    if hidden[box] then
        hidden[box] = nil
        -- In the messenger style a box without the keyboard stays, and the client makes it faint itself.
        if box:HasFocus() or GetCVar("chatStyle") ~= "im" then
            box:SetAlpha(1)
        end
    end
end

local function hideCommand(box)
    if commandIn(box:GetText()) ~= 1 then
        reveal(box)
    elseif not hidden[box] then
        hidden[box] = true
        box:SetAlpha(0)
    end
end

local emptySince = {} -- chat box -> when it was first seen with the keyboard and without a word

-- A box that somebody opened and forgot would take the Enter with which the bridge opens it as its
-- own end, and so with every line from then on. One with words in it is the operator's.
local function closeForgotten()
    for index = 1, NUM_CHAT_WINDOWS do
        local box = _G["ChatFrame" .. index .. "EditBox"]
        if not (box and box:HasFocus() and box:GetText() == "") or UnitAffectingCombat("player") then
            emptySince[index] = nil
        elseif not emptySince[index] then
            emptySince[index] = GetTime()
        elseif GetTime() - emptySince[index] >= LEFT_OPEN then
            ChatEdit_DeactivateChat(box)
        end
    end
end

addon.every(0.5, closeForgotten)

-- While the operator writes a mail, what the bridge types lands in its form: the Enter that should
-- open the chat box goes on to the next field. The line is moved to the chat box, whose Enter carries
-- it out, and the form keeps what was the operator's.
local function moveToChat(field)
    local text = field:GetText()
    local place = commandIn(text)
    if place then
        local box = ChatEdit_ChooseBoxForSend()
        field:SetText((text:sub(1, place - 1):gsub("\n$", "")))
        ChatEdit_ActivateChat(box)
        box:SetText(text:sub(place))
    end
end

for _, field in ipairs({ SendMailSubjectEditBox, SendMailBodyEditBox }) do
    field:HookScript("OnTextChanged", moveToChat)
end

addon.on("PLAYER_LOGIN", function()
    for index = 1, NUM_CHAT_WINDOWS do
        local box = _G["ChatFrame" .. index .. "EditBox"]
        if box then
            box:HookScript("OnTextChanged", hideCommand)
            box:HookScript("OnHide", reveal)
        end
    end
end)
