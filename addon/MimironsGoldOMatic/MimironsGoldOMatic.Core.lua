-- Names, JSON and the shapes of tags. Nothing here calls the game, so that it runs anywhere.

local Core = {}
MimironsGoldOMaticCore = Core

local COPPER_LIMIT = 2147483647
local SIGNATURE_ROOM = 40

-- Without blanks at both ends; a no-break space (C2 A0) is a blank.
function Core.Trim(text)
    local before
    repeat
        before = text
        text = text:gsub("^%s+", ""):gsub("^\194\160", "")
        text = text:gsub("%s+$", ""):gsub("\194\160$", "")
    until text == before
    return text
end

-- The part of a name before its realm.
function Core.ShortName(name)
    return (name:match("^[^%-]*"))
end

local function lowerPair(lead, trail)
    local byte = trail:byte()
    if lead == "\195" then
        if byte <= 158 and byte ~= 151 then
            return lead .. string.char(byte + 32)
        end
    elseif byte == 129 then
        return "\209\145"
    elseif byte >= 144 and byte <= 159 then
        return lead .. string.char(byte + 32)
    elseif byte >= 160 and byte <= 175 then
        return "\209" .. string.char(byte - 32)
    end
end

-- Lower case for ASCII, Latin-1 and Cyrillic letters: `string.lower` knows only the first.
function Core.Fold(text)
    text = text:gsub("%u", string.lower)
    return (text:gsub("([\195\208])([\128-\191])", lowerPair))
end

function Core.NamesEqual(one, other)
    if type(one) ~= "string" or type(other) ~= "string" then
        return false
    end
    local folded = Core.Fold(Core.ShortName(Core.Trim(one)))
    return folded ~= "" and folded == Core.Fold(Core.ShortName(Core.Trim(other)))
end

-- An instant in seconds since 1970 as YYYY-MM-DDTHH:MM:SSZ. The days are counted from the first of
-- March of the year 0, so that a leap day is the last day of its year.
function Core.UtcIso8601(seconds)
    seconds = math.floor(seconds or time())
    local days = math.floor(seconds / 86400) + 719468
    local rest = seconds % 86400
    local era = math.floor(days / 146097)
    local ofEra = days % 146097
    local year = math.floor(
        (ofEra - math.floor(ofEra / 1460) + math.floor(ofEra / 36524) - math.floor(ofEra / 146096))
            / 365
    )
    local ofYear = ofEra - (365 * year + math.floor(year / 4) - math.floor(year / 100))
    local shifted = math.floor((5 * ofYear + 2) / 153)
    local day = ofYear - math.floor((153 * shifted + 2) / 5) + 1
    local month = shifted < 10 and shifted + 3 or shifted - 9
    year = year + era * 400 + (month <= 2 and 1 or 0)
    return string.format(
        "%04d-%02d-%02dT%02d:%02d:%02dZ",
        year, month, day, math.floor(rest / 3600), math.floor(rest / 60) % 60, rest % 60
    )
end

local function unicodeEscape(character)
    return string.format("\\u%04x", character:byte())
end

-- The inside of a JSON string. What chat lines cannot carry (bars, percent signs, line breaks, runs
-- of spaces) is written as \u escapes.
function Core.JsonEscape(text)
    text = text:gsub('[\\"]', "\\%0")
    text = text:gsub("[%c|%%\127]", unicodeEscape)
    return (text:gsub("  ", " \\u0020"))
end

function Core.BuildWhoLogLine(spinCycleId, name, online, capturedAt)
    return string.format(
        '[MGM_WHO]{"schemaVersion":1,"spinCycleId":"%s","characterName":"%s","online":%s,"capturedAt":"%s"}',
        Core.JsonEscape(spinCycleId),
        Core.JsonEscape(name),
        online and "true" or "false",
        capturedAt or Core.UtcIso8601()
    )
end

-- The listed name that equals `expected` as a whole, or nil.
function Core.FindMatchingWhoName(expected, getNum, getName)
    for index = 1, getNum() or 0 do
        local name = getName(index)
        if Core.NamesEqual(expected, name) then
            return name
        end
    end
end

-- One piece of ReceiveGold's argument as a row, or nil. A mark `?` after the amount means that the
-- payout may have been mailed already.
function Core.ParseGoldSegment(text)
    local id, name, copper, mark = Core.Trim(text):match("^([%w%-]+):([^:]+):(%d+)(%??)$")
    copper = tonumber(copper)
    name = name and Core.Trim(name)
    if not id or name == "" or #id > 64 or #name > 48 or copper > COPPER_LIMIT then
        return nil
    end
    return {
        payoutId = id,
        characterName = name,
        copper = copper,
        state = mark == "?" and "DOUBT" or "READY",
    }
end

-- Whether a whisper says nothing but the word: many realms swallow what begins with one `!`.
function Core.IsReply(body, word)
    if type(body) ~= "string" then
        return false
    end
    local said = Core.Fold(Core.Trim(body))
    return said == "!" .. word or said == "!!" .. word or said == word
end

-- A printf format of the client as a pattern for whole lines; plural forms match anything.
function Core.FormatPattern(format)
    local pattern = format:gsub("|4[^;]*;", "\1"):gsub("%%%d?%$?s", "\2"):gsub("%%%d?%$?d", "\3")
    pattern = pattern:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0")
    pattern = pattern:gsub("\1", ".-"):gsub("\2", "(.-)"):gsub("\3", "(%%d+)")
    return "^" .. pattern .. "$"
end

-- Whether `text` may be cut behind its byte `last`: between letters, and not beside a space.
local function cuttable(text, last)
    local nextByte = text:byte(last + 1)
    local inLetter = nextByte >= 128 and nextByte <= 191
    return not inLetter and nextByte ~= 32 and text:byte(last) ~= 32
end

local function cut(text, size)
    local parts = {}
    while #text > size do
        local last = size
        while last > 1 and not cuttable(text, last) do
            last = last - 1
        end
        parts[#parts + 1] = text:sub(1, last)
        text = text:sub(last + 1)
    end
    parts[#parts + 1] = text
    return parts
end

-- The tag as lines that leave room for a signature within 255 bytes: one, or
-- `<head> <i>/<n> <part>` each.
function Core.Split(tag)
    local room = 255 - SIGNATURE_ROOM
    if #tag <= room then
        return { tag }
    end
    local head, body = tag:match("^(%b[])(.*)$")
    local lines = cut(body, room - #head - #" 100/100 ")
    for index, part in ipairs(lines) do
        lines[index] = string.format("%s %d/%d %s", head, index, #lines, part)
    end
    return lines
end
