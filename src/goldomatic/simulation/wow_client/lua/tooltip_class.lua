-- Tooltips: lines of two texts, also for addons that only want to read them (6.3).
local sim = ...
local S = sim.state

sim.class("GameTooltip", "Frame")
sim.creatable.GameTooltip = true
sim.scripts("GameTooltip", "OnTooltipCleared OnTooltipSetItem OnTooltipSetUnit OnTooltipSetDefaultAnchor")

-- <name>TextLeft1, <name>TextRight1 ... appear as globals only for a tooltip with a name.
function sim.tooltip_line(state, line)
  state.tooltip_lines = state.tooltip_lines or {}
  if state.tooltip_lines[line] then return state.tooltip_lines[line] end
  local made = {}
  for _, side in ipairs({ "Left", "Right" }) do
    made[side] = state.widget:CreateFontString(state.name and state.name .. "Text" .. side .. line, "ARTWORK")
    made[side]:Hide()
  end
  state.tooltip_lines[line] = made
  return made
end

local function clear(state)
  for i = 1, state.line_count or 0 do
    for _, text in pairs(state.tooltip_lines[i]) do
      text:SetText(nil)
      text:Hide()
    end
  end
  state.line_count = 0
  sim.run(state, "OnTooltipCleared")
end

local function add(state, left, right)
  if not state.owner then return end
  state.line_count = (state.line_count or 0) + 1
  local line = sim.tooltip_line(state, state.line_count)
  line.Left:SetText(left)
  line.Left:Show()
  if right then
    line.Right:SetText(right)
    line.Right:Show()
  end
end

-- Without an owner a tooltip shows nothing; hiding takes the owner away.
sim.method("GameTooltip", "SetOwner", "us?n?n?", function(state, owner, anchor)
  clear(state)
  state.owner, state.anchor = owner, anchor
end)
sim.method("GameTooltip", "GetOwner", "", function(state) return state.owner end)
sim.method("GameTooltip", "IsOwned", "u", function(state, owner) return state.owner == owner and 1 or nil end)
sim.method("GameTooltip", "SetAnchorType", "s", function(state, anchor) state.anchor = anchor end)
sim.method("GameTooltip", "GetAnchorType", "", function(state) return state.anchor end)
sim.method("GameTooltip", "ClearLines", "", clear)
sim.method("GameTooltip", "NumLines", "", function(state) return state.line_count or 0 end)
sim.method("GameTooltip", "AddLine", "sn?n?n?b?", function(state, text) add(state, text) end)
sim.method("GameTooltip", "AddDoubleLine", "ssn?n?n?n?n?n?", function(state, left, right) add(state, left, right) end)
sim.method("GameTooltip", "SetText", "sn?n?n?n?b?", function(state, text)
  clear(state)
  add(state, text)
  if state.owner then sim.set_shown(state, true) end
end)
sim.method("GameTooltip", "AddTexture", "s", function() end)
sim.method("GameTooltip", "FadeOut", "", function(state) sim.set_shown(state, false) end)
sim.method("GameTooltip", "SetMinimumWidth", "n", function() end)
sim.method("GameTooltip", "Hide", "", function(state)
  state.owner = nil
  clear(state)
  sim.set_shown(state, false)
end)

local function item(state, fill, ...)
  clear(state)
  if not state.owner then return end
  local lines = { fill(...) }
  for _, text in ipairs(lines) do add(state, text) end
  if #lines > 0 then
    sim.set_shown(state, true)
    sim.run(state, "OnTooltipSetItem")
  end
end
sim.method("GameTooltip", "SetBagItem", "nn", function(state, bag, slot) item(state, sim.bag_tooltip, bag, slot) end)
sim.method("GameTooltip", "SetHyperlink", "s", function(state, link) item(state, sim.link_tooltip, link) end)
