"""An index with a history: stores that outlive the processes which write to them, and may be wiped, replaced or damaged."""

from __future__ import annotations

import copy
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from history_folder import MEGABYTES
from memory_pipeline import KeptReports

from wekadocs_assets.adapters.data_folder.locks import FreeLock
from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.adapters.memory.artifacts import InMemoryArtifacts
from wekadocs_assets.adapters.memory.graph import InMemoryGraph
from wekadocs_assets.adapters.memory.vectors import InMemoryVectors
from wekadocs_assets.app import adapter_factory, bootstrap
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core import recipe
from wekadocs_assets.core.errors import StoreUnavailable


class Killed(BaseException):
    """What no code of ours catches, as a kill -9."""


FAULTS: dict[str, Callable[[], BaseException]] = {
    "killed": Killed,
    "away": lambda: StoreUnavailable("the store does not answer", "is it running?"),
    "broken": lambda: RuntimeError("the engine does not like this"),
}
ENDS = (Killed, StoreUnavailable, RuntimeError)
HALVED = ("upsert", "delete")
"""Of many things, which need not go all together: a fuse that burns down there lets half of them through."""
WRITES = {*HALVED, "apply", "delete_sections", "write_chunks", "purge", "activate", "drop"}


@dataclass
class Fuse:
    """Burns with every call of an adapter; the call at which it has burnt down fails. left: calls until then.

    mirrors: those of the further vector stores alone burn it, and they go on failing. reader: looks into the stores after
    every write.
    """

    left: int = 1_000_000
    fault: str = "killed"
    mirrors: bool = False
    burnt_at: str = ""
    reader: Callable[[], None] = lambda: None

    def burns_down(self, name: str) -> bool:
        self.left -= 1
        if self.left == 0:
            self.burnt_at = name
        return self.left == 0 or (self.mirrors and self.left < 0)


