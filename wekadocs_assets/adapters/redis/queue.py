"""The job queue: a stream of Redis or Valkey with a consumer group. Steps that must be atomic are Lua scripts.

`ingest:jobs`: the stream; any program may add to it. `ingest:jobs:queued`: job id -> entry. `ingest:jobs:alive:<consumer>`:
exists while the consumer renews its lease. `ingest:jobs:dead`: the dead-letter stream.

TAKE does not use XAUTOCLAIM: that selects entries by idle time, while a job is handed out again when its consumer's lease is
over, however long the job takes. TAKE also limits how many redelivered jobs are handed out together, and buries others.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.ports import JobQueue
from wekadocs_assets.core.jobs.queue import (
    FEWER,
    MOST_DELIVERIES,
    DeadJob,
    Delivery,
    QueuedJob,
    QueueState,
    job_of,
)

if TYPE_CHECKING:
    from redis import Redis

JOBS, GROUP = "ingest:jobs", "ingest"
MAX_DEAD, MAX_PENDING = 10_000, 10_000
REQUIRED = ("source_uri", "tag")
PUT = """
-- KEYS: stream, queued. ARGV: job id, fields. Adds the job unless its entry is in the stream; returns the entry or false.
local entry = redis.call('HGET', KEYS[2], ARGV[1])
if entry and #redis.call('XRANGE', KEYS[1], entry, entry) == 1 then return false end
entry = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('HSET', KEYS[2], ARGV[1], entry)
return entry
"""
TAKE = """
-- KEYS: stream, queued, dead letters, prefix of leases. Returns {entry, deliveries, fields} of jobs, {entry, fields} of dead ones.
local jobs, queued, dead, alive = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, me, most, lease, deliveries, now = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), ARGV[6]
local taken, buried, again = {}, {}, {}
redis.call('SET', alive .. me, 1, 'PX', lease)
for _, item in ipairs(redis.call('XPENDING', jobs, group, '-', '+', ARGV[7])) do
    local entry, owner, count = item[1], item[2], item[4]
    local few = math.max(1, math.floor(most / ARGV[9] ^ count))
    if #taken < most and redis.call('EXISTS', alive .. owner) == 0 then
        local found = redis.call('XRANGE', jobs, entry, entry)
        if #found == 0 then
            redis.call('XACK', jobs, group, entry)
        elseif count >= deliveries then
            local fields = found[1][2]
            table.insert(fields, 'reason'); table.insert(fields, 'handed out ' .. count .. ' times and never finished')
            table.insert(fields, 'died_at'); table.insert(fields, now)
            redis.call('XADD', dead, 'MAXLEN', '~', ARGV[8], '*', unpack(fields))
            redis.call('XACK', jobs, group, entry); redis.call('XDEL', jobs, entry)
            for i = 1, #fields, 2 do if fields[i] == 'job_id' then redis.call('HDEL', queued, fields[i + 1]) end end
            table.insert(buried, {entry, fields})
        elseif count == 0 or (again[count] or 0) < few then
            if count > 0 then again[count] = (again[count] or 0) + 1 end
            redis.call('XCLAIM', jobs, group, me, 0, entry)
            table.insert(taken, {entry, count + 1, found[1][2]})
        end
    end
