"""What answers need of the graph: nodes and edges by id, entities by name, places by tag; reads alone, in small bites."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from wekadocs_assets.core.graph.schema import EdgeType
from wekadocs_assets.core.models import Row

FEWEST_TOKENS = 12
"""Of a section that has some text."""


class GraphReader(ABC):
    """Rows are those of core/graph/rows.py: every column of the label, `from_id` and `to_id` beside an edge's properties.

    tag: of this collection alone; '': of any. What is not there is absent from the answer.
    """

    @abstractmethod
    def nodes(self, label: str, ids: Sequence[str]) -> dict[str, Row]:
        """By id; of documents their facts alone, and only those that came through."""

    @abstractmethod
    def edges(self, edge: EdgeType, ids: Sequence[str], *, leaving: bool = True) -> list[Row]:
        """Edges of this type that leave (or enter) the nodes, sorted by their key."""

    @abstractmethod
    def mentions(self, kind: str, section_ids: Sequence[str]) -> list[Row]:
        """What the sections mention of the kind: section_id, id, name, role; once for each occurrence."""

    @abstractmethod
    def named(self, kind: str, names: Sequence[str], tag: str = "") -> list[Row]:
        """Entities of the kind with exactly these canonical names, sorted by name and id."""

    @abstractmethod
    def like(self, kind: str, text: str, tag: str, limit: int) -> list[Row]:
        """Entities of the kind whose name holds the text, in any case, sorted by name and id."""

    @abstractmethod
    def mentioning(self, kind: str, tag: str = "") -> list[str]:
        """Ids of all sections that mention an entity of the kind, sorted."""

    @abstractmethod
    def once_titled(self, tag: str, limit: int) -> list[str]:
        """Ids of sections whose title no other section of the tag has, and which have some text, smallest first."""

    @abstractmethod
    def unreached(self, kind: str, tag: str) -> int:
        """How many entities of the kind no mention and no derived edge touches."""

    @abstractmethod
    def empty_documents(self, tag: str) -> list[str]:
        """source_uri of documents that came through and have no section, sorted."""

    @abstractmethod
    def documents(self, tag: str = "", prefix: str = "") -> list[Row]:
        """Facts of the documents whose source_uri begins so, sorted by tag and source_uri."""