class Mortal:
    """An adapter on a fuse."""

    def __init__(self, adapter: Any, fuse: Fuse) -> None:
        self._adapter, self._fuse = adapter, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapter, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **options: Any) -> Any:
            if not self._fuse.burns_down(f"{type(self._adapter).__name__}.{name}"):
                result = found(*arguments, **options)
                if name in WRITES:
                    self._fuse.reader()
                return result
            if name in HALVED:
                first, many = arguments
                found(first, many[: len(many) // 2])
            raise FAULTS[self._fuse.fault]()

        return call


class NotingEmbedder(HashEmbedder):
    """Notes every text that it encodes, with the part of the version's name that is its own."""

    def __init__(self, dimensions: int, encoded: list[tuple[str, str]]) -> None:
        super().__init__(dimensions)
        self._encoded = encoded

    def encode(self, texts: Sequence[str]) -> Any:
        self._encoded += [(self.model_part, text) for text in texts]
        return super().encode(texts)


@dataclass(frozen=True)
class Knobs:
    """Settings that histories change. stores: names of vector stores, the source of truth first.

    revisions: of the five assets' code, whose output stays the same.
    """

    chunk_tokens: int = 128
    model: str = "hash"
    programs: str = ""
    keep_old_vectors: bool = False
    stores: tuple[str, ...] = ("one",)
    revisions: tuple[int, ...] = (1,) * len(recipe.ASSETS)


@dataclass
class Process:
    """One process of an ingest or a reader, with stores of its own over what is kept.

    encoded: (model part, text) of all that was encoded.
    """

    settings: Settings
    stores: bootstrap.Stores
    encoded: list[tuple[str, str]]


class Index:
    """What is kept between processes. Subclasses hold the stores themselves."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.reports = folder, KeptReports()
        self._ingests = count(1)

    def new_id(self) -> str:
        return f"ingest-{next(self._ingests):06}"

    @contextmanager
    def process(self, knobs: Knobs, fuse: Fuse | None = None) -> Iterator[Process]:
        """bootstrap opens this index; the code versions are those of the knobs."""
        settings = settings_of(self.folder, knobs)
        with pytest.MonkeyPatch.context() as patch:
            for asset, revision in zip(recipe.ASSETS, knobs.revisions, strict=True):
                patch.setitem(recipe.CODE_VERSIONS, asset, str(revision))
            encoded: list[tuple[str, str]] = []
            patch.setattr(adapter_factory, "embedder", partial(embedder_of, encoded=encoded))
            stores = replace(self.open(settings, knobs), embedder=embedder_of(settings, encoded))
            if fuse:
                stores = on_fuse(stores, fuse)
            patch.setattr(bootstrap, "open_stores", lambda _: stores)
            yield Process(settings, stores, encoded)

    def open(self, settings: Settings, knobs: Knobs) -> bootstrap.Stores:
        raise NotImplementedError

    def wipe(self, store: str) -> None:
        """store: graph, vectors, artifacts or dagster, whose storage is all that Dagster would keep."""
        raise NotImplementedError

    def back_up(self, store: str) -> Callable[[], None]:
        """Of the graph or the vectors; what to call to have the store again as it is now."""
        raise NotImplementedError

    def forget_document(self, knobs: Knobs, document_id: str) -> None:
        """Its node alone, as somebody at a query console would delete it."""
        raise NotImplementedError


@lru_cache(100)
def settings_of(folder: Path, knobs: Knobs) -> Settings:
    return Settings(
        wekadocs_home=folder / "data",
        reports_dir=folder / "reports",
        embedding_model=knobs.model,
        chunk_tokens=knobs.chunk_tokens,
        vocabulary_programs=knobs.programs,
        keep_old_vectors=knobs.keep_old_vectors,
        max_document_mb=MEGABYTES,
    )


def embedder_of(settings: Settings, encoded: list[tuple[str, str]]) -> NotingEmbedder:
    """`hash`, or `hash-16` with so many dimensions."""
    return NotingEmbedder(int(settings.embedding_model.partition("-")[2] or 64), encoded)


def on_fuse(stores: bootstrap.Stores, fuse: Fuse) -> bootstrap.Stores:
    if fuse.mirrors:
        first, *others = stores.vectors
        return replace(stores, vectors=(first, *(Mortal(store, fuse) for store in others)))
    return replace(
        stores,
        graph=Mortal(stores.graph, fuse),
        vectors=tuple(Mortal(store, fuse) for store in stores.vectors),
        artifacts=Mortal(stores.artifacts, fuse),
        embedder=Mortal(stores.embedder, fuse),
    )


class InMemoryIndex(Index):
    """Fast, and with two vector stores."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.graph = InMemoryGraph()
        self.artifacts = InMemoryArtifacts()
        self.vectors: dict[str, InMemoryVectors] = {}

    def open(self, settings: Settings, knobs: Knobs) -> bootstrap.Stores:
        for name in knobs.stores:
            store = self.vectors.setdefault(name, InMemoryVectors())
            store.engine = name
        vectors = tuple(self.vectors[name] for name in knobs.stores)
        return bootstrap.Stores(
            graph=self.graph, vectors=vectors, artifacts=self.artifacts, embedder=HashEmbedder(), lock=FreeLock()
        )

    def wipe(self, store: str) -> None:
        if store == "graph":
            self.graph = InMemoryGraph()
        elif store == "artifacts":
            self.artifacts = InMemoryArtifacts()
        elif store == "vectors":
            self.vectors = {}
        else:
            shutil.rmtree(self.folder / "data" / store, ignore_errors=True)

    def back_up(self, store: str) -> Callable[[], None]:
        kept = copy.deepcopy(getattr(self, store))
        return lambda: setattr(self, store, copy.deepcopy(kept))

    def forget_document(self, knobs: Knobs, document_id: str) -> None:
        self.graph._drop_nodes({("Document", document_id)})
        self.graph._ledger.pop(document_id, None)


class EmbeddedIndex(Index):
    """Ladybug, edge and a folder of artifacts: each process opens them anew."""

    def open(self, settings: Settings, knobs: Knobs) -> bootstrap.Stores:
        bootstrap.adapters_of.cache_clear()
        return bootstrap.open_stores.__wrapped__(settings)

    def wipe(self, store: str) -> None:
        for path in self._paths(store):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def back_up(self, store: str) -> Callable[[], None]:
        kept = self.folder / uuid.uuid4().hex
        _copy(self._paths(store), kept)

        def restore() -> None:
            self.wipe(store)
            _copy(list(kept.iterdir()), self.folder / "data")

        return restore

    def forget_document(self, knobs: Knobs, document_id: str) -> None:
        with self.process(knobs) as process:
            statement = "MATCH (d:Document {id: $key}) DETACH DELETE d"
            process.stores.graph._write(lambda run: run(statement, key=document_id))

    def _paths(self, store: str) -> list[Path]:
        return list((self.folder / "data").glob("graph.lbug*" if store == "graph" else store))


def _copy(paths: Sequence[Path], to: Path) -> None:
    to.mkdir(exist_ok=True)
    for path in paths:
        shutil.copytree(path, to / path.name) if path.is_dir() else shutil.copy2(path, to / path.name)
