"""Checks of a Qdrant server for `doctor`: release, API key, collections with their payload indexes, alias."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from wekadocs_assets.adapters.qdrant.collections import OLDEST, QdrantCollections
from wekadocs_assets.adapters.qdrant.point_schema import DENSE, INDEXED
from wekadocs_assets.adapters.qdrant.session import CollectionAbsent, QdrantSession
from wekadocs_assets.core.checks.diagnosis import Check, Verdict, note, ok, problem, version_verdict
from wekadocs_assets.core.checks.vector_diagnosis import VectorDiagnosis


class QdrantDiagnosis(VectorDiagnosis):
    """name: the alias. active_version, replica: as in VectorDiagnosis."""

    engine = "qdrant"

    def __init__(self, session: QdrantSession, name: str, active_version: Callable[[], str], *, replica: bool) -> None:
        super().__init__(active_version, replica=replica)
        self._session, self._name, self.place = session, name, session.place
        self._collections = QdrantCollections(session, name)

    def checks(self) -> Sequence[Check]:
        return (
            ("reachable", self._reachable),
            ("version", lambda: [version_verdict("Qdrant", self._session.ask("info").version, OLDEST)]),
            ("rights", self._rights),
            ("versions", self._versions),
            ("indexes", self._indexes),
            ("alias", self._alias),
            ("served", self._active_is_stored),
        )

    def stored(self) -> dict[str, int]:
        return {version: _dimensions(self._info(version)) for version in self._collections.versions()}

    def count(self, version: str) -> int:
        found: int = self._session.ask("count", self._collections.named(version), exact=True).count
        return found

    def _reachable(self) -> Iterator[Verdict]:
        self._session.ask("get_collections")
        yield ok(self.place)

    def _rights(self) -> Iterator[Verdict]:
        """Deletes from a collection that does not exist: a read-only key is refused before the server looks for it."""
        with suppress(CollectionAbsent):
            self._session.ask("delete", f"{self._name}__no-{uuid.uuid4().hex}", [uuid.uuid4().hex])
        yield ok("the key may write")

    def _indexes(self) -> Iterator[Verdict]:
        for version in self._collections.versions():
            existing = self._info(version).payload_schema
            missing = [field for field in INDEXED if field not in existing]
            if missing:
                text = f"{self._collections.named(version)} has no payload index on {', '.join(missing)}"
                yield problem(text, "ingest again: that creates them")
            else:
                yield ok(f"{self._collections.named(version)}: all {len(INDEXED)} payload indexes exist")

    def _alias(self) -> Iterator[Verdict]:
        aliases = {alias.alias_name: alias.collection_name for alias in self._session.ask("get_aliases").aliases}
        target, versions = aliases.get(self._name), self._collections.versions()
        if target is None:
            text = f"{self._name} does not exist yet"
            yield (
                note(text, "the end of an ingest creates it")
                if versions
                else ok(f"{text}: the first ingest creates it")
            )
        elif target.startswith(self._collections.named("")):
            yield ok(f"{self._name} points to {target}")
        else:
            hint = "set QDRANT_COLLECTION to another name, or remove that alias"
            yield problem(f"{self._name} points to {target}, which belongs to another program", hint)

    def _info(self, version: str) -> Any:
        return self._session.ask("get_collection", self._collections.named(version))


def _dimensions(info: Any) -> int:
    vectors = info.config.params.vectors
    named = vectors.get(DENSE) if isinstance(vectors, dict) else None
    return int(named.size) if named else 0
