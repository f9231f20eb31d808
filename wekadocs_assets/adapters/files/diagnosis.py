"""Checks of the artifact store for `doctor`: rights of a folder, or one small artifact written and deleted below a URL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from wekadocs_assets.adapters.data_folder.diagnosis import folder_rights
from wekadocs_assets.adapters.files.artifact_store import FileArtifacts
from wekadocs_assets.core.checks.diagnosis import Check, Diagnosis, Verdict, ok
from wekadocs_assets.core.ports.stores import ArtifactHeader

PROBES = "doctor"
"""Used as the asset's name; where the protocol has folders, an empty folder of this name remains."""


class ArtifactDiagnosis(Diagnosis):
    """root: a folder or URL, as in FileArtifacts."""

    part = "artifacts"

    def __init__(self, root: str) -> None:
        self._root, self._store = root, FileArtifacts(root)

    def checks(self) -> Sequence[Check]:
        return ("reachable", self._reachable), ("rights", self._rights)

    def _reachable(self) -> Iterator[Verdict]:
        kept = self._store.kept_id()
        yield ok(f"{self._root}, store {kept[:8]}" if kept else f"{self._root}: no artifacts yet")

    def _rights(self) -> Iterator[Verdict]:
        folder = self._root.removeprefix("file://")
        if "://" not in folder:
            yield folder_rights(Path(folder), "ARTIFACTS_URL, or WEKADOCS_HOME")
            return
        probe = uuid.uuid4().hex
        try:
            self._store.write(PROBES, probe, ArtifactHeader("", ""), b"x")
        finally:
            self._store.delete(PROBES, [probe])
        yield ok("artifacts can be written and deleted")
