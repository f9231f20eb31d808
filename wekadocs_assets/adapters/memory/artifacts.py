"""An artifact store in memory, for tests."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from wekadocs_assets.core.ports.stores import ArtifactHeader, ArtifactStore


class InMemoryArtifacts(ArtifactStore):
    def __init__(self) -> None:
        self._id = uuid.uuid4().hex
        self._stored: dict[tuple[str, str], tuple[ArtifactHeader, bytes]] = {}

    def store_id(self) -> str:
        return self._id

    def headers(self, asset: str, keys: Sequence[str]) -> dict[str, ArtifactHeader]:
        return {key: self._stored[asset, key][0] for key in keys if (asset, key) in self._stored}

    def absent(self, asset: str, keys: Sequence[str]) -> list[str]:
        return [key for key in keys if (asset, key) not in self._stored]

    def read(self, asset: str, key: str) -> bytes:
        return self._stored[asset, key][1]

    def write(self, asset: str, key: str, header: ArtifactHeader, body: bytes) -> None:
        self._stored[asset, key] = (header, bytes(body))

    def delete(self, asset: str, keys: Sequence[str]) -> None:
        for key in keys:
            self._stored.pop((asset, key), None)
