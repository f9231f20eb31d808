"""The embedded engines under `doctor`: what their files hold, read under the lock that every reader takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.adapters.ladybug.session import UNFINISHED
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.core.checks.diagnosis import Check, Diagnosis, Verdict, note, ok
from wekadocs_assets.core.checks.vector_diagnosis import VectorDiagnosis
from wekadocs_assets.core.models import GraphInfo

NOT_MADE = "not made yet: the first ingest makes it"


class LadybugDiagnosis(Diagnosis):
    part = "graph (Ladybug)"

    def __init__(self, graph: LadybugGraph, path: Path, locks: Path) -> None:
        self._graph, self._path, self._locks = graph, path, locks

    def checks(self) -> Sequence[Check]:
        return ("opens", self._opens), ("content", self._content)

    def stored(self) -> GraphInfo | None:
        """None for a graph that is not there, or that only a writer may open now."""
        return None if self._why_closed() else self._graph.stored()

    def _opens(self) -> Iterator[Verdict]:
        if reason := self._why_closed():
            yield reason
        else:
            yield schema_of(self._graph.stored(), str(self._path))

    def _content(self) -> Iterator[Verdict]:
        if not self._why_closed():
            yield content_of(self._graph.counts())

    def _why_closed(self) -> Verdict | None:
        """Opening it would make or mend something, which is not for us to do."""
        if not self._path.exists():
            return ok(NOT_MADE)
        if any(Path(f"{self._path}{suffix}").exists() for suffix in UNFINISHED):
            return note("not opened: a killed process left a checkpoint half made", "the next command finishes it")
        return None if are_there(self._locks) else note(f"not opened: its locks in {self._locks} are gone", NEXT_MAKES)


NEXT_MAKES = "the next command makes them"


class EdgeDiagnosis(VectorDiagnosis):
    engine = "edge"

    def __init__(self, store: EdgeVectors, path: Path, locks: Path, served: Callable[[], str], *, mirror: bool) -> None:
        super().__init__(served, mirror=mirror)
        self._store, self.place, self._locks = store, str(path), locks

    def checks(self) -> Sequence[Check]:
        return ("versions", self._opened), ("served", self._is_served)

    def stored(self) -> dict[str, int]:
        return self._store.stored()

    def count(self, version: str) -> int:
        return self._store.count(version)

    def _opened(self) -> Iterator[Verdict]:
        if self.stored() and not are_there(self._locks):
            yield note(f"not opened: its locks in {self._locks} are gone", NEXT_MAKES)
        else:
            yield from self._versions()


def are_there(locks: Path) -> bool:
    """A reader makes lock files that are absent."""
    return all((locks / name).is_file() for name in ("turn.lock", "stores.lock"))


def schema_of(info: GraphInfo | None, place: str) -> Verdict:
    """Another schema than ours was refused before."""
    if info is None:
        return ok(f"nothing of ours in {place} yet: the first ingest makes it")
    return ok(f"schema version {info.schema_version}, store {info.store_id[:8]}")


def content_of(counts: dict[str, dict[str, int]]) -> Verdict:
    nodes = counts["nodes"]
    named = ", ".join(f"{nodes[label]} {words}" for label, words in LABELS.items())
    return ok(f"{named}, {sum(counts['relationships'].values())} relationships")


LABELS = {"Collection": "collections", "Document": "documents", "Section": "sections", "Chunk": "chunks"}
