"""A Qdrant server under `doctor`: release, key, collections with their vectors and payload indexes, alias."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from wekadocs_assets.adapters.qdrant.collections import OLDEST, QdrantCollections
from wekadocs_assets.adapters.qdrant.point_schema import DENSE, INDEXED
from wekadocs_assets.adapters.qdrant.session import CollectionAbsent, QdrantSession
from wekadocs_assets.core.checks.diagnosis import Check, Verdict, note, ok, problem, release
from wekadocs_assets.core.checks.vector_diagnosis import VectorDiagnosis


class QdrantDiagnosis(VectorDiagnosis):
    """name: the alias."""

    engine = "qdrant"

    def __init__(self, session: QdrantSession, name: str, served: Callable[[], str], *, mirror: bool) -> None:
        super().__init__(served, mirror=mirror)
        self._session, self._name, self.place = session, name, session.place
        self._collections = QdrantCollections(session, name)

    def checks(self) -> Sequence[Check]:
        return (
            ("reachable", self._reachable),
            ("version", lambda: [release("Qdrant", self._session.ask("info").version, OLDEST)]),
            ("rights", self._rights),
            ("versions", self._versions),
            ("indexes", self._indexes),
            ("alias", self._alias),
            ("served", self._is_served),
        )

    def stored(self) -> dict[str, int]:
        return {version: _dimensions(self._info(version)) for version in self._collections.versions()}

    def count(self, version: str) -> int:
        return self._session.ask("count", self._collections.named(version), exact=True).count

    def _reachable(self) -> Iterator[Verdict]:
        self._session.ask("get_collections")
        yield ok(self.place)

    def _rights(self) -> Iterator[Verdict]:
        """A key that may only read is refused before the server sees that there is no such collection."""
        with suppress(CollectionAbsent):
            self._session.ask("delete", f"{self._name}__no-{uuid.uuid4().hex}", [uuid.uuid4().hex])
        yield ok("the key may write")

    def _indexes(self) -> Iterator[Verdict]:
        for version in self._collections.versions():
            there = self._info(version).payload_schema
            missing = [field for field in INDEXED if field not in there]
            if missing:
                text = f"{self._collections.named(version)} has no payload index on {', '.join(missing)}"
                yield problem(text, "ingest again: it makes them")
            else:
                yield ok(f"{self._collections.named(version)}: all {len(INDEXED)} payload indexes are there")

    def _alias(self) -> Iterator[Verdict]:
        aliases = {alias.alias_name: alias.collection_name for alias in self._session.ask("get_aliases").aliases}
        target, versions = aliases.get(self._name), self._collections.versions()
        if target is None:
            told = f"{self._name} is not made yet"
            yield note(told, "the end of an ingest makes it") if versions else ok(f"{told}: the first ingest makes it")
        elif target.startswith(self._collections.named("")):
            yield ok(f"{self._name} points to {target}")
        else:
            hint = "set QDRANT_COLLECTION to another name, or remove that alias"
            yield problem(f"{self._name} points to {target}, which is not ours", hint)

    def _info(self, version: str) -> Any:
        return self._session.ask("get_collection", self._collections.named(version))


def _dimensions(info: Any) -> int:
    vectors = info.config.params.vectors
    named = vectors.get(DENSE) if isinstance(vectors, dict) else None
    return int(named.size) if named else 0
