"""`GraphReader` in Cypher: the questions of searches and answers, for any engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from wekadocs_assets.adapters.cypher import reader_statements, statements
from wekadocs_assets.adapters.cypher.batches import Row, Run, over_ids
from wekadocs_assets.core.graph import rows
from wekadocs_assets.core.graph.schema import EdgeType
from wekadocs_assets.core.ports.graph_reader import (
    FEWEST_TOKENS,
    DocumentRow,
    EdgeRow,
    EntityRow,
    GraphReader,
    MentionRow,
)

Read = Callable[[Callable[[Run], list[Row]]], list[Row]]
"""Runs a function in one transaction and returns its rows."""


class CypherReader(GraphReader):
    """few: up to this many ids are queried one by one, for an engine where that is cheaper than one list."""

    def __init__(self, read: Read, few: int) -> None:
        self._read, self._few = read, few

    def nodes(self, label: str, ids: Sequence[str]) -> Any:
        found = self._read(lambda run: over_ids(run, statements.nodes_by_id(label), ids))
        return {row["id"]: row for row in found if row.get("source_type") != ""}

    def edges(self, edge: EdgeType, ids: Sequence[str], *, leaving: bool = True) -> list[EdgeRow]:
        def work(run: Run) -> list[Row]:
            if len(wanted) <= self._few:
                return [row for key in wanted for row in run(reader_statements.edges(edge, leaving, True), id=key)]
            return over_ids(run, reader_statements.edges(edge, leaving, False), wanted)

        wanted = sorted(set(ids))
        return cast(list[EdgeRow], sorted(self._read(work), key=lambda row: rows.edge_key(edge, row)))

    def mentions(self, kind: str, section_ids: Sequence[str]) -> list[MentionRow]:
        def work(run: Run) -> list[Row]:
            if len(wanted) <= self._few:
                return [row for key in wanted for row in run(reader_statements.mentions(kind, True), id=key)]
            return over_ids(run, reader_statements.mentions(kind, False), wanted)

        wanted = sorted(set(section_ids))
        return cast(list[MentionRow], self._read(work))

    def named(self, kind: str, names: Sequence[str], tag: str = "") -> list[EntityRow]:
        return self._sorted(reader_statements.named(kind, bool(tag)), tag, names=sorted(set(names))) if names else []

    def like(self, kind: str, text: str, tag: str, limit: int) -> list[EntityRow]:
        return self._sorted(reader_statements.like(kind, bool(tag)), tag, text=text.lower(), limit=limit)

    def mentioning(self, kind: str, tag: str = "") -> list[str]:
        return sorted(row["id"] for row in self._run(reader_statements.mentioning(kind, bool(tag)), tag))

    def once_titled(self, tag: str, limit: int) -> list[str]:
        found = self._run(reader_statements.ONCE_TITLED, tag, tokens=FEWEST_TOKENS, limit=limit)
        return [row["id"] for row in found]

    def unreached(self, kind: str, tag: str) -> int:
        return sum(row["n"] for row in self._run(reader_statements.count_unreached(kind), tag))

    def empty_documents(self, tag: str) -> list[str]:
        return sorted(row["source_uri"] for row in self._run(reader_statements.EMPTY_DOCUMENTS, tag))

    def documents(self, tag: str = "", prefix: str = "") -> list[DocumentRow]:
        found = self._run(reader_statements.documents(bool(tag)), tag, prefix=prefix)
        return cast(list[DocumentRow], sorted(found, key=lambda row: (row["tag"], row["source_uri"])))

    def _sorted(self, statement: str, tag: str, **parameters: Any) -> list[EntityRow]:
        found = self._run(statement, tag, **parameters)
        return cast(list[EntityRow], sorted(found, key=lambda row: (row["name"], row["id"])))

    def _run(self, statement: str, tag: str, **parameters: Any) -> list[Row]:
        of_tag = {"tag": tag} if tag else {}
        return self._read(lambda run: run(statement, **parameters, **of_tag))
