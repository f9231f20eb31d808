"""Progress in Redis or Valkey, under names and fields that other programs read with plain commands.

`ingest:state:<job_id>`, a hash: strings as they are, lists and objects as JSON, times in seconds since the epoch, what is not
known yet empty. `ingest:events:<job_id>` and `ingest:events:<ingest_id>`, streams with the fields of an event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from wekadocs_assets.adapters.redis.progress_script import SCRIPT
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.ports import ProgressStreams
from wekadocs_assets.core.jobs.states import JobEvent, JobState

if TYPE_CHECKING:
    from redis import Redis

STATE, EVENTS, CANCELS = "ingest:state:", "ingest:events:", "ingest:cancels"
SEVEN_DAYS, ONE_DAY = 7 * 24 * 3600, 24 * 3600
MOST_EVENTS = 10_000
"""Entries that a stream keeps, roughly: an ingest's of 10,000 documents in batches of 50 has 2,000."""
ENTRIES_AT_ONCE = 1_000
"""In one trip; while they are written (some 20 ms) every other client waits."""


class RedisProgress(ProgressStreams):
    """client: with decode_responses. namespace: stands before every key."""

    def __init__(self, client: Redis, place: str, namespace: str = "") -> None:
        self._client, self._place, self._namespace = client, place, namespace
        self._script = client.register_script(SCRIPT)

    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        for start in range(0, len(jobs), ENTRIES_AT_ONCE):
            states, events = zip(*jobs[start : start + ENTRIES_AT_ONCE], strict=True)
            self._write(states, events, begins=True)

    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        if self._write(states, events, begins=False):
            self.problem = f"Redis at {self._place}: what was told before is gone there"

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

    def names(self, beginning: str) -> list[str]:
        prefix = self._key(EVENTS, "")
        plain = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in beginning)
        with self._explained():
            keys = self._client.scan_iter(match=f"{prefix}{plain}*", count=ENTRIES_AT_ONCE)
            return sorted(key.removeprefix(prefix) for key in keys)

    def ask_cancel(self, ident: str) -> None:
        with self._explained(), self._client.pipeline(transaction=True) as commands:
            commands.sadd(self._key(CANCELS, ""), ident)
            commands.expire(self._key(CANCELS, ""), ONE_DAY)
            commands.execute()

    def cancels(self) -> frozenset[str]:
        with self._explained():
            return frozenset(self._client.smembers(self._key(CANCELS, "")))

    def _write(self, states: Sequence[JobState], events: Sequence[JobEvent], *, begins: bool) -> int:
        """How many keys had lost what was told before."""
        batch = {
            "states": [(state.job_id, _state_fields(state)) for state in states],
            "events": [(event.job_id, _event_fields(event), event.attempt) for event in events],
            "begins": begins,
        }
        written = _json(batch).encode(errors="replace")
        prefixes = (self._key(STATE, ""), self._key(EVENTS, ""), self._key(CANCELS, ""))
        with self._explained():
            return self._script(args=[*prefixes, SEVEN_DAYS, MOST_EVENTS, written])

    def _key(self, kind: str, name: str) -> str:
        return f"{self._namespace}{kind}{name}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from redis import RedisError

        try:
            yield
        except RedisError as error:
            raise StoreUnavailable(f"Redis at {self._place}: {error}", "ingests go on without it") from error


_json = json.JSONEncoder(ensure_ascii=False).encode


@lru_cache(64)
def _list(stages: tuple[str, ...]) -> str:
    return _json(stages)


def _time(seconds: float) -> str:
    return f"{seconds:.3f}" if seconds else ""


def _state_fields(state: JobState) -> list[str]:
    """Names and values in turn; the attempt is counted by the server."""
    return [
        "job_id", state.job_id, "source_uri", state.source_uri, "checksum", state.checksum, "tag", state.tag,
        "ingest_id", state.ingest_id, "status", state.status, "stages_completed", _list(state.stages_completed),
        "created_at", _time(state.created_at), "started_at", _time(state.started_at),
        "updated_at", _time(state.updated_at), "completed_at", _time(state.completed_at),
        "stats", _json(state.stats) if state.stats else "", "error", _json(state.error) if state.error else "",
        "schema_version", str(state.schema_version),
    ]  # fmt: skip


def _event_fields(event: JobEvent) -> list[str]:
    fields = [
        "job_id", event.job_id, "stage", event.stage, "percent", str(event.percent), "message", event.message,
        "timestamp", _time(event.timestamp),
    ]  # fmt: skip
    fields += ("error", event.error) if event.error else ()
    fields += ("details", _json(event.details)) if event.details else ()
    return fields


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
