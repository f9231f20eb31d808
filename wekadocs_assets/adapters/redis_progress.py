"""Progress in Redis or Valkey, under names and fields that other programs read with plain commands.

`ingest:state:<job_id>`, a hash: strings as they are, lists and objects as JSON, times in seconds since the epoch, what is not
known yet empty. `ingest:events:<job_id>` and `ingest:events:<ingest_id>`, streams with the fields of an event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.progress import JobEvent, JobState
from wekadocs_assets.core.progress_ports import ProgressStreams

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline

STATE, EVENTS = "ingest:state:", "ingest:events:"
SEVEN_DAYS = 7 * 24 * 3600
MOST_EVENTS = 10_000
"""Entries that a stream keeps, roughly: an ingest's of 10,000 documents in batches of 50 has 2,000."""
JOBS_AT_ONCE = 100
"""In one MULTI, which keeps every other client waiting."""
ENTRIES_AT_ONCE = 1_000


class RedisProgress(ProgressStreams):
    """client: with decode_responses. namespace: stands before every key."""

    def __init__(self, client: Redis, place: str, namespace: str = "") -> None:
        self._client, self._place, self._namespace = client, place, namespace
        self._attempts: dict[str, int] = {}

    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        with self._explained():
            for start in range(0, len(jobs), JOBS_AT_ONCE):
                self._begin(jobs[start : start + JOBS_AT_ONCE])

    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        with self._explained(), self._client.pipeline(transaction=False) as commands:
            for state in states:
                self._put(commands, replace(state, attempt=self._attempts.get(state.job_id, state.attempt)))
            for event in events:
                self._add(commands, replace(event, attempt=self._attempts.get(event.job_id, event.attempt)))
            commands.execute()

    def state(self, job_id: str) -> JobState | None:
        with self._explained():
            stored = self._client.hgetall(self._key(STATE, job_id))
        return _state(stored) if stored else None

    def states(self) -> Iterator[JobState]:
        with self._explained():
            keys = self._client.scan_iter(match=self._key(STATE, "*"), count=ENTRIES_AT_ONCE)
            while page := list(islice(keys, ENTRIES_AT_ONCE)):
                with self._client.pipeline(transaction=False) as commands:
                    for key in page:
                        commands.hgetall(key)
                    found = commands.execute(raise_on_error=False)
                yield from (_state(stored) for stored in found if isinstance(stored, dict) and stored)

    def events(self, stream: str, after: str, wait: float) -> list[tuple[str, JobEvent]]:
        block = max(1, round(wait * 1000)) if wait > 0 else None
        with self._explained():
            found = self._client.xread({self._key(EVENTS, stream): after}, count=ENTRIES_AT_ONCE, block=block)
        return [(entry, _event(stored)) for _, entries in found or () for entry, stored in entries]

    def last(self, stream: str) -> str:
        with self._explained():
            found = self._client.xrevrange(self._key(EVENTS, stream), count=1)
        return found[0][0] if found else "0"

    def _begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        with self._client.pipeline(transaction=False) as asked:
            for state, _ in jobs:
                asked.hmget(self._key(STATE, state.job_id), "attempt", "status", "ingest_id")
            kept = asked.execute(raise_on_error=False)  # a key of another type is somebody's mistake, and goes
        with self._client.pipeline(transaction=True) as commands:
            for (state, event), last in zip(jobs, kept, strict=True):
                attempt = _next_attempt(*last) if isinstance(last, list) else 1
                self._attempts[state.job_id] = attempt
                commands.delete(self._key(STATE, state.job_id), self._key(EVENTS, state.job_id))
                self._put(commands, replace(state, attempt=attempt))
                self._add(commands, replace(event, attempt=attempt))
            commands.execute()

    def _put(self, commands: Pipeline, state: JobState) -> None:
        """The whole state, and its time to live: the server may have lost both in the meantime."""
        key = self._key(STATE, state.job_id)
        commands.hset(key, mapping={name: _written(value) for name, value in asdict(state).items()})
        commands.expire(key, SEVEN_DAYS)

    def _add(self, commands: Pipeline, event: JobEvent) -> None:
        key = self._key(EVENTS, event.job_id)
        values = {name: _written(value) for name, value in asdict(event).items()}
        wanted = {name: value for name, value in values.items() if value or name not in ("error", "details")}
        commands.xadd(key, wanted, maxlen=MOST_EVENTS, approximate=True)
        commands.expire(key, SEVEN_DAYS)

    def _key(self, kind: str, name: str) -> str:
        return f"{self._namespace}{kind}{name}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from redis import RedisError

        try:
            yield
        except RedisError as error:
            raise StoreUnavailable(f"Redis at {self._place}: {error}", "ingests go on without it") from error


def _next_attempt(last: str | None, status: str | None, ingest_id: str | None) -> int:
    """One that waited in the queue goes on as the same attempt."""
    count = int(last) if last and last.isdigit() else 0
    return max(1, count + (not (status == "PENDING" and not ingest_id)))


def _written(value: Any) -> str:
    """As a field of a hash or stream; nothing where there is nothing."""
    if isinstance(value, Mapping | tuple):
        return json.dumps(value, ensure_ascii=False) if value or isinstance(value, tuple) else ""
    if isinstance(value, float):
        return f"{value:.3f}" if value else ""
    return str(value)


def _state(stored: Mapping[str, str]) -> JobState:
    known = _read(JobState, stored, mappings=("stats", "error"))
    return JobState(**known | {"stages_completed": tuple(json.loads(stored.get("stages_completed") or "[]"))})


def _event(stored: Mapping[str, str]) -> JobEvent:
    return JobEvent(**_read(JobEvent, stored, mappings=("details",)))


def _read(kind: type, stored: Mapping[str, str], mappings: Sequence[str]) -> dict[str, Any]:
    """The fields that the class has; what a newer version added is left out."""
    values: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in stored:
            convert = json.loads if field.name in mappings else {"int": int, "float": float}.get(field.type, str)
            empty = {json.loads: "{}", str: ""}.get(convert, "0")
            values[field.name] = convert(stored[field.name] or empty)
    return values