end
if #taken < most and next(again) == nil then
    local new = redis.call('XREADGROUP', 'GROUP', group, me, 'COUNT', most - #taken, 'STREAMS', jobs, '>')
    if new then for _, item in ipairs(new[1][2]) do table.insert(taken, {item[1], 1, item[2]}) end end
end
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', jobs, group)) do
    if consumer[4] == 0 and redis.call('EXISTS', alive .. consumer[2]) == 0 then
        redis.call('XGROUP', 'DELCONSUMER', jobs, group, consumer[2])
    end
end
return {taken, buried}
"""
LEAVE = """
-- KEYS: stream, prefix of leases. ARGV: group, consumer, whether deliveries count, limit. Ends the lease; uncounts deliveries.
redis.call('DEL', KEYS[2] .. ARGV[2])
if ARGV[3] == '1' then return end
for _, item in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', ARGV[4], ARGV[2])) do
    redis.call('XCLAIM', KEYS[1], ARGV[1], 'nobody', 0, item[1], 'RETRYCOUNT', math.max(0, item[4] - 1), 'JUSTID')
end
"""
WITHDRAW = """
-- KEYS: stream, queued. ARGV: group, job id. Deletes a job that no consumer has; returns 1 if it did.
local entry = redis.call('HGET', KEYS[2], ARGV[2])
if not entry then
    for _, item in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
        for i = 1, #item[2], 2 do if item[2][i] == 'job_id' and item[2][i + 1] == ARGV[2] then entry = item[1] end end
    end
end
if not entry or #redis.call('XPENDING', KEYS[1], ARGV[1], entry, entry, 1) == 1 then return 0 end
redis.call('HDEL', KEYS[2], ARGV[2])
return redis.call('XDEL', KEYS[1], entry)
"""


class RedisQueue(JobQueue):
    """client: with decode_responses. place: the server, for messages. lease: seconds until a consumer without heartbeat is dead."""

    def __init__(self, client: Redis, place: str, namespace: str = "", lease: float = 30.0) -> None:
        self._client, self._place, self._lease = client, place, round(lease * 1000)
        self._jobs, self._queued, self._dead, self._alive = (
            f"{namespace}{JOBS}{suffix}" for suffix in ("", ":queued", ":dead", ":alive:")
        )

    def put(self, jobs: Sequence[QueuedJob]) -> list[QueuedJob]:
        with self._user_errors(), self._client.pipeline(transaction=False) as commands:
            script = self._client.register_script(PUT)
            for job in jobs:
                fields = [item for pair in _fields(job).items() for item in pair]
                script(keys=[self._jobs, self._queued], args=[job.job_id, *fields], client=commands)
            added = commands.execute()
        return [job for job, entry in zip(jobs, added, strict=True) if entry]

    def take(self, consumer: str, most: int) -> list[Delivery]:
        with self._user_errors():
            self._make_group()
            taken, buried = self._client.register_script(TAKE)(
                keys=[self._jobs, self._queued, self._dead, self._alive],
                args=[
                    GROUP, consumer, most, self._lease, MOST_DELIVERIES, f"{time.time():.3f}", MAX_PENDING, MAX_DEAD,
                    FEWER,
                ],
            )  # fmt: skip
            self.dead_letters = [_dead(entry, _fields_of(flat)) for entry, flat in buried]
            found = {entry: (_fields_of(flat), count) for entry, count, flat in taken}
            for entry, (values, _) in found.items():
                if missing := [name for name in REQUIRED if not values.get(name)]:
                    self._bury(entry, values, f"it names no {' and no '.join(missing)}")
        return [
            Delivery(entry, job_of(values), count)
            for entry, (values, count) in found.items()
            if all(values.get(name) for name in REQUIRED)
        ]

    def beat(self, consumer: str) -> None:
        with self._user_errors():
            self._client.set(f"{self._alive}{consumer}", 1, px=self._lease)

    def finish(self, deliveries: Sequence[Delivery]) -> None:
        with self._user_errors(), self._client.pipeline(transaction=True) as commands:
            for delivery in deliveries:
                self._forget(commands, delivery.entry_id, delivery.job.job_id)
            commands.execute()

    def leave(self, consumer: str, *, counted: bool = True) -> None:
        with self._user_errors():
            self._make_group()
            script = self._client.register_script(LEAVE)
            script(keys=[self._jobs, self._alive], args=[GROUP, consumer, int(counted), MAX_PENDING])

    def withdraw(self, job_id: str) -> bool:
        with self._user_errors():
            self._make_group()
            script = self._client.register_script(WITHDRAW)
            return bool(script(keys=[self._jobs, self._queued], args=[GROUP, job_id]))

    def state(self) -> QueueState:
        with self._user_errors():
            self._make_group()
            with self._client.pipeline(transaction=True) as commands:
                commands.xlen(self._jobs)
                commands.xpending_range(self._jobs, GROUP, "-", "+", MAX_PENDING)
                commands.xinfo_groups(self._jobs)
                commands.xinfo_stream(self._jobs)
                length, pending, groups, stream = commands.execute()
            living = {
                name: bool(self._client.exists(f"{self._alive}{name}")) for name in {p["consumer"] for p in pending}
            }
        stale = [item for item in pending if not living[item["consumer"]]]
        handed_out = next(group["last-delivered-id"] for group in groups if group["name"] == GROUP)
        mark = ids.digest(
            stream["last-generated-id"], handed_out, *(f"{i['message_id']} {i['times_delivered']}" for i in stale)
        )
        return QueueState(length - len(pending) + len(stale), len(pending) - len(stale), mark)

    def dead(self) -> list[DeadJob]:
        with self._user_errors():
            entries = cast("list[tuple[str, dict[str, str]]]", self._client.xrange(self._dead))
        return [_dead(entry, values) for entry, values in entries]

    def _make_group(self) -> None:
        """Starts at the first entry, so that jobs written before the group existed are taken."""
        from redis import ResponseError

        try:
            self._client.xgroup_create(self._jobs, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def _bury(self, entry: str, values: Mapping[str, str], reason: str) -> None:
        with self._client.pipeline(transaction=True) as commands:
            fields: dict[Any, Any] = {**values, "reason": reason, "died_at": f"{time.time():.3f}"}
            commands.xadd(self._dead, fields, maxlen=MAX_DEAD, approximate=True)
            self._forget(commands, entry, values.get("job_id", ""))
            commands.execute()

    def _forget(self, commands: Redis, entry: str, job_id: str) -> None:
        commands.xack(self._jobs, GROUP, entry)
        commands.xdel(self._jobs, entry)
        commands.hdel(self._queued, job_id)

    @contextmanager
    def _user_errors(self) -> Iterator[None]:
        from redis import RedisError

        try:
            yield
        except RedisError as error:
            raise StoreUnavailable(f"the job queue in Redis at {self._place}: {error}", "is the server up?") from error


def _fields(job: QueuedJob) -> dict[str, str]:
    return {name: f"{value:.3f}" if isinstance(value, float) else value for name, value in asdict(job).items()}


def _fields_of(flat: Sequence[str]) -> dict[str, str]:
    """From names and values, alternating."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _dead(entry: str, values: dict[str, str]) -> DeadJob:
    return DeadJob(entry, values, values.pop("reason", ""), float(values.pop("died_at", 0) or 0))
