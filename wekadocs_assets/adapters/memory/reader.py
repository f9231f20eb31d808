"""`GraphReader` in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from wekadocs_assets.core.graph import rows
from wekadocs_assets.core.graph.schema import EDGES, EdgeType, edges_at
from wekadocs_assets.core.ports.graph_reader import FEWEST_TOKENS, GraphReader

Row = dict[str, Any]
"""The properties of one node or edge by name."""


class InMemoryReader(GraphReader):
    """nodes: label -> rows by id; edges: (type, tag) -> rows, of all tags for None."""

    def __init__(
        self, nodes: Callable[[str], dict[str, Row]], edges: Callable[[EdgeType, str | None], list[Row]]
    ) -> None:
        self._nodes, self._edges = nodes, edges

    def nodes(self, label: str, ids: Sequence[str]) -> Any:
        return {key: dict(self._nodes(label)[key]) for key in ids if key in self._nodes(label)}

    def edges(self, edge: EdgeType, ids: Sequence[str], *, leaving: bool = True) -> list[Any]:
        end, wanted = "from_id" if leaving else "to_id", set(ids)
        found = [row for row in self._edges(edge, None) if row[end] in wanted]
        return sorted(found, key=lambda row: rows.edge_key(edge, row))

    def mentions(self, kind: str, section_ids: Sequence[str]) -> list[Any]:
        nodes = self._nodes(kind)
        return [
            {"section_id": row["from_id"], "id": row["to_id"], "name": nodes[row["to_id"]]["name"], "role": row["role"]}
            for row in self.edges(EDGES["MENTIONS", "Section", kind], section_ids)
        ]

    def named(self, kind: str, names: Sequence[str], tag: str = "") -> list[Any]:
        return [row for row in self._of(kind, tag) if row["name"] in names]

    def like(self, kind: str, text: str, tag: str, limit: int) -> list[Any]:
        return [row for row in self._of(kind, tag) if text.lower() in row["name"].lower()][:limit]

    def mentioning(self, kind: str, tag: str = "") -> list[str]:
        found = self._edges(EDGES["MENTIONS", "Section", kind], tag or None)
        return sorted({row["from_id"] for row in found})

    def once_titled(self, tag: str, limit: int) -> list[str]:
        sections = [row for row in self._nodes("Section").values() if row["tag"] == tag and row["title"]]
        titles = Counter(row["title"] for row in sections)
        once = (row["id"] for row in sections if titles[row["title"]] == 1 and row["tokens"] >= FEWEST_TOKENS)
        return sorted(once)[:limit]

    def unreached(self, kind: str, tag: str) -> int:
        reached = {
            row["from_id" if leaves else "to_id"] for edge, leaves in edges_at(kind) for row in self._edges(edge, None)
        }
        return sum(row["id"] not in reached for row in self._of(kind, tag))

    def empty_documents(self, tag: str) -> list[str]:
        attached = {row["from_id"] for row in self._edges(EDGES["HAS_SECTION", "Document", "Section"], tag)}
        return sorted(row["source_uri"] for row in self.documents(tag) if row["id"] not in attached)

    def documents(self, tag: str = "", prefix: str = "") -> list[Any]:
        found = (row for row in self._nodes("Document").values() if row["source_uri"].startswith(prefix))
        return _sorted((row for row in found if tag in ("", row["tag"])), "tag", "source_uri")

    def _of(self, kind: str, tag: str) -> list[Any]:
        return _sorted((row for row in self._nodes(kind).values() if tag in ("", row["tag"])), "name", "id")


def _sorted(found: Iterable[Row], *by: str) -> list[Any]:
    return sorted(map(dict, found), key=lambda row: tuple(row[name] for name in by))
