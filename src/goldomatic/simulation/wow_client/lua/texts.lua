-- Textures, font strings, font objects.
local sim = ...
local S = sim.state

sim.class("Font", "Object")

local function font_methods(class)
  sim.method(class, "SetFontObject", "a?", function(state, font)
    if type(font) == "string" then
      font = _G[font] or error(sim.display_name(state) .. ":SetFontObject(): Couldn't find font object named '"
        .. font .. "'", 3)
    end
    if font and not (S[font] and S[font].class.kinds.Font) then
      error(sim.display_name(state) .. ":SetFontObject(): Wrong object type, expected font", 3)
    end
    state.font_object = font
  end)
  sim.method(class, "GetFontObject", "", function(state) return state.font_object end)
  sim.property(class, "SetFont", "GetFont", "sns?", "Fonts\\FRIZQT__.TTF", 12, "")
  sim.property(class, "SetTextColor", "GetTextColor", "nnnn?", 1, 1, 1, 1)
  sim.property(class, "SetShadowColor", "GetShadowColor", "nnnn?", 0, 0, 0, 1)
  sim.property(class, "SetShadowOffset", "GetShadowOffset", "nn", 0, 0)
  sim.property(class, "SetSpacing", "GetSpacing", "n", 0)
  sim.property(class, "SetJustifyH", "GetJustifyH", "s", "CENTER")
  sim.property(class, "SetJustifyV", "GetJustifyV", "s", "MIDDLE")
  sim.flag(class, "SetIndentedWordWrap", "GetIndentedWordWrap")
end
sim.font_methods = font_methods
font_methods("Font")

for _, name in ipairs({
  "SystemFont_Small", "GameFontNormal", "GameFontNormalSmall", "GameFontNormalLarge", "GameFontNormalHuge",
  "GameFontHighlight", "GameFontHighlightSmall", "GameFontHighlightLarge", "GameFontDisable",
  "GameFontDisableSmall", "GameFontDisableLarge", "GameFontGreen", "GameFontGreenSmall", "GameFontRed",
  "GameFontRedSmall", "GameFontWhite", "GameFontBlack", "GameFontNormalLeft", "GameFontHighlightLeft",
  "GameFontHighlightSmallLeft", "GameFontDisableLeft", "NumberFontNormal", "NumberFontNormalSmall",
  "NumberFontNormalYellow", "ChatFontNormal", "ChatFontSmall", "QuestTitleFont", "QuestFont", "MailTextFontNormal",
  "ErrorFont", "TextStatusBarText", "GameTooltipText", "GameTooltipTextSmall", "GameTooltipHeaderText",
  "DialogButtonNormalText", "DialogButtonHighlightText", "ZoneTextFont", "SubZoneTextFont",
}) do
  sim.new("Font", name)
end

sim.define("CreateFont", "s", function(name) return (sim.new("Font", name)) end)

-- Parts of a frame that are drawn in one of five layers.
sim.class("LayeredRegion", "Region")
local layers = { BACKGROUND = true, BORDER = true, ARTWORK = true, OVERLAY = true, HIGHLIGHT = true }
sim.method("LayeredRegion", "SetDrawLayer", "s", function(state, layer)
  if not layers[layer:upper()] then
    error(sim.display_name(state) .. ":SetDrawLayer(): Unknown draw layer: " .. layer, 3)
  end
  state.layer = layer:upper()
end)
sim.method("LayeredRegion", "GetDrawLayer", "", function(state) return state.layer or "ARTWORK" end)
sim.property("LayeredRegion", "SetVertexColor", "GetVertexColor", "nnnn?", 1, 1, 1, 1)

sim.class("Texture", "LayeredRegion")
-- SetTexture("file") or SetTexture(r, g, b [, a]) or SetTexture(nil).
sim.method("Texture", "SetTexture", "a?n?n?n?", function(state, texture, ...)
  if texture ~= nil and type(texture) ~= "string" and type(texture) ~= "number" then
    error("Usage: " .. sim.display_name(state) .. ':SetTexture("texture" or nil) or SetTexture(r, g, b[, a])', 3)
  end
  state.texture = type(texture) == "string" and texture or texture and "SolidTexture" or nil
  state.colour = type(texture) == "number" and { texture, ... } or nil
  return texture and 1 or nil
end)
sim.method("Texture", "GetTexture", "", function(state) return state.texture end)
sim.method("Texture", "SetTexCoord", "nnnnn?n?n?n?", function(state, ...)
  local count = 0
  for i = 1, 8 do if select(i, ...) ~= nil then count = i end end
  if count ~= 4 and count ~= 8 then
    error("Usage: " .. sim.display_name(state) .. ":SetTexCoord(minX, maxX, minY, maxY) or with 8 coordinates", 3)
  end
  state.tex_coord = { ... }
end)
sim.method("Texture", "GetTexCoord", "", function(state)
  local c = state.tex_coord or { 0, 1, 0, 1 }
  if #c == 8 then return unpack(c) end
  return c[1], c[3], c[1], c[4], c[2], c[3], c[2], c[4]
end)
sim.property("Texture", "SetBlendMode", "GetBlendMode", "s", "BLEND")
sim.property("Texture", "SetGradient", nil, "snnnnnn")
sim.property("Texture", "SetGradientAlpha", nil, "snnnnnnnn")
sim.property("Texture", "SetRotation", nil, "nn?n?")
sim.flag("Texture", "SetNonBlocking", "GetNonBlocking")
sim.flag("Texture", "SetHorizTile", "GetHorizTile")
sim.flag("Texture", "SetVertTile", "GetVertTile")
sim.method("Texture", "SetDesaturated", "b?", function(state, on)
  state.desaturated = sim.boolean(on)
  return 1
end)
sim.method("Texture", "IsDesaturated", "", function(state) return state.desaturated and 1 or nil end)

sim.class("FontString", "LayeredRegion")
font_methods("FontString")

-- The screen text of "|cffff0000red|r |Hitem:1|h[link]|h" is "red [link]".
function sim.plain(text)
  return (text:gsub("|c%x%x%x%x%x%x%x%x", ""):gsub("|r", ""):gsub("|H.-|h(.-)|h", "%1")
    :gsub("|T.-|t", ""):gsub("||", "|"))
end

local LETTER_WIDTH, LINE_HEIGHT = 6, 12
local function natural(state)
  local text = sim.plain(state.text or "")
  local width = strlenutf8(text) * LETTER_WIDTH
  return width, text == "" and 0 or LINE_HEIGHT * (1 + select(2, text:gsub("\n", "")))
end

local function text_of(state, text)
  state.text = text
  state.natural = natural
end
sim.set_text = text_of

sim.method("FontString", "SetText", "s?", text_of)
sim.method("FontString", "SetFormattedText", "s*", function(state, pattern, ...)
  text_of(state, format(pattern, ...))
end)
sim.method("FontString", "GetText", "", function(state)
  return state.text ~= "" and state.text or nil
end)
sim.method("FontString", "GetStringWidth", "", function(state) return (natural(state)) end)
sim.method("FontString", "GetStringHeight", "", function(state) return (select(2, natural(state))) end)
sim.method("FontString", "GetFieldSize", "", function() return 0 end)
sim.property("FontString", "SetTextHeight", nil, "n")
sim.property("FontString", "SetAlphaGradient", nil, "nn")
sim.flag("FontString", "SetNonSpaceWrap", "CanNonSpaceWrap")
sim.flag("FontString", "SetWordWrap", "CanWordWrap", true)
