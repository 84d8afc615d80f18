-- Stands before each of the other scripts.
local index, expiries, versions = KEYS[1], KEYS[2], KEYS[3]
local values, now, key = ARGV[1], tonumber(ARGV[2]), ARGV[3]

-- The version of a key whose value is there and whose time is not over.
local function living(key)
  local version, expires = unpack(redis.call('HMGET', values .. key, 'version', 'expires'))
  return version and (not expires or now < tonumber(expires)) and version
end

local function remove(key)
  redis.call('DEL', values .. key)
  redis.call('ZREM', index, key)
  redis.call('ZREM', expiries, key)
end

-- Removes what is over, at most so many, and returns how many there were. A write removes a few, and more than it
-- adds: a bucket that nobody lists stays small.
local function sweep(most)
  local over = redis.call('ZRANGEBYSCORE', expiries, '-inf', ARGV[2], 'LIMIT', 0, most or 8)
  for _, key in ipairs(over) do remove(key) end
  return #over
end

-- At least the time in microseconds: a Redis that lost its data gives no version again. The bound is far
-- below 2^53, up to which a number of Lua is exact.
local function next_version()
  local last = tonumber(redis.call('GET', versions) or 0)
  local version = string.format('%.0f', math.max(last + 1, math.min(now * 1000, 2 ^ 52)))
  redis.call('SET', versions, version)
  return version
end

