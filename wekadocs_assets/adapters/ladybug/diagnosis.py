"""Checks of the embedded graph (Ladybug) for `doctor`: reads under the lock that every reader takes, writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from wekadocs_assets.adapters.data_folder.diagnosis import missing_lock_files
from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.adapters.ladybug.session import UNFINISHED
from wekadocs_assets.core.checks.diagnosis import Check, Verdict, note, ok
from wekadocs_assets.core.checks.graph_diagnosis import GraphDiagnosis, content_verdict, schema_verdict
from wekadocs_assets.core.models import GraphInfo


class LadybugDiagnosis(GraphDiagnosis):
    """path: the database file; locks: the folder of the lock files that guard it."""

    part = "graph (Ladybug)"

    def __init__(self, graph: LadybugGraph, path: Path, locks: Path) -> None:
        self._graph, self._path, self._locks = graph, path, locks

    def checks(self) -> Sequence[Check]:
        return ("opens", self._opens), ("content", self._content)

    def stored(self) -> GraphInfo | None:
        return None if self._not_readable() else self._graph.stored()

    def _opens(self) -> Iterator[Verdict]:
        yield self._not_readable() or schema_verdict(self._graph.stored(), str(self._path))

    def _content(self) -> Iterator[Verdict]:
        if not self._not_readable():
            yield content_verdict(self._graph.counts())

    def _not_readable(self) -> Verdict | None:
        """Why the database is not opened here: opening it would create or repair files, and `doctor` changes nothing."""
        if not self._path.exists():
            return ok("not created yet: the first ingest creates it")
        if any(Path(f"{self._path}{suffix}").exists() for suffix in UNFINISHED):
            return note("not opened: a killed process left an unfinished checkpoint", "the next command finishes it")
        return missing_lock_files(self._locks)
