"""What Redis does in one step, by its own clock, so that no process's clock matters."""

_NOW = "local t = redis.call('TIME') local now = t[1] * 1000000 + t[2] "

# KEYS: counter. ARGV: turns, seconds. Gives the microseconds to wait, 0 when the turn was taken.
ALLOW = (
    _NOW
    + """
local window = tonumber(ARGV[2]) * 1000000
local share = math.floor(window / tonumber(ARGV[1]))
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + share
local wait = full - window - now
if wait > 0 then return string.format('%.0f', wait) end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
return '0'
"""
)

# KEYS: room. ARGV: who, seconds (0 leaves), seconds to keep the room.
PRESENT = (
    _NOW
    + """
local seconds = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
if seconds <= 0 then return redis.call('ZREM', KEYS[1], ARGV[1]) end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + seconds * 1000000), ARGV[1])
return redis.call('EXPIRE', KEYS[1], ARGV[3])
"""
)

# KEYS: room. Gives who is in it.
PRESENCE = _NOW + "return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now), '+inf')"
