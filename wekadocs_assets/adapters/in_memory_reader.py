"""What answers read of the graph in memory, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from wekadocs_assets.core.graph import rows
from wekadocs_assets.core.graph.schema import EDGES, EdgeType
from wekadocs_assets.core.ports import Row
from wekadocs_assets.core.search.graph_reader import GraphReader


class InMemoryReader(GraphReader):
    """nodes: rows of a label by id; edges: rows of a type, of one tag or (None) of all."""

    def __init__(
        self, nodes: Callable[[str], dict[str, Row]], edges: Callable[[EdgeType, str | None], list[Row]]
    ) -> None:
        self._nodes, self._edges = nodes, edges

    def nodes(self, label: str, ids: Sequence[str]) -> dict[str, Row]:
        return {key: dict(self._nodes(label)[key]) for key in ids if key in self._nodes(label)}

    def edges(self, edge: EdgeType, ids: Sequence[str], *, leaving: bool = True) -> list[Row]:
        end, wanted = "from_id" if leaving else "to_id", set(ids)
        found = [row for row in self._edges(edge, None) if row[end] in wanted]
        return sorted(found, key=lambda row: rows.edge_key(edge, row))

    def named(self, kind: str, names: Sequence[str], tag: str = "") -> list[Row]:
        return [row for row in self._of(kind, tag) if row["name"] in names]

    def like(self, kind: str, text: str, tag: str, limit: int) -> list[Row]:
        return [row for row in self._of(kind, tag) if text.lower() in row["name"].lower()][:limit]

    def mentioning(self, kind: str, tag: str = "") -> list[str]:
        found = self._edges(EDGES["MENTIONS", "Section", kind], tag or None)
        return sorted({row["from_id"] for row in found})

    def documents(self, tag: str = "", prefix: str = "") -> list[Row]:
        found = (row for row in self._nodes("Document").values() if row["source_uri"].startswith(prefix))
        return _sorted((row for row in found if tag in ("", row["tag"])), "tag", "source_uri")

    def _of(self, kind: str, tag: str) -> list[Row]:
        return _sorted((row for row in self._nodes(kind).values() if tag in ("", row["tag"])), "name", "id")


def _sorted(found: Iterable[Row], *by: str) -> list[Row]:
    return sorted(map(dict, found), key=lambda row: tuple(row[name] for name in by))
