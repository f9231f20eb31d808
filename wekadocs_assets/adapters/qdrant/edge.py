"""The embedded vector store: Qdrant's engine in this process, one shard (a folder) for each embedding_version, exact search.

The engine allows one writing process, hence the lock; shards stay open until the outermost hold of the lock ends. The engine's
optimizer is never run: at this size it would make searches inexact and take minutes.
"""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from wekadocs_assets.adapters.data_folder.free_disk_space import require_free_space
from wekadocs_assets.adapters.data_folder.store_id import kept_store_id
from wekadocs_assets.adapters.embedding.bm25 import sparse_query
from wekadocs_assets.adapters.qdrant.edge_requests import engine_point, idf, matching, request
from wekadocs_assets.adapters.qdrant.point_schema import DENSE, INDEXED, SPARSE, floats, stored_point
from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable
from wekadocs_assets.core.models import Vector
from wekadocs_assets.core.ports.stores import Lock
from wekadocs_assets.core.ports.vector_rules import (
    filter_batches,
    missing_version_error,
    payload_filter,
    rank_hits,
    versions_of_model,
)
from wekadocs_assets.core.ports.vectors import Hit, Point, StoredPoint, VectorStore, Within

if TYPE_CHECKING:
    from qdrant_edge import EdgeShard, Filter

BATCH, PAGE, PAGES_HELD = 500, 1000, 10
VERSION_NAME = re.compile(r"[a-z0-9_][a-z0-9._-]*")
CONFIG = "edge_config.json"
"""The engine's configuration file of a shard; a version exists when its folder has one."""


