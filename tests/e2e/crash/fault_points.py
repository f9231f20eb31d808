"""Named places in every store's write path at which an ingest is killed: made from outside, by wrapping what is called there.

A wrapped function that is not there any more is an AttributeError at the start: a fault point never goes missing silently.
"""

from __future__ import annotations

import functools
import importlib
import os
import pathlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

At = Callable[[str], None]
GRAPH_WRITES = (
    "open", "apply", "write_chunks", "delete_sections", "purge", "save_collection", "write_ledger", "write_links",
    "activate",
)  # fmt: skip
VECTOR_WRITES = ("open", "upsert", "delete", "drop")
SMALL_BATCH = 4
"""Points that the vector stores take at once under test, so that one document is several batches."""
FILES = {
    "artifacts/parsed_documents": "artifact of parsed_documents",
    "artifacts/extracted_entities": "artifact of extracted_entities",
    "artifacts/section_embeddings": "artifact of section_embeddings",
    "artifacts/ingests": "the ingest's plan",
    "artifacts/stage_records": "a stage's record",
    "/reports/": "a report",
}
"""Part of a path that a file is renamed to -> what it is."""
ADAPTERS, DEFS = "wekadocs_assets.adapters", "wekadocs_assets.defs"
WRAPPED = {
    "an artifact deleted": (f"{ADAPTERS}.files.artifact_store", "_Folder.delete"),
    "edge: shards closed": (f"{ADAPTERS}.qdrant.edge", "EdgeVectors._close"),
    "ladybug: opened": (f"{ADAPTERS}.ladybug.session", "LadybugSession._open"),
    "ladybug: closed": (f"{ADAPTERS}.ladybug.session", "LadybugSession.close"),
    "lease: taken": (f"{ADAPTERS}.neo4j.lease", "Leases._acquire"),
    "lease: released": (f"{ADAPTERS}.neo4j.lease", "Leases._release"),
    "dagster: event stored": (f"{DEFS}.instance", "KeptConnections.store_event"),
    "dagster: partitions added": (f"{DEFS}.instance", "KeptConnections.add_dynamic_partitions"),
    "dagster: partition deleted": (f"{DEFS}.instance", "KeptConnections.delete_dynamic_partition"),
    "dagster: run added": ("dagster._core.storage.runs.sqlite.sqlite_run_storage", "SqliteRunStorage.add_run"),
    "dagster: run's state changed": (
        "dagster._core.storage.runs.sqlite.sqlite_run_storage", "SqliteRunStorage.handle_run_event",
    ),
    "a run of the ingest": (f"{DEFS}.launch", "_execute"),
    "start of an ingest remembered": (f"{DEFS}.ingest_session", "start"),
    "switch finished": ("wekadocs_assets.core.stages.clean_up", "finish_switch"),
    "finish of an ingest remembered": ("wekadocs_assets.core.stages.conclude", "finish"),
}  # fmt: skip
"""What happens -> module and function; killed before and after it."""
WANTS = {
    "an artifact deleted": "delete", "dagster: partition deleted": "delete", "graph purge": "delete",
    "vectors delete": "remove", "edge: delete": "remove", "graph delete_sections": "remove", "graph write_links": "new",
    "dagster: partitions added": "new", "graph apply": "edit", "graph write_chunks": "edit", "vectors upsert": "edit",
    "edge: upsert": "edit", "artifact of": "edit", "graph open": "first", "vectors open": "switch", "vectors drop": "switch",
    "graph activate": "switch", "edge: a version": "switch", "graph write_ledger": "switch",
}  # fmt: skip
"""Beginning of a point's name -> the action without which an ingest would not come there ('first': on empty stores)."""


@dataclass(frozen=True)
class FaultPoint:
    """wants: an action of the corpus, 'switch' (of CHUNK_TOKENS), 'first', or '' when every ingest with work comes there."""

    name: str
    wants: str


def fault_points(graph: str, vectors: tuple[str, ...]) -> list[FaultPoint]:
    """Those that an ingest with these engines ('ladybug' | 'neo4j'; 'edge', 'neo4j') can come to."""
    absent = ["lease: " if graph == "ladybug" else "ladybug: ", *(() if "edge" in vectors else ("edge: ",))]
    names = [f"{kind}: {when}" for kind in FILES.values() for when in ("before its rename", "after its rename")]
    there = [what for what in WRAPPED if not what.startswith(tuple(absent))]
    names += [f"{when}: {what}" for what in there for when in ("before", "after")]
    for method in GRAPH_WRITES:
        names += [f"graph {method}: {when}" for when in ("before a statement", "before commit", "after commit")]
    if "edge" in vectors:
        steps = ("before an update", "after an update", "after the flush")
        names += [f"edge: {method}: {step}" for method in ("upsert", "delete") for step in steps]
        names += ["edge: a version made, not in its place", "edge: a version in its place", "edge: a version set aside"]
    if "neo4j" in vectors:
        names += [f"vectors {m}: {when}" for m in VECTOR_WRITES for when in ("before a statement", "after commit")]
    return [FaultPoint(name, _wants(name)) for name in names]


def _wants(name: str) -> str:
    bare = name.removeprefix("before: ").removeprefix("after: ")
    return next((action for beginning, action in WANTS.items() if bare.startswith(beginning)), "")


