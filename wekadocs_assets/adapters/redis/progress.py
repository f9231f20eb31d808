"""Job states and progress events in Redis or Valkey, readable by other programs with plain commands.

`ingest:state:<job_id>` is a hash: plain strings, lists and objects as JSON, times in seconds since the epoch, '' for unknown.
`ingest:events:<job_id>` and `ingest:events:<ingest_id>` are streams with the fields of JobEvent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from wekadocs_assets.adapters.redis.progress_script import SCRIPT
from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.jobs.ports import ProgressStreams
from wekadocs_assets.core.jobs.states import JobEvent, JobState

if TYPE_CHECKING:
    from redis import Redis

STATE, EVENTS, CANCELS = "ingest:state:", "ingest:events:", "ingest:cancels"
SEVEN_DAYS, ONE_DAY = 7 * 24 * 3600, 24 * 3600
MAX_EVENTS = 10_000
"""Approximate length limit of a stream; an ingest of 10,000 documents in batches of 50 has 2,000 events."""
BATCH = 1_000
"""Entries of one round trip; the server is blocked while it writes them (about 20 ms)."""


Streams: TypeAlias = "list[tuple[str, list[tuple[str, dict[str, str]]]]]"
"""(stream, [(entry id, fields)]): redis-py types every response as bytes or str; here the client decodes them."""


class RedisProgress(ProgressStreams):
    """client: with decode_responses. namespace: prefix of every key."""

    def __init__(self, client: Redis, place: str, namespace: str = "") -> None:
        self._client, self._place, self._namespace = client, place, namespace
        self._script = client.register_script(SCRIPT)

    def begin(self, jobs: Sequence[tuple[JobState, JobEvent]]) -> None:
        for start in range(0, len(jobs), BATCH):
            states, events = zip(*jobs[start : start + BATCH], strict=True)
            self._write(states, events, begins=True)

    def write(self, states: Sequence[JobState], events: Sequence[JobEvent]) -> None:
        if self._write(states, events, begins=False):
            self.problem = f"Redis at {self._place}: earlier progress was lost there"

    def state(self, job_id: str) -> JobState | None:
        with self._user_errors():
            stored = cast("dict[str, str]", self._client.hgetall(self._key(STATE, job_id)))
        return _state(stored) if stored else None

    def states(self) -> Iterator[JobState]:
        with self._user_errors():
            keys = self._client.scan_iter(match=self._key(STATE, "*"), count=BATCH)
            while page := list(islice(keys, BATCH)):
                with self._client.pipeline(transaction=False) as commands:
                    for key in page:
                        commands.hgetall(key)
                    found = commands.execute(raise_on_error=False)
                yield from (_state(stored) for stored in found if isinstance(stored, dict) and stored)

    def events(self, stream: str, after: str, wait: float) -> list[tuple[str, JobEvent]]:
        block = max(1, round(wait * 1000)) if wait > 0 else None
        with self._user_errors():
            found = cast(Streams, self._client.xread({self._key(EVENTS, stream): after}, count=BATCH, block=block))
        return [(entry, _event(stored)) for _, entries in found or () for entry, stored in entries]

    def last(self, stream: str) -> str:
        with self._user_errors():
            found = cast("list[tuple[str, dict[str, str]]]", self._client.xrevrange(self._key(EVENTS, stream), count=1))
        return found[0][0] if found else "0"

    def names(self, beginning: str) -> list[str]:
        stem = self._key(EVENTS, "")
        plain = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in beginning)
        with self._user_errors():
            keys = self._client.scan_iter(match=f"{stem}{plain}*", count=BATCH)
            return sorted(str(key).removeprefix(stem) for key in keys)

    def ask_cancel(self, ident: str) -> None:
        with self._user_errors(), self._client.pipeline(transaction=True) as commands:
            commands.sadd(self._key(CANCELS, ""), ident)
            commands.expire(self._key(CANCELS, ""), ONE_DAY)
            commands.execute()

    def cancels(self) -> frozenset[str]:
        with self._user_errors():
            return frozenset(map(str, self._client.smembers(self._key(CANCELS, ""))))

    def _write(self, states: Sequence[JobState], events: Sequence[JobEvent], *, begins: bool) -> int:
        """Returns how many keys had lost earlier progress."""
        batch = {
            "states": [(state.job_id, _state_fields(state)) for state in states],
            "events": [(event.job_id, _event_fields(event), event.attempt) for event in events],
            "begins": begins,
        }
        written = _json(batch).encode(errors="replace")
        prefixes = (self._key(STATE, ""), self._key(EVENTS, ""), self._key(CANCELS, ""))
        with self._user_errors():
            lost: int = self._script(args=[*prefixes, SEVEN_DAYS, MAX_EVENTS, written])
        return lost

    def _key(self, kind: str, name: str) -> str:
        return f"{self._namespace}{kind}{name}"

    @contextmanager
    def _user_errors(self) -> Iterator[None]:
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
    """Names and values, alternating; the script adds the attempt."""
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
    """The fields that the class has; fields of a newer release are ignored."""
    values: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in stored:
            convert = json.loads if field.name in mappings else {"int": int, "float": float}.get(str(field.type), str)
            empty = {json.loads: "{}", str: ""}.get(convert, "0")
            values[field.name] = convert(stored[field.name] or empty)
    return values
