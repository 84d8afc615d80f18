local from, to, wanted = ARGV[4], ARGV[5], tonumber(ARGV[6])
local seen = redis.call('ZRANGEBYLEX', index, from, to, 'LIMIT', 0, wanted)
local keys = {}
for _, key in ipairs(seen) do
  if living(key) then keys[#keys + 1] = key else remove(key) end
end
-- Where to go on, if there may be more.
return {keys, #seen == wanted and seen[#seen]}
