"""The Lua script that writes a batch of states and events in one round trip and one transaction.

A command per state and event would cost the client ten times as much CPU.
"""

SCRIPT = """
-- ARGV: prefix of states, prefix of streams, set of cancel requests, seconds to live, length limit of a stream, and as JSON:
--   states: {job_id, fields}; begins: whether these are new attempts; events: {stream, fields, attempt of an ingest's event}
-- Returns how many keys had lost earlier progress or had another type.
local STATE, EVENTS, CANCELS, TTL, MOST = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local batch, attempts, lost = cjson.decode(ARGV[6]), {}, 0

local function kept(job)
  return tonumber(redis.pcall('HGET', STATE .. job, 'attempt')) or 0
end

-- A job that waits in the queue keeps its attempt number.
local function queued(job)
  local found = redis.pcall('HMGET', STATE .. job, 'status', 'ingest_id')
  return not found.err and found[1] == 'PENDING' and found[2] == ''
end

-- A key of another type is deleted. When the server is out of memory, the first write ends the script.
local function write(command, key, ...)
  local answer = redis.pcall(command, key, ...)
  if type(answer) == 'table' and answer.err then
    if string.find(answer.err, 'WRONGTYPE', 1, true) then
      redis.call('DEL', key)
      lost = lost + 1
    end
    redis.call(command, key, ...)
  end
  redis.call('EXPIRE', key, TTL)
end

for _, state in ipairs(batch.states) do
  local job, fields = state[1], state[2]
  local attempt = kept(job)
  if batch.begins then
    attempt = math.max(1, attempt + (queued(job) and 0 or 1))
  elseif attempt == 0 then
    attempt, lost = 1, lost + 1
  end
  attempts[job] = attempt
  write('HSET', STATE .. job, 'attempt', attempt, unpack(fields))
  if batch.begins then
    redis.call('DEL', EVENTS .. job)
    redis.pcall('SREM', CANCELS, job)
  end
end

for _, event in ipairs(batch.events) do
  local stream, fields = event[1], event[2]
  attempts[stream] = attempts[stream] or math.max(kept(stream), event[3], 1)
  for i = 1, #fields, 2 do
    if fields[i] == 'stage' and (fields[i + 1] == 'DONE' or fields[i + 1] == 'ERROR' or fields[i + 1] == 'CANCELLED') then
      redis.pcall('SREM', CANCELS, stream)
    end
  end
  write('XADD', EVENTS .. stream, 'MAXLEN', '~', MOST, '*', 'attempt', attempts[stream], unpack(fields))
end
return batch.begins and 0 or lost
"""
