local condition, version, value, expires, keep = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local before = living(key)
if (condition == 'absent' and before) or (condition == 'version' and before ~= version) then return false end

-- First: a Redis that is full refuses this, and would let a script go on that has deleted something.
local new = next_version()
sweep()
redis.call('DEL', values .. key)
redis.call('HSET', values .. key, 'value', value, 'version', new)
redis.call('ZADD', index, 0, key)
if expires == '' then
  redis.call('ZREM', expiries, key)
else
  redis.call('HSET', values .. key, 'expires', expires)
  redis.call('ZADD', expiries, expires, key)
  redis.call('PEXPIRE', values .. key, keep)
end
return true
