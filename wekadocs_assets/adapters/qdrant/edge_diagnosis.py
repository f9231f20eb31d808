"""Checks of the embedded vector store (qdrant-edge) for `doctor`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wekadocs_assets.adapters.data_folder.diagnosis import missing_lock_files
from wekadocs_assets.adapters.qdrant.edge import EdgeVectors
from wekadocs_assets.core.checks.diagnosis import Check, Verdict
from wekadocs_assets.core.checks.vector_diagnosis import VectorDiagnosis


class EdgeDiagnosis(VectorDiagnosis):
    """path: the folder of the store; locks: the folder of the lock files that guard it."""

    engine = "edge"

    def __init__(
        self, store: EdgeVectors, path: Path, locks: Path, active_version: Callable[[], str], *, replica: bool
    ) -> None:
        super().__init__(active_version, replica=replica)
        self._store, self.place, self._locks = store, str(path), locks

    def checks(self) -> Sequence[Check]:
        return ("versions", self._opens), ("served", self._active_is_stored)

    def stored(self) -> dict[str, int]:
        return self._store.stored()

    def count(self, version: str) -> int:
        return self._store.count(version)

    def _opens(self) -> Iterator[Verdict]:
        missing = missing_lock_files(self._locks) if self.stored() else None
        if missing:
            yield missing
        else:
            yield from self._versions()
