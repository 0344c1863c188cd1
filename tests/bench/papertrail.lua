-- Papertrail's POST for wrk: ten messages a request, no id, port or address ever twice.
-- wrk … -s papertrail.lua URL -- SHAPE RUN TOKEN: SHAPE burst (ten logins of one person from one address), alone (ten
-- people, each from an address of their own) or few (one login and nine messages that are ignored); RUN tells runs apart.
local threads = 0
function setup(thread)
  thread:set("thread_number", threads)
  threads = threads + 1
end

local function form(text)
  return (text:gsub("[^%w%-%._~]", function(c) return string.format("%%%02X", c:byte()) end))
end

local people = 50
local sequence = 0
local shape, prefix, path, event, ignored, tail

local function template(message)
  return form('{"id": ID, "received_at": "TIME", "generated_at": "TIME", "display_received_at": "Nov 20 01:02:03", ' ..
              '"source_ip": "208.75.57.120", "source_name": "server1", "source_id": 19, "hostname": "web1", "program": "sshd", ' ..
              '"severity": "Info", "facility": "Auth", "message": "' .. message .. '"}')
end

function init(args)
  shape, prefix, path = args[1], tonumber(args[2]) * 100 + thread_number, "/webhooks/papertrail?token=" .. args[3]
  local time = form(os.date("!%Y-%m-%dT%H:%M:%SZ"))
  local key = form(" ssh2: ED25519 SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDE")
  event = template("Accepted publickey for USER from ADDRESS port PORTKEY")
  -- The template's words become places for numbers; every other % is doubled for string.format.
  event = event:gsub("%%", "%%%%"):gsub("ID", "%%s%%06d%%d", 1):gsub("TIME", (time:gsub("%%", "%%%%%%%%")))
  event = event:gsub("USER", "user%%d"):gsub("ADDRESS", "10.%%d.%%d.%%d"):gsub("PORTKEY", "%%d" .. key:gsub("%%", "%%%%%%%%") .. "%%02d")
  ignored = template("Server listening on 0.0.0.0 port 22.")
  ignored = ignored:gsub("%%", "%%%%"):gsub("ID", "%%s%%06d%%d", 1):gsub("TIME", (time:gsub("%%", "%%%%%%%%")))
  tail = form('], "saved_search": {"id": 42, "name": "ssh logins", "query": "program:sshd"}, "max_id": "9", "min_id": "1", ' ..
              '"reached_record_limit": false, "frequency": "1 minute"}')
end

function request()
  local parts = {}
  for i = 0, 9 do
    if shape == "few" and i > 0 then
      parts[#parts + 1] = ignored:format(prefix, sequence, i)
    else
      local user = shape == "burst" and sequence % people or (sequence * 10 + i) % people
      local place = shape == "burst" and sequence or sequence * 10 + i
      local address = place + prefix * 7919
      parts[#parts + 1] = event:format(prefix, sequence, i, user, math.floor(address / 65536) % 256, math.floor(address / 256) % 256,
                                       address % 256, 1024 + (sequence * 10 + i) % 60000, user)
    end
  end
  sequence = sequence + 1
  local body = "payload=" .. form('{"events": [') .. table.concat(parts, form(", ")) .. tail
  return wrk.format("POST", path, { ["Content-Type"] = "application/x-www-form-urlencoded" }, body)
end

function done(summary)
  local errors = summary.errors
  print(string.format("refused %d", errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
