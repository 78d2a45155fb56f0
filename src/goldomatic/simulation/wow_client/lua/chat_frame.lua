-- The chat windows, their filters, the edit box, and slash commands, as the stock interface has them.
local sim = ...
local S = sim.state

ChatTypeInfo = {}
for i, name in ipairs({
  "SYSTEM", "SAY", "YELL", "WHISPER", "WHISPER_INFORM", "PARTY", "PARTY_LEADER", "RAID", "RAID_WARNING",
  "GUILD", "OFFICER", "CHANNEL", "EMOTE", "TEXT_EMOTE", "AFK", "DND", "IGNORED", "LOOT", "MONEY", "ACHIEVEMENT",
}) do
  ChatTypeInfo[name] = { r = 1, g = 1, b = 1, id = i, sticky = 0 }
end

-- Filters: they hide or change what the windows show, and touch neither other frames nor the log.
local filters = {}

sim.define("ChatFrame_AddMessageEventFilter", "sf", function(event, filter)
  filters[event] = filters[event] or {}
  for _, present in ipairs(filters[event]) do
    if present == filter then return end
  end
  table.insert(filters[event], filter)
end)
sim.define("ChatFrame_RemoveMessageEventFilter", "sf", function(event, filter)
  for i, present in ipairs(filters[event] or {}) do
    if present == filter then
      table.remove(filters[event], i)
      return
    end
  end
end)
sim.define("ChatFrame_GetMessageEventFilters", "s", function(event) return filters[event] end)

local plain_types = {
  SYSTEM = true, TEXT_EMOTE = true, LOOT = true, MONEY = true, ACHIEVEMENT = true, SKILL = true,
}

local function shown_line(kind, text, sender, channel, line)
  if plain_types[kind] then return text end
  if kind == "IGNORED" then return format(CHAT_IGNORED, sender) end
  local link = "|Hplayer:" .. sender .. ":" .. (line or 0) .. "|h[" .. sender .. "]|h"
  local body = format(_G["CHAT_" .. kind .. "_GET"] .. text:gsub("%%", "%%%%"), link)
  if kind == "CHANNEL" then
    return "|Hchannel:" .. channel .. "|h[" .. channel .. "]|h " .. body
  end
  return body
end

local function on_message(self, event, ...)
  if event:sub(1, 9) ~= "CHAT_MSG_" then return end
  local arguments = { ... }
  for _, filter in ipairs(filters[event] or {}) do
    local answer = { filter(self, event, unpack(arguments, 1, 12)) }
    if answer[1] then return end
    if answer[2] ~= nil then
      for i = 1, 12 do arguments[i] = answer[i + 1] end
    end
  end
  local kind = event:sub(10)
  local text, sender, _, channel, _, _, _, _, _, _, line = unpack(arguments, 1, 12)
  local info = ChatTypeInfo[kind]
  if not info then return end
  sim.stock_message = true
  self:AddMessage(shown_line(kind, text, sender, channel, line), info.r, info.g, info.b, info.id)
  sim.stock_message = nil
  if kind == "WHISPER" then
    ChatEdit_SetLastTellTarget(sender)
    PlaySound("TellMessage")
  end
end

for i = 1, NUM_CHAT_WINDOWS do
  local frame = sim.create_frame("ScrollingMessageFrame", "ChatFrame" .. i, UIParent)
  sim.chat_frames[frame] = true
  frame:SetID(i)
  if i > 1 then frame:Hide() end
end
DEFAULT_CHAT_FRAME, SELECTED_CHAT_FRAME = ChatFrame1, ChatFrame1
ChatFrame1:SetSize(430, 120)
ChatFrame1:SetPoint("BOTTOMLEFT", UIParent, "BOTTOMLEFT", 32, 95)
for kind in pairs(ChatTypeInfo) do ChatFrame1:RegisterEvent("CHAT_MSG_" .. kind) end
ChatFrame1:SetScript("OnEvent", on_message)
ChatFrame_MessageEventHandler = on_message

function print(...)
  DEFAULT_CHAT_FRAME:AddMessage(strjoin(" ", ...))
end

-- The edit boxes, one to a window; the keyboard opens the first. Opening sets the text on the next
-- OnUpdate, which erases what was typed before (8.3).
local last_tell
local box

function ChatEdit_SetLastTellTarget(name) last_tell = name end
function ChatEdit_GetLastTellTarget() return last_tell or "" end
function ChatEdit_GetActiveWindow()
  for i = 1, NUM_CHAT_WINDOWS do
    local edit = _G["ChatFrame" .. i .. "EditBox"]
    if edit:HasFocus() then return edit end
  end
end
function ChatEdit_ChooseBoxForSend() return box end

function ChatEdit_ActivateChat(edit)
  edit:Show()
  edit:SetFocus()
end

