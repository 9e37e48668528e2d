"""The two steps of outbound/limits.py that Redis takes as one: nothing comes in between.

KEYS: places (sorted set: place → when it frees itself), rate (when the next call is due), breaker
(hash: failures in a row; until = when it half-opens; open_ms = how long it was opened last; probe =
until when a probe has the only place), waiting (how many the rate turned away within a second: they
are told to come one after the other). All times are milliseconds of Redis' own clock.
"""

from __future__ import annotations

_NOW = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
"""

# ARGV: place, its longest ms, calls a second, calls at once, breaker after, is an order.
ENTER = (
    _NOW
    + """
local place, longest = ARGV[1], tonumber(ARGV[2])
local rate, most, breaker = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local is_probe = false

if breaker > 0 then
    local kept = redis.call('HMGET', KEYS[3], 'until', 'probe')
    if kept[1] then
        if tonumber(kept[1]) > now then
            return {'circuit_open', tonumber(kept[1]) - now}
        end
        if kept[2] and tonumber(kept[2]) > now then
            return {'circuit_open', math.min(tonumber(kept[2]) - now, 1000)}
        end
        if ARGV[6] == '1' then
            return {'probe_first', 1000}
        end
        is_probe = true
    end
end

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if most > 0 and redis.call('ZCARD', KEYS[1]) >= most then
    local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    return {'busy', math.max(math.min(tonumber(first[2]) - now, 1000), 50)}
end

if rate > 0 then
    local gap = 1000 / rate
    local burst = math.max(rate, 1) - 1
    local due = math.max(tonumber(redis.call('GET', KEYS[2]) or 0), now)
    local wait = due - now - burst * gap
    if wait > 0 then
        local ahead = redis.call('INCR', KEYS[4])
        if ahead == 1 then
            redis.call('PEXPIRE', KEYS[4], 1000)
        end
        return {'rate_limit', math.min(math.ceil(wait + (ahead - 1) * gap), 30000)}
    end
    redis.call('SET', KEYS[2], due + gap, 'PX', math.ceil(due + gap - now) + 1000)
end

redis.call('ZADD', KEYS[1], now + longest, place)
redis.call('PEXPIRE', KEYS[1], longest + 60000)
if is_probe then
    redis.call('HSET', KEYS[3], 'probe', now + longest)
end
return {'ok', 0}
"""
)

# ARGV: place, was answered (or empty), breaker after, open ms, most open ms. 1: it opened.
LEAVE = (
    _NOW
    + """
redis.call('ZREM', KEYS[1], ARGV[1])
local after = tonumber(ARGV[3])
if after == 0 then
    return 0
end
if ARGV[2] == '' then
    redis.call('HDEL', KEYS[3], 'probe')
    return 0
end
if ARGV[2] == '1' then
    redis.call('DEL', KEYS[3])
    return 0
end
local failures = redis.call('HINCRBY', KEYS[3], 'failures', 1)
redis.call('PEXPIRE', KEYS[3], 24 * 3600 * 1000)
local kept = redis.call('HMGET', KEYS[3], 'until', 'open_ms')
if kept[1] and tonumber(kept[1]) > now then
    return 0
end
if not kept[1] and failures < after then
    return 0
end
local open_ms = tonumber(ARGV[4])
if kept[1] then
    local longest = math.max(tonumber(ARGV[5]), open_ms)
    open_ms = math.min(math.max(tonumber(kept[2]) * 2, open_ms), longest)
end
redis.call('HSET', KEYS[3], 'until', now + open_ms, 'open_ms', open_ms)
redis.call('HDEL', KEYS[3], 'probe')
return 1
"""
)
