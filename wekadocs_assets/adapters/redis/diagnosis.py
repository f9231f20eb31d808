"""Checks of a Redis server for `doctor`: reachable, version, rights to write, what it does when its memory is full."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wekadocs_assets.adapters.redis.client import open_redis
from wekadocs_assets.core.checks.diagnosis import Check, Diagnosis, Verdict, note, ok, version_verdict
from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable
from wekadocs_assets.core.server_urls import address

if TYPE_CHECKING:
    from redis import Redis

OLDEST = (5,)
"""First release with streams."""
NOEVICTION = "noeviction"
PROBE_SECONDS = 10
WITHOUT_REDIS = "ingests go on without it, but their progress is not published"


class RedisDiagnosis(Diagnosis):
    """url: may contain a password, which is never printed; timeout: seconds to connect, and for each response."""

    part, needed = "progress (Redis)", False

    def __init__(self, url: str, timeout: float) -> None:
        self._url, self._timeout = url, timeout

    def checks(self) -> Sequence[Check]:
        return (
            ("reachable", self._reachable),
            ("version", self._version),
            ("rights", self._rights),
            ("memory", self._memory),
        )

    def _reachable(self) -> Iterator[Verdict]:
        with self._user_errors():
            self._client.ping()
        yield ok(address(self._url))

    def _version(self) -> Iterator[Verdict]:
        yield version_verdict("Redis", str(self._info("server").get("redis_version", "")), OLDEST)

    def _rights(self) -> Iterator[Verdict]:
        """Writes a key with a random name and deletes it; should that fail, it expires after PROBE_SECONDS."""
        key = f"wekadocs:doctor:{uuid.uuid4().hex}"
        with self._user_errors():
            self._client.set(key, "x", ex=PROBE_SECONDS)
            self._client.delete(key)
        yield ok("keys can be written")

    def _memory(self) -> Iterator[Verdict]:
        info = self._info("memory")
        limit, policy = int(info.get("maxmemory", 0)), str(info.get("maxmemory_policy", NOEVICTION))
        detail = f"{f'{limit >> 20} MB' if limit else 'no limit'}, {policy}"
        if limit and policy != NOEVICTION:
            yield note(f"{detail}: queued jobs may be evicted when it is full", "set maxmemory-policy noeviction")
        else:
            yield ok(detail)

    def _info(self, section: str) -> dict[str, Any]:
        with self._user_errors():
            return self._client.info(section)

    @cached_property
    def _client(self) -> Redis:
        return open_redis(self._url, self._timeout)

    @contextmanager
    def _user_errors(self) -> Iterator[None]:
        from redis.exceptions import AuthenticationError, BusyLoadingError, RedisError, ResponseError
        from redis.exceptions import ConnectionError as NoConnection
        from redis.exceptions import TimeoutError as NoAnswer

        place = f"Redis at {address(self._url)}"
        try:
            yield
        except AuthenticationError as error:
            raise ConfigurationError(
                f"{place} refuses the login: {error}", f"correct REDIS_URL; {WITHOUT_REDIS}"
            ) from None
        except (NoConnection, NoAnswer, BusyLoadingError) as error:
            hint = f"start it, correct REDIS_URL, or unset it: {WITHOUT_REDIS}"
            raise StoreUnavailable(f"{place} does not answer: {error}", hint) from None
        except ResponseError as error:
            raise ConfigurationError(
                f"{place} refuses: {error}", f"give its user the rights to write; {WITHOUT_REDIS}"
            ) from None
        except (RedisError, ValueError) as error:
            hint = "for instance redis://localhost:6379/0"
            raise ConfigurationError(f"REDIS_URL cannot be used: {type(error).__name__}", hint) from None
