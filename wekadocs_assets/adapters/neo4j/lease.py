"""Leases on collections of a Neo4j server: one ingest per collection among workers that may die, stall or lose the network.

Only the server's clock counts. Every statement that decides first takes the write lock of the Collection node, by setting
its tag to the value it already has. The fencing token grows with every acquisition and is never reused, not even after
the node was deleted (it starts at the time of creation): by it a late writer detects that another process has the lease.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from wekadocs_assets.adapters.cypher.batches import Row, Run
from wekadocs_assets.adapters.neo4j.errors import TransactionTooLarge
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.core.errors import StoreBusy, StoreUnavailable, WekadocsError

T = TypeVar("T")
LOCK_OR_CREATE = (
    "UNWIND $ids AS i MERGE (n:Collection {`id`: i}) ON CREATE SET n.`root` = '', n.`finished_ingest_id` = '', "
    "n.`started_ingest_id` = '', n.`recorded_in` = '', n.`lease_owner` = '', n.`lease_token` = timestamp(), n.`lease_until` = 0 "
    "SET n.`tag` = i"
)
LOCK = "UNWIND $ids AS i MATCH (n:Collection {`id`: i}) SET n.`tag` = i"
STATE = (
    "UNWIND $ids AS i MATCH (n:Collection {`id`: i}) RETURN n.`id` AS id, n.`lease_owner` AS owner, "
    "n.`lease_token` AS token, n.`lease_until` - timestamp() AS milliseconds"
)
LOCKED_STATE = f"{LOCK} WITH n RETURN n.`id` AS id, n.`lease_owner` AS owner, n.`lease_token` AS token"
TAKE = (
    "UNWIND $ids AS i MATCH (n:Collection {`id`: i}) SET n.`lease_owner` = $owner, "
    "n.`lease_token` = coalesce(n.`lease_token`, timestamp()) + 1, n.`lease_until` = timestamp() + $milliseconds "
    "RETURN n.`id` AS id, n.`lease_token` AS token"
)
RENEW = (
    "UNWIND $held AS h MATCH (n:Collection {`id`: h.`id`}) WHERE n.`lease_token` = h.`token` AND n.`lease_owner` <> '' "
    "SET n.`lease_until` = timestamp() + $milliseconds RETURN n.`id` AS id"
)
RELEASE = (
    "UNWIND $held AS h MATCH (n:Collection {`id`: h.`id`}) SET n.`tag` = h.`id` WITH n, h "
    "WHERE n.`lease_token` = h.`token` SET n.`lease_owner` = '', n.`lease_until` = 0 "
    "WITH n WHERE n.`root` = '' DELETE n"
)
STATEMENTS = (LOCK_OR_CREATE, LOCK, STATE, LOCKED_STATE, TAKE, RENEW, RELEASE)
RENEWALS = 3
"""Per duration of a lease."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds between two attempts to take a lease that another process holds."""
log = logging.getLogger(__name__)


class Held(Exception):
    """Another process holds the lease; rolls back the transaction that wanted to take it. seconds: until it expires."""

    def __init__(self, tag: str, owner: str, seconds: float) -> None:
        super().__init__(tag)
        self.tag, self.owner, self.seconds = tag, owner, seconds


