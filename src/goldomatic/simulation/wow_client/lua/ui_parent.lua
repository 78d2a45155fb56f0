-- The screen, its panels, fading, and what addons expect to find there.
local sim = ...
local S = sim.state

local function screen(class, name, parent, width, height)
  local frame = sim.create_frame(class, name, parent)
  frame:SetSize(width, height)
  return frame
end

UIParent = screen("Frame", "UIParent", nil, 1024, 768)
S[UIParent].screen = true
WorldFrame = screen("WorldFrame", "WorldFrame", nil, 1024, 768)
S[WorldFrame].screen = true
MinimapCluster = screen("Frame", "MinimapCluster", UIParent, 192, 192)
MinimapCluster:SetPoint("TOPRIGHT", UIParent, "TOPRIGHT", 0, 0)
Minimap = screen("Minimap", "Minimap", MinimapCluster, 140, 140)
Minimap:SetPoint("CENTER", MinimapCluster, "CENTER", 9, 4)

UISpecialFrames = {}
UIPanelWindows = {
  MailFrame = { area = "left", pushable = 0 },
  FriendsFrame = { area = "left", pushable = 0, whileDead = 1 },
}

-- One panel at the left: neither of ours can be pushed, so a new one replaces the old (5.10).
local left

function GetUIPanel(area) return area == "left" and left or nil end

sim.define("ShowUIPanel", "u?b?", function(frame)
  if not frame or frame:IsShown() then return end
  local window = UIPanelWindows[frame:GetName()]
  if window and window.area == "left" then
    if left and left ~= frame then HideUIPanel(left) end
    left = frame
    frame:ClearAllPoints()
    frame:SetPoint("TOPLEFT", UIParent, "TOPLEFT", 0, -104)
  end
  frame:Show()
end)

sim.define("HideUIPanel", "u?b?", function(frame)
  if not frame then return end
  if left == frame then left = nil end
  frame:Hide()
end)

sim.define("ToggleFrame", "u", function(frame)
  if frame:IsShown() then HideUIPanel(frame) else ShowUIPanel(frame) end
end)

sim.define("CloseSpecialWindows", "", function()
  local found
  for _, name in ipairs(UISpecialFrames) do
    local frame = _G[name]
    if frame and frame:IsShown() then
      frame:Hide()
      found = 1
    end
  end
  return found
end)

-- Escape without a focused box: closes panels and windows, else opens the menu.
function sim.bindings.ESCAPE()
  local found = CloseSpecialWindows()
  if left then
    HideUIPanel(left)
    found = 1
  end
  if not found then sim.menu_opened = true end
end

-- Fading, driven by a frame's OnUpdate as in the client.
local fading = {}
local fader = screen("Frame", nil, UIParent, 0, 0)
fader:SetScript("OnUpdate", function(_, elapsed)
  for i = #fading, 1, -1 do
    local frame = fading[i]
    local info = frame.fadeInfo
    info.fadeTimer = (info.fadeTimer or 0) + elapsed
    local share = math.min(1, info.fadeTimer / info.timeToFade)
    frame:SetAlpha(info.startAlpha + (info.endAlpha - info.startAlpha) * share)
    if share >= 1 then
      table.remove(fading, i)
      if info.finishedFunc then info.finishedFunc(info.finishedArg1) end
    end
  end
end)

sim.define("UIFrameFade", "ut", function(frame, info)
  info.mode = info.mode or "IN"
  info.startAlpha = info.startAlpha or (info.mode == "IN" and 0 or 1)
  info.endAlpha = info.endAlpha or (info.mode == "IN" and 1 or 0)
  frame:SetAlpha(info.startAlpha)
  frame.fadeInfo = info
  frame:Show()
  UIFrameFadeRemoveFrame(frame)
  fading[#fading + 1] = frame
end)
sim.define("UIFrameFadeRemoveFrame", "u", function(frame)
  for i = #fading, 1, -1 do
    if fading[i] == frame then table.remove(fading, i) end
  end
end)
sim.define("UIFrameFadeIn", "unn?n?", function(frame, seconds, from, to)
  UIFrameFade(frame, { mode = "IN", timeToFade = seconds, startAlpha = from, endAlpha = to })
end)
sim.define("UIFrameFadeOut", "unn?n?", function(frame, seconds, from, to)
  UIFrameFade(frame, { mode = "OUT", timeToFade = seconds, startAlpha = from, endAlpha = to })
end)
sim.define("UIFrameIsFading", "u", function(frame)
  for _, one in ipairs(fading) do
    if one == frame then return 1 end
  end
end)

UIErrorsFrame = sim.create_frame("MessageFrame", "UIErrorsFrame", UIParent)
UIErrorsFrame:RegisterEvent("UI_ERROR_MESSAGE")
UIErrorsFrame:RegisterEvent("UI_INFO_MESSAGE")
UIErrorsFrame:SetScript("OnEvent", function(self, _, text) self:AddMessage(text, 1, 0.1, 0.1, 1) end)

sim.define("PlaySound", "s", function(name) sim.last_sound = name end)
sim.define("PlaySoundFile", "s", function(name) sim.last_sound = name end)
sim.define("InCombatLockdown", "", function() return sim.combat and 1 or nil end)
sim.define("UnitAffectingCombat", "s", function(unit) return unit == "player" and sim.combat and 1 or nil end)
sim.define("GetScreenWidth", "", function() return 1024 end)
sim.define("GetScreenHeight", "", function() return 768 end)
sim.define("GetCursorPosition", "", function() return sim.cursor_x or 512, sim.cursor_y or 384 end)
for _, key in ipairs({ "Shift", "Control", "Alt" }) do
  sim.define("Is" .. key .. "KeyDown", "", function() return nil end)
end
sim.define("IsModifierKeyDown", "", function() return nil end)

NUM_BAG_SLOTS = 4
NUM_CHAT_WINDOWS = 10
STANDARD_TEXT_FONT = "Fonts\\FRIZQT__.TTF"
NORMAL_FONT_COLOR = { r = 1, g = 0.82, b = 0 }
HIGHLIGHT_FONT_COLOR = { r = 1, g = 1, b = 1 }
RED_FONT_COLOR = { r = 1, g = 0.1, b = 0.1 }
GREEN_FONT_COLOR = { r = 0.1, g = 1, b = 0.1 }
GRAY_FONT_COLOR = { r = 0.5, g = 0.5, b = 0.5 }
NORMAL_FONT_COLOR_CODE, HIGHLIGHT_FONT_COLOR_CODE = "|cffffd200", "|cffffffff"
RED_FONT_COLOR_CODE, GREEN_FONT_COLOR_CODE = "|cffff2020", "|cff20ff20"
GRAY_FONT_COLOR_CODE, FONT_COLOR_CODE_CLOSE = "|cff808080", "|r"

for _, name in ipairs({
  "RunMacroText", "RunMacro", "CastSpell", "CastSpellByName", "UseAction", "UseInventoryItem",
  "TargetUnit", "AssistUnit", "FollowUnit", "AttackTarget", "ToggleRun", "JumpOrAscendStart",
  "MoveForwardStart", "TurnLeftStart", "AcceptBattlefieldPort", "ForceQuit", "SpellTargetUnit",
}) do
  sim.forbid(name)
end
