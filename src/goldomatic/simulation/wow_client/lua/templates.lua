-- The stock templates that addons inherit from; each builds the parts that the interface's files
-- give it, under the same names.
local sim = ...
local S = sim.state

local function part(kind, widget, suffix, template)
  local name = S[widget].name
  return sim.create_frame(kind, name and name .. suffix, widget, template)
end

local function named_text(widget, suffix)
  local name = S[widget].name
  local text = widget:CreateFontString(name and name .. suffix, "ARTWORK", "GameFontNormal")
  text:SetPoint("CENTER")
  return text
end

local T = sim.templates

function T.UIPanelButtonTemplate(widget)
  widget:SetSize(40, 22)
  widget:SetFontString(named_text(widget, "Text"))
end
T.UIPanelButtonTemplate2, T.GameMenuButtonTemplate = T.UIPanelButtonTemplate, T.UIPanelButtonTemplate
T.OptionsButtonTemplate, T.UIPanelButtonGrayTemplate = T.UIPanelButtonTemplate, T.UIPanelButtonTemplate

function T.UIPanelCloseButton(widget)
  widget:SetSize(32, 32)
  widget:SetScript("OnClick", function(self) HideUIPanel(self:GetParent()) end)
end

function T.UICheckButtonTemplate(widget)
  widget:SetSize(32, 32)
  named_text(widget, "Text")
end
T.OptionsCheckButtonTemplate = T.UICheckButtonTemplate
T.InterfaceOptionsCheckButtonTemplate = T.UICheckButtonTemplate
T.OptionsBaseCheckButtonTemplate = function(widget) widget:SetSize(26, 26) end
T.UIRadioButtonTemplate = function(widget)
  widget:SetSize(16, 16)
  named_text(widget, "Text")
end
T.SendMailRadioButtonTemplate = T.UIRadioButtonTemplate

function T.InputBoxTemplate(widget)
  widget:SetScript("OnEscapePressed", function(self) self:ClearFocus() end)
end

function T.UIPanelScrollBarTemplate(widget)
  part("Button", widget, "ScrollUpButton")
  part("Button", widget, "ScrollDownButton")
end

function T.UIPanelScrollFrameTemplate(widget)
  part("Slider", widget, "ScrollBar", "UIPanelScrollBarTemplate")
  widget:EnableMouseWheel(true)
end
T.UIPanelScrollFrameTemplate2 = T.UIPanelScrollFrameTemplate

function T.FauxScrollFrameTemplate(widget)
  part("Slider", widget, "ScrollBar", "UIPanelScrollBarTemplate")
  local child = part("Frame", widget, "ScrollChildFrame")
  widget:SetScrollChild(child)
end

function T.OptionsSliderTemplate(widget)
  widget:SetOrientation("HORIZONTAL")
  for _, suffix in ipairs({ "Text", "Low", "High" }) do named_text(widget, suffix) end
end

function T.UIDropDownMenuTemplate(widget)
  part("Button", widget, "Button")
  named_text(widget, "Text")
end

function T.GameTooltipTemplate(widget, state)
  if not state.class.kinds.GameTooltip then return end
  for line = 1, 8 do sim.tooltip_line(state, line) end
end

function T.MoneyInputFrameTemplate(widget)
  for _, coin in ipairs({ "Gold", "Silver", "Copper" }) do
    local box = part("EditBox", widget, coin)
    box:SetNumeric(true)
    box:SetAutoFocus(false)
    if coin ~= "Gold" then box:SetMaxLetters(2) end
    box:SetScript("OnTextChanged", function(self) sim.money_changed(self:GetParent()) end)
  end
end

for _, name in ipairs({
  "SecureFrameTemplate", "SecureActionButtonTemplate", "SecureUnitButtonTemplate", "SecureHandlerBaseTemplate",
  "SecureHandlerClickTemplate", "SecureHandlerStateTemplate", "SecureHandlerShowHideTemplate", "ActionButtonTemplate",
}) do
  T[name] = function(_, state)
    if sim.combat then error("CreateFrame: secure frames cannot be made in combat", 4) end
    state.protected = name ~= "ActionButtonTemplate"
  end
end
T.DialogBoxFrame, T.UIPanelDialogTemplate = function() end, function() end
