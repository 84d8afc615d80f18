local by = ARGV[4]
local place = values .. key
if not living(key) then
  -- First, as in set.lua: a Redis that is full refuses this.
  local new = next_version()
  sweep()
  remove(key)
  redis.call('HSET', place, 'value', by, 'version', new)
  redis.call('ZADD', index, 0, key)
  return {true, by}
end

-- Not one pattern for sign, zeros and digits: what a guest wrote could make its search quadratic.
local before = redis.call('HGET', place, 'value')
local sign, digits = string.match(before, '^([+-]?)(%d+)$')
if not digits then return {false, before} end
local first = string.find(digits, '[1-9]')
local number = first and (sign == '-' and '-' or '') .. string.sub(digits, first) or '0'

-- HINCRBY adds, since numbers of Lua are exact to 2^53 only. It reads no sign and no zeros in front.
redis.call('HSET', place, 'value', number)
local sum = redis.pcall('HINCRBY', place, 'value', by)
if type(sum) == 'table' then
  redis.call('HSET', place, 'value', before)
  return {false, before}
end
redis.call('HSET', place, 'version', next_version())
sweep()
return {true, redis.call('HGET', place, 'value')}
