"""The graph as searches and answers read it: nodes and edges by id, entities by name, sections by tag.

What is here: one read-only port and the types of the rows that it returns. Add a question about the graph here as a
method, with the same answer from every adapter (tests/contract/test_graph_reader.py). Writes belong to stores.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict, overload

from wekadocs_assets.core.graph.schema import EdgeType
from wekadocs_assets.core.models import Role

FEWEST_TOKENS = 12
"""A section with fewer tokens counts as one without text."""


AnyRow = Mapping[str, object]
"""A node of a label that is known only at run time; its keys are the columns of the label in core/graph/schema.py."""


class DocumentRow(TypedDict):
    """A document's facts, without its ledger."""

    id: str
    tag: str
    source_uri: str
    source_type: str
    title: str
    description: str
    last_edited: str


class SectionRow(TypedDict):
    """heading_path and links: JSON lists of strings. order: position in the document, from 0."""

    id: str
    tag: str
    document_id: str
    parent_id: str
    level: int
    title: str
    heading_path: str
    anchor: str
    order: int
    text: str
    checksum: str
    tokens: int
    links: str


class EntityRow(TypedDict):
    """section_id: of kinds that belong to one section; order, instruction: of a Step."""

    id: str
    tag: str
    kind: str
    name: str
    section_id: NotRequired[str]
    order: NotRequired[int]
    instruction: NotRequired[str]


class ChunkRow(TypedDict):
    """start, end: character span in the section's text."""

    id: str
    tag: str
    section_id: str
    document_id: str
    order: int
    start: int
    end: int
    checksum: str
    tokens: int
    embedding_version: str


class MentionRow(TypedDict):
    """One occurrence of an entity in a section; id and name: of the entity."""

    section_id: str
    id: str
    name: str
    role: Role


class EdgeRow(TypedDict):
    """Any edge: its two ends, and the properties of its type (core/graph/schema.py)."""

    from_id: str
    to_id: str
    order: NotRequired[int]
    anchor: NotRequired[str]
    start: NotRequired[int]
    end: NotRequired[int]
    role: NotRequired[Role]
    source_section_id: NotRequired[str]
    derived_from_section_id: NotRequired[str]
    confidence: NotRequired[float]
    required: NotRequired[bool]
    default: NotRequired[str]
    type: NotRequired[str]


class GraphReader(ABC):
    """tag: restricts the answer to one collection; '': all collections. Unknown ids are absent from the answer."""

    @overload
    def nodes(self, label: Literal["Document"], ids: Sequence[str]) -> dict[str, DocumentRow]: ...
    @overload
    def nodes(self, label: Literal["Section"], ids: Sequence[str]) -> dict[str, SectionRow]: ...
    @overload
    def nodes(self, label: Literal["Chunk"], ids: Sequence[str]) -> dict[str, ChunkRow]: ...
    @overload
    def nodes(
        self, label: Literal["Command", "Parameter", "Configuration", "Procedure", "Step"], ids: Sequence[str]
    ) -> dict[str, EntityRow]: ...
    @overload
    def nodes(self, label: str, ids: Sequence[str]) -> Mapping[str, AnyRow]: ...

    @abstractmethod
    def nodes(self, label: str, ids: Sequence[str]) -> object:
        """Nodes by id. Documents come without their ledger, and only those that have been parsed."""

    @abstractmethod
    def edges(self, edge: EdgeType, ids: Sequence[str], *, leaving: bool = True) -> list[EdgeRow]:
        """Edges of this type that leave (or enter) the nodes, sorted by their key."""

    @abstractmethod
    def mentions(self, kind: str, section_ids: Sequence[str]) -> list[MentionRow]:
        """Every occurrence of an entity of the kind in the sections."""

    @abstractmethod
    def named(self, kind: str, names: Sequence[str], tag: str = "") -> list[EntityRow]:
        """Entities of the kind with exactly these canonical names, sorted by name and id."""

    @abstractmethod
    def like(self, kind: str, text: str, tag: str, limit: int) -> list[EntityRow]:
        """Entities of the kind whose name contains the text, ignoring case, sorted by name and id."""

    @abstractmethod
    def mentioning(self, kind: str, tag: str = "") -> list[str]:
        """Ids of all sections that mention an entity of the kind, sorted."""

    @abstractmethod
    def once_titled(self, tag: str, limit: int) -> list[str]:
        """Ids of sections with a title that is unique in the collection and at least FEWEST_TOKENS tokens, sorted."""

    @abstractmethod
    def unreached(self, kind: str, tag: str) -> int:
        """Number of entities of the kind without a mention or a derived edge."""

    @abstractmethod
    def empty_documents(self, tag: str) -> list[str]:
        """source_uri of parsed documents without a section, sorted."""

    @abstractmethod
    def documents(self, tag: str = "", prefix: str = "") -> list[DocumentRow]:
        """Documents whose source_uri starts with the prefix, sorted by tag and source_uri."""