class EdgeVectors(VectorStore):
    """path: the folder of all versions; lock: guards it between processes."""

    engine = "edge"

    def __init__(self, path: str | Path, lock: Lock) -> None:
        self._path, self._lock = Path(path), lock
        self._shards: dict[str, EdgeShard] = {}

    def open(self, embedding_version: str, dimensions: int) -> str:
        if not self._exists(embedding_version):
            with self._lock.writing():
                if not self._exists(embedding_version):
                    self._create(embedding_version, dimensions)
        stored = self._dimensions(embedding_version)
        if stored != dimensions:
            raise ConfigurationError(
                f"the vectors of {embedding_version} in {self._path} have {stored} dimensions, the model has {dimensions}",
                "the model changed but kept its name: rename it, or delete that folder and ingest again",
            )
        return kept_store_id(self._path / embedding_version)

    def versions(self) -> list[str]:
        names = (folder.name for folder in self._path.iterdir()) if self._path.is_dir() else ()
        return sorted(name for name in names if VERSION_NAME.fullmatch(name) and self._exists(name))

    def stored(self) -> dict[str, int]:
        """Dimensions of each version."""
        return {version: self._dimensions(version) for version in self.versions()}

    def serve(self, embedding_version: str) -> None:
        """Does nothing: the graph stores which version is active, and only this program reads these folders."""

    def drop(self, embedding_version: str) -> None:
        """Renames the folder first, so that a killed process leaves the version either complete or absent."""
        with self._lock.writing():
            self._close()
            if self._exists(embedding_version):
                (self._path / embedding_version).rename(self._path / f".gone-{uuid.uuid4().hex}")
            for renamed in self._path.glob(".gone-*"):
                shutil.rmtree(renamed, ignore_errors=True)

    def upsert(self, embedding_version: str, points: Sequence[Point]) -> None:
        from qdrant_edge import UpdateOperation

        made = [engine_point(point) for point in points]
        if not made:
            return
        with self._writing(embedding_version) as shard:
            for first in range(0, len(made), BATCH):
                shard.update(UpdateOperation.upsert_points(made[first : first + BATCH]))

    def delete(self, embedding_version: str, point_ids: Sequence[str]) -> None:
        from qdrant_edge import UpdateOperation

        if not point_ids or not self._exists(embedding_version):
            return
        with self._writing(embedding_version) as shard:
            for first in range(0, len(point_ids), BATCH):
                shard.update(UpdateOperation.delete_points(list(point_ids[first : first + BATCH])))

    def vectors(self, model_part: str, checksums: Sequence[str]) -> dict[str, Vector]:
        wanted = list(dict.fromkeys(checksums))
        found: dict[str, Vector] = {}
        if not wanted:
            return {}
        with self._lock.reading():
            for version in versions_of_model(self.versions(), model_part):
                missing = [checksum for checksum in wanted if checksum not in found]
                for first in range(0, len(missing), BATCH):
                    batch = matching({"checksum": missing[first : first + BATCH]})
                    for point in self._scroll(version, batch, [DENSE]):
                        found[point.payload["checksum"]] = cast("Vector", point.vector)
        return found

    def candidates(
        self, embedding_version: str, dense: Vector, words: str, within: Within, limit: int
    ) -> tuple[list[Hit], list[Hit]]:
        allowed = matching(payload_filter(within))
        nearest = request(floats(dense), DENSE, {}, allowed, limit)
        worded = request(sparse_query(words), SPARSE, idf(embedding_version), allowed, limit)
        near, wordy = self._ask(embedding_version, [nearest, worded] if limit > 0 else []) or ([], [])
        return rank_hits(near), rank_hits(wordy)

    def best_scores(self, embedding_version: str, words: Sequence[str]) -> list[float]:
        rarity = idf(embedding_version)
        found = self._ask(embedding_version, [request(sparse_query(word), SPARSE, rarity, None, 1) for word in words])
        return [max((score for _, score in hits), default=0.0) for hits in found or [[] for _ in words]]

    def _ask(self, version: str, requests: list[Any]) -> list[list[tuple[dict[str, str], float]]]:
        """(payload, score) of each hit by request; [] when the version does not exist."""
        from qdrant_edge import QueryBatchRequest

        with self._lock.reading():
            shard = self._shard(version)
            if shard is None or not requests:
                return []
            found = shard.query_batch(QueryBatchRequest(requests))
        return [[(point.payload or {}, point.score) for point in hits] for hits in found]

    def scan(
        self,
        embedding_version: str,
        document_ids: Sequence[str] | None = None,
        *,
        section_ids: Sequence[str] | None = None,
        with_vectors: bool = False,
    ) -> Iterator[StoredPoint]:
        """Releases the lock every few thousand points: hold it around the scan if nothing may change meanwhile."""
        vectors = [DENSE] if with_vectors else False
        for wanted in filter_batches(document_ids, section_ids, BATCH):
            yield from self._scroll(embedding_version, matching(wanted), vectors)

    def count(self, embedding_version: str, tag: str | None = None) -> int:
        from qdrant_edge import CountRequest

        with self._lock.reading():
            shard = self._shard(embedding_version)
            return shard.count(CountRequest(exact=True, filter=matching(payload_filter(Within(tag))))) if shard else 0

    def _scroll(self, version: str, allowed: Filter | None, vectors: Any) -> Iterator[StoredPoint]:
        """Several pages for each hold of the lock, because opening a shard costs as much as reading thousands of points."""
        offset, more = None, True
        while more:
            points: list[StoredPoint] = []
            with self._lock.reading():
                while more and len(points) < PAGES_HELD * PAGE:
                    records, offset = self._page(version, allowed, vectors, offset)
                    points.extend(stored_point(record) for record in records)
                    more = offset is not None
            yield from points

    def _page(self, version: str, allowed: Filter | None, vectors: Any, offset: Any) -> tuple[list[Any], Any]:
        from qdrant_edge import ScrollRequest

        shard = self._shard(version)
        if shard is None:
            return [], None
        return shard.scroll(
            ScrollRequest(offset=offset, limit=PAGE, filter=allowed, with_payload=True, with_vector=vectors)
        )

    def _exists(self, version: str) -> bool:
        return (self._path / _folder_name(version) / CONFIG).is_file()

    def _dimensions(self, version: str) -> int:
        config = json.loads((self._path / version / CONFIG).read_text("utf-8"))
        return int(config["vectors"][DENSE]["size"])

    def _create(self, version: str, dimensions: int) -> None:
        """Creates the shard under a temporary name and renames it, so that a version is complete or absent."""
        from qdrant_edge import (
            Distance,
            EdgeConfig,
            EdgeShard,
            EdgeSparseVectorParams,
            EdgeVectorParams,
            Modifier,
            PayloadSchemaType,
            UpdateOperation,
        )

        unfinished = self._path / f".new-{version}"
        shutil.rmtree(unfinished, ignore_errors=True)
        config = EdgeConfig(
            vectors={DENSE: EdgeVectorParams(size=dimensions, distance=Distance.Cosine)},
            sparse_vectors={SPARSE: EdgeSparseVectorParams(modifier=Modifier.Idf)},
            wal_enabled=False,  # cannot be changed later; with a log the engine refuses a second reader
        )
        with self._disk():
            shard = EdgeShard.create(str(unfinished), config)
            for field in INDEXED:
                shard.update(UpdateOperation.create_field_index(field, PayloadSchemaType.Keyword))
            shard.flush()
            shard.close()
        unfinished.rename(self._path / version)

    @contextmanager
    def _writing(self, version: str) -> Iterator[EdgeShard]:
        """The open shard; flushed to disk at the end of the block."""
        with self._lock.writing():
            shard = self._shard(version)
            if shard is None:
                raise missing_version_error(version, str(self._path))
            with self._disk():
                yield shard
                shard.flush()

    @contextmanager
    def _disk(self) -> Iterator[None]:
        require_free_space(self._path)
        try:
            yield
        except Exception as error:  # the engine raises no other class
            if "os error" not in str(error):
                raise
            self._close()
            hint = "check the disk and its free space, then ingest again"
            raise StoreUnavailable(f"the vectors in {self._path} cannot be written: {error}", hint) from error

    def _shard(self, version: str) -> EdgeShard | None:
        from qdrant_edge import EdgeShard

        if version not in self._shards and self._exists(version):
            try:
                shard = EdgeShard.load(str(self._path / version))
            except Exception as error:  # the engine raises no other class
                raise StoreUnavailable(
                    f"the vectors in {self._path / version} cannot be opened: {error}",
                    "delete that folder and ingest again: the vectors are restored from the artifacts",
                ) from error
            if not self._shards:
                self._lock.on_release(self._close)
            self._shards[version] = shard
        return self._shards.get(version)

    def _close(self) -> None:
        while self._shards:
            shard = self._shards.popitem()[1]
            with suppress(Exception):  # a disk error: it was raised already by the write, and flushed points are stored
                shard.close()


def _folder_name(version: str) -> str:
    if not VERSION_NAME.fullmatch(version):
        raise ConfigurationError(
            f"{version!r} cannot be a folder's name", "an embedding_version consists of [a-z0-9._-]"
        )
    return version