def install(at: At, graph: str, vectors: tuple[str, ...]) -> None:
    """Wraps this process's functions for good: for a forked child that ends with its ingest."""
    known = {point.name for point in fault_points(graph, vectors)}

    def come_by(name: str) -> None:
        if name in known:
            at(name)

    for what, (module, path) in WRAPPED.items():
        _wrap(
            *_found(module, path), before=_saying(come_by, f"before: {what}"), after=_saying(come_by, f"after: {what}")
        )
    _wrap_renames(come_by)
    _wrap_graph(come_by, graph)
    _wrap_edge(come_by)
    if "neo4j" in (graph, *vectors):
        _wrap_neo4j(come_by)


def _saying(at: At, name: str) -> Callable[[], None]:
    return lambda: at(name)


def _found(module: str, path: str) -> tuple[Any, str]:
    """The object that holds the function, and its name there."""
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    getattr(owner, name)
    return owner, name


def _wrap(owner: Any, name: str, before: Callable[[], None], after: Callable[[], None]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        before()
        result = original(*arguments, **options)
        after()
        return result

    setattr(owner, name, wrapped)


def _wrap_renames(at: At) -> None:
    """Files and folders that are made beside and put in their place."""
    replace, rename = os.replace, pathlib.Path.rename

    def replaced(source: Any, target: Any, **options: Any) -> None:
        kind = next((kind for part, kind in FILES.items() if part in str(target)), "")
        at(f"{kind}: before its rename")
        replace(source, target, **options)
        at(f"{kind}: after its rename")

    def renamed(self: pathlib.Path, target: Any) -> pathlib.Path:
        if self.name.startswith(".new-"):
            at("edge: a version made, not in its place")
        moved = rename(self, target)
        at("edge: a version in its place" if self.name.startswith(".new-") else "edge: a version set aside")
        return moved

    os.replace, pathlib.Path.rename = replaced, renamed


class _Doing(threading.local):
    """Which method of a store is at work in this thread; told to the statements that run within it."""

    def __init__(self) -> None:
        self._methods: list[str] = []

    @property
    def now(self) -> str:
        return self._methods[-1] if self._methods else ""

    def follow(self, owner: Any, names: tuple[str, ...], kind: str) -> None:
        for name in names:
            original = getattr(owner, name)

            def followed(*arguments: Any, _call: Any = original, _name: str = f"{kind} {name}", **options: Any) -> Any:
                with self._within(_name):
                    return _call(*arguments, **options)

            setattr(owner, name, functools.wraps(original)(followed))

    @contextmanager
    def _within(self, name: str) -> Iterator[None]:
        self._methods.append(name)
        try:
            yield
        finally:
            self._methods.pop()


DOING = _Doing()


def _wrap_graph(at: At, graph: str) -> None:
    from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
    from wekadocs_assets.adapters.ladybug.session import LadybugSession
    from wekadocs_assets.adapters.neo4j.graph import Neo4jGraph

    DOING.follow(Neo4jGraph if graph == "neo4j" else LadybugGraph, GRAPH_WRITES, "graph")
    if graph == "neo4j":
        return
    run = LadybugSession.run

    def watched(self: LadybugSession, statement: str, **parameters: Any) -> Any:
        committing = statement == "COMMIT"
        if self._writable and statement != "BEGIN TRANSACTION":
            at(f"{DOING.now}: before {'commit' if committing else 'a statement'}")
        found = run(self, statement, **parameters)
        if committing:
            at(f"{DOING.now}: after commit")
        return found

    LadybugSession.run = watched


def _wrap_neo4j(at: At) -> None:
    """Graph and vectors alike: each write is a managed transaction of one session."""
    from wekadocs_assets.adapters.neo4j import vectors as neo4j_vectors
    from wekadocs_assets.adapters.neo4j.session import Neo4jSession

    neo4j_vectors.BATCH = SMALL_BATCH
    DOING.follow(neo4j_vectors.Neo4jVectors, VECTOR_WRITES, "vectors")
    write = Neo4jSession.write

    def watched(self: Neo4jSession, work: Any, **options: Any) -> Any:
        def watched_work(run: Any) -> Any:
            def watched_run(statement: str, **parameters: Any) -> Any:
                at(f"{DOING.now}: before a statement")
                return run(statement, **parameters)

            result = work(watched_run)
            at(f"{DOING.now}: before commit")
            return result

        result = write(self, watched_work, **options)
        at(f"{DOING.now}: after commit")
        return result

    Neo4jSession.write = watched


def _wrap_edge(at: At) -> None:
    from wekadocs_assets.adapters.qdrant import edge as edge_vectors

    edge_vectors.BATCH = SMALL_BATCH
    DOING.follow(edge_vectors.EdgeVectors, ("upsert", "delete"), "edge:")
    opened = edge_vectors.EdgeVectors._shard

    def watched(self: edge_vectors.EdgeVectors, version: str) -> Any:
        shard = opened(self, version)
        return shard and _WatchedShard(shard, at)

    edge_vectors.EdgeVectors._shard = watched


class _WatchedShard:
    """A shard of the engine, which lets no method of its own be replaced."""

    def __init__(self, shard: Any, at: At) -> None:
        self._shard, self._at = shard, at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shard, name)

    def update(self, operation: Any) -> None:
        self._at(f"{DOING.now}: before an update")
        self._shard.update(operation)
        self._at(f"{DOING.now}: after an update")

    def flush(self) -> None:
        self._shard.flush()
        self._at(f"{DOING.now}: after the flush")