function ChatEdit_DeactivateChat(edit)
  edit:SetText("")
  edit:ClearFocus()
  edit:Hide()
  S[edit].attributes.chatType, S[edit].attributes.tellTarget = "SAY", nil
end

for i = 1, NUM_CHAT_WINDOWS do
  local edit = sim.create_frame("EditBox", "ChatFrame" .. i .. "EditBox", UIParent)
  edit:SetMaxLetters(255)
  edit:SetMaxBytes(256)
  edit:SetAutoFocus(false)
  edit:Hide()
  S[edit].attributes.chatType = "SAY"
  _G["ChatFrame" .. i].editBox = edit
  edit:SetScript("OnUpdate", function(self)
    if self.setText == 1 then
      self:SetText(self.text)
      self.setText = 0
    end
  end)
  edit:SetScript("OnEnterPressed", function(self)
    ChatEdit_SendText(self, 1)
    ChatEdit_DeactivateChat(self)
  end)
  edit:SetScript("OnEscapePressed", ChatEdit_DeactivateChat)
end
box = ChatFrame1EditBox

sim.define("ChatFrame_OpenChat", "su?", function(text)
  ChatEdit_ActivateChat(box)
  box.setText, box.text = 1, text
end)
function sim.bindings.ENTER() ChatFrame_OpenChat("") end
sim.bindings["/"] = function() ChatFrame_OpenChat("/") end

SlashCmdList = {}
hash_SlashCmdList = {}

local function slash_command(word)
  for name, fn in pairs(SlashCmdList) do
    local i = 1
    while _G["SLASH_" .. name .. i] do
      if _G["SLASH_" .. name .. i]:upper() == word:upper() then return fn end
      i = i + 1
    end
  end
end

sim.define("ChatEdit_ParseText", "ub?", function(edit, send)
  local text = edit:GetText()
  if text:sub(1, 1) ~= "/" or not sim.boolean(send) then return end
  local word, rest = text:match("^(/%S+)%s?(.*)$")
  local fn = word and slash_command(word)
  edit:SetText("")
  if fn then
    fn(strtrim(rest), edit)
  else
    DEFAULT_CHAT_FRAME:AddMessage(HELP_TEXT_SIMPLE or "/?")
  end
end)

sim.define("ChatEdit_SendText", "ub?", function(edit, keep)
  ChatEdit_ParseText(edit, 1)
  local text = edit:GetText()
  if text:match("%S") then
    local attributes = S[edit].attributes
    SendChatMessage(text, attributes.chatType, nil, attributes.tellTarget)
  end
  if keep then edit:AddHistoryLine(text) end
end)

-- Stock commands
function SlashCmdList.SCRIPT(text) RunScript(text) end
function SlashCmdList.WHISPER(text)
  local name, message = text:match("^(%S+)%s+(.+)$")
  if name then SendChatMessage(message, "WHISPER", nil, name) end
end
function SlashCmdList.SAY(text) SendChatMessage(text, "SAY") end
function SlashCmdList.REPLY(text)
  if last_tell then SendChatMessage(text, "WHISPER", nil, last_tell) end
end
function SlashCmdList.WHO(text) SendWho(text) end
function SlashCmdList.CHATLOG()
  LoggingChat(not LoggingChat())
  DEFAULT_CHAT_FRAME:AddMessage(LoggingChat() and CHATLOGENABLED or CHATLOGDISABLED)
end
function SlashCmdList.CONSOLE(text)
  if strtrim(text):lower() == "reloadui" then ReloadUI() end
end
SLASH_RELOADUI1 = "/reload"
function SlashCmdList.RELOADUI() ReloadUI() end

sim.define("RunScript", "s", function(text)
  local chunk, message = sim.loadstring(text, text)
  if not chunk then
    sim.failed(message)
    return
  end
  sim.guarded(chunk)
end)

-- The line that the log gets: the type's pattern as the globals stand, the bare name, links as text.
function sim.log_text(text)
  return (text:gsub("|c%x%x%x%x%x%x%x%x", ""):gsub("|r", ""):gsub("|H.-|h%[?(.-)%]?|h", "%1")
    :gsub("|T.-|t", ""):gsub("(%d+)(%s*)|4([^:;]*):([^;]*);", function(number, gap, one, many)
      return number .. gap .. (number == "1" and one or many)
    end):gsub("||", "|"))
end
-- A global string with its values, as the client words its own lines.
function sim.formatted(name, ...) return format(_G[name], ...) end
function sim.log_body(kind, text, sender, channel)
  text = sim.log_text(text)
  if plain_types[kind] then return text end
  if kind == "IGNORED" then return format(CHAT_IGNORED, sender) end
  local head = format(_G["CHAT_" .. kind .. "_GET"] or "%s: ", sender)
  if kind == "CHANNEL" then head = "[" .. channel .. "] " .. head end
  return head .. text
end
