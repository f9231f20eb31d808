"""The checks of `doctor` that all vector stores share: the embedding versions, and whether the active one is stored.

The adapters of vector stores derive their diagnosis from it. Checks of one engine belong to its adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wekadocs_assets.core.checks.diagnosis import Diagnosis, Verdict, active_is_stored, note, ok, problem
from wekadocs_assets.core.errors import WekadocsError


class VectorDiagnosis(Diagnosis):
    """place: the store's name in messages. active_version: returns the active one, '' before the first ingest.

    replica: whether it is the replica store, which an ingest does not need.
    """

    place: str

    def __init__(self, active_version: Callable[[], str], *, replica: bool) -> None:
        self._active_version = active_version
        self.needed = not replica
        self.part = f"vectors ({self.engine}{', replica' if replica else ''})"

    engine: str

    def stored(self) -> dict[str, int]:
        """Dimensions by embedding_version; 0 for a version that contains foreign data."""
        raise NotImplementedError

    def count(self, version: str) -> int:
        """Number of points of the version."""
        raise NotImplementedError

    def _versions(self) -> Iterator[Verdict]:
        stored = self.stored()
        for version, dimensions in stored.items():
            yield (
                ok(f"{version}: {self.count(version)} points, {dimensions} dimensions")
                if dimensions
                else _alien(version)
            )
        if not stored:
            yield ok("none yet: the first ingest creates them")

    def _active_is_stored(self) -> Iterator[Verdict]:
        try:
            active = self._active_version()
        except WekadocsError:
            yield note("not compared with the graph, which cannot be read")
            return
        lost = active_is_stored(active, self.stored(), self.place)
        yield lost or ok(f"{active} is active" if active else "no version is active yet")


def _alien(version: str) -> Verdict:
    hint = "it belongs to another program: choose another name in the settings, or remove it and ingest again"
    return problem(f"{version} does not contain vectors of this project", hint)