class Leases:
    """The leases of this process; threads may share it. Connects on first use, not in the constructor.

    lease_seconds: how long a dead worker keeps its collections; lock_timeout: seconds to wait for another worker.
    """

    def __init__(self, session: Neo4jSession, lease_seconds: float = 30.0, lock_timeout: float = 60.0) -> None:
        self._session, self._seconds, self._lock_timeout = session, lease_seconds, lock_timeout
        self._entering = threading.RLock()
        self._state = threading.Lock()
        self._tokens: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._lost: dict[str, str] = {}
        self._stop = threading.Event()
        self._stop.set()  # no renewal thread is running

    @contextmanager
    def hold(self, tags: Sequence[str], owner: str) -> Iterator[None]:
        """Takes the leases of all tags or none. Not free after lock_timeout seconds: StoreBusy that names the holder."""
        wanted = sorted(set(tags))
        with self._entering:
            new = [tag for tag in wanted if tag not in self._tokens]
            taken = self._acquire(new, owner or "unnamed") if new else {}
            with self._state:
                self._tokens.update(taken)
                for tag in wanted:
                    self._counts[tag] = self._counts.get(tag, 0) + 1
            self._start_renewing()
        try:
            yield
        finally:
            self._leave(wanted)

    def write(self, work: Callable[[Run], T]) -> T:
        """Runs `work` in one guarded transaction. A lost lease: StoreBusy, instead of any error that follows from it."""
        try:
            return self._session.write(self.guarded(work))
        except TransactionTooLarge:  # after a stall the lost lease is the real reason
            self.confirm()
            raise

    def guarded(self, work: Callable[[Run], T]) -> Callable[[Run], T]:
        """`work` after a check, in the same transaction, that this process still holds all its leases."""
        with self._state:
            held = dict(self._tokens)
        if not held:
            return work

        def checked(run: Run) -> T:
            started = time.monotonic()
            self._check(run, held)
            result = work(run)
            if (
                time.monotonic() - started > self._seconds / RENEWALS
            ):  # renewals were waiting for this transaction's lock
                run(RENEW, held=_as_rows(held), milliseconds=self._milliseconds)
            return result

        return checked

    def confirm(self) -> None:
        """Renews all leases of this process. A lost lease: StoreBusy."""
        with self._state:
            held = dict(self._tokens)
        if held:
            renewal = {"held": _as_rows(held), "milliseconds": self._milliseconds}
            self._session.write(self.guarded(lambda run: run(RENEW, **renewal)))

    @property
    def _milliseconds(self) -> int:
        return round(self._seconds * 1000)

    def _check(self, run: Run, held: dict[str, int]) -> None:
        self._refuse_if_lost()
        owners = {row["id"]: row for row in run(LOCKED_STATE, ids=sorted(held))}
        self._note_lost(held, owners)
        self._refuse_if_lost()

    def _note_lost(self, held: dict[str, int], found: dict[str, Row]) -> None:
        """Remembers the leases that another process took, while they are still held here under the same token."""
        with self._state:
            for tag, token in held.items():
                row = found.get(tag, {})
                if row.get("token") != token and self._tokens.get(tag) == token:
                    self._lost[tag] = str(row.get("owner") or "")

    def _refuse_if_lost(self) -> None:
        with self._state:
            lost = sorted(self._lost.items())
        for tag, owner in lost:
            to = f"to {owner}" if owner else "to another process, which has released it"
            hint = f"It was taken over after {self._seconds:g} s without a renewal by this process; run it again."
            raise StoreBusy(f"the lease on collection {tag} was lost {to}", hint)

    def _acquire(self, tags: list[str], owner: str) -> dict[str, int]:
        deadline = time.monotonic() + self._lock_timeout
        pause = FIRST_PAUSE
        while True:
            left = deadline - time.monotonic()
            try:
                return self._try(tags, owner, left)
            except Held as held:
                if left <= 0:
                    raise _busy(held) from None
                time.sleep(max(0.01, min(pause, left, held.seconds)))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _try(self, tags: list[str], owner: str, left: float) -> dict[str, int]:
        """Reads without a lock first: taking the lock would wait for a long transaction of the holder."""
        self._session.read(lambda run: _refuse_held(run(STATE, ids=tags)))

        def take(run: Run) -> list[Row]:
            run(LOCK_OR_CREATE, ids=tags)
            _refuse_held(run(STATE, ids=tags))
            taken = run(TAKE, ids=tags, owner=owner, milliseconds=self._milliseconds)
            if len(taken) < len(tags):  # on release the holder deleted the node that this one waited for
                raise StoreBusy("the node of a collection was deleted")
            return taken

        try:
            return {row["id"]: row["token"] for row in self._session.write(take, timeout=max(1.0, left))}
        except (TransactionTooLarge, StoreBusy):  # the holder is writing, or has just deleted the node
            raise Held(tags[0], "a process that writes to it", 0.0) from None

    def _leave(self, tags: list[str]) -> None:
        with self._state:
            ended: dict[str, int] = {}
            for tag in tags:
                self._counts[tag] -= 1
                if not self._counts[tag]:
                    del self._counts[tag]
                    ended[tag] = self._tokens.pop(tag)
                    self._lost.pop(tag, None)
            if not self._tokens:
                self._stop.set()
        if ended:
            self._release(ended)

    def _release(self, ended: dict[str, int]) -> None:
        """At most two attempts: the first may use a connection that broke meanwhile. A lease not released expires."""
        for is_last in (False, True):
            try:
                self._session.run(RELEASE, held=_as_rows(ended))
                return
            except StoreUnavailable as error:
                if is_last:
                    log.warning("the lease on %s was not released and will expire: %s", ", ".join(ended), error)
            except (WekadocsError, TransactionTooLarge) as error:
                log.warning("the lease on %s was not released and will expire: %s", ", ".join(ended), error)
                return

    def _start_renewing(self) -> None:
        with self._state:
            if self._tokens and self._stop.is_set():
                self._stop = threading.Event()
                threading.Thread(
                    target=self._renew_until_stopped, args=(self._stop,), name="lease", daemon=True
                ).start()

    def _renew_until_stopped(self, stop: threading.Event) -> None:
        """On a thread of its own, because encoding takes minutes without a write to the graph."""
        while not stop.wait(self._seconds / RENEWALS):
            with self._state:
                held = dict(self._tokens)
            try:
                if held:
                    self._session.write(partial(self._renew, held=held))
            except (WekadocsError, TransactionTooLarge) as error:
                log.warning("the lease on %s could not be renewed: %s", ", ".join(held), error)

    def _renew(self, run: Run, held: dict[str, int]) -> None:
        found = {row["id"]: row for row in run(LOCKED_STATE, ids=sorted(held))}
        self._note_lost(held, found)
        run(RENEW, held=_as_rows(held), milliseconds=self._milliseconds)


def _refuse_held(found: list[Row]) -> None:
    for row in found:
        if row["owner"] and (row["milliseconds"] or 0) > 0:
            raise Held(str(row["id"]), str(row["owner"]), row["milliseconds"] / 1000)


def _busy(held: Held) -> StoreBusy:
    hint = "Wait for it to end; after a crash the lease expires (LEASE_SECONDS)."
    left = f", for {held.seconds:.0f} s more unless renewed" if held.seconds else ""
    return StoreBusy(f"collection {held.tag} is held by {held.owner}{left}", hint)


def _as_rows(held: dict[str, int]) -> list[Row]:
    return [{"id": tag, "token": token} for tag, token in sorted(held.items())]
