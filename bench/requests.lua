-- Sends the requests of a file one after the other. Each is ten digits of length, then its bytes.
-- When the file is used up it begins again: then the service answers duplicates, which the
-- callers of this script avoid by making enough requests.
local requests, sent = {}, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  while true do
    local size = file:read(10)
    if not size then break end
    requests[#requests + 1] = file:read(tonumber(size))
  end
  file:close()
end

function request()
  sent = sent % #requests + 1
  return requests[sent]
end
