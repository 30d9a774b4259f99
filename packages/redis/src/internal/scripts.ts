/** What Redis does in one step. The names of a record and of its lease share a hash tag, so that they are in one slot of a cluster. */

/** KEYS: record. ARGV: "any", "none" or "is"; that text; the next one, or ""; milliseconds it lives; channel; news. */
export const CHANGE = `
local found = redis.call('GET', KEYS[1])
if ARGV[1] == 'none' and found then return 0 end
if ARGV[1] == 'is' and found ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1`

/** KEYS: lease, mark of those who wait. ARGV: owner, milliseconds. Says what another one has left, or 0. */
export const TAKE = `
local owner = redis.call('GET', KEYS[1])
if not owner or owner == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 0
end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[2])
return math.max(1, redis.call('PTTL', KEYS[1]))`

/** KEYS: lease, mark of those who wait. ARGV: owner, channel, news. Published only where a program waits. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
if redis.call('DEL', KEYS[2]) == 1 then redis.call('PUBLISH', ARGV[2], ARGV[3]) end
return 1`
