"""The answers of the tools as Pydantic models, from which clients get an output schema with descriptions."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Direction = Literal["out", "in"]


class Place(BaseModel):
    """A section and its position in the documentation."""

    section_id: str = Field(description="The section's id, for get_section and traverse.")
    document_id: str = Field(description="The document's id, for get_document_outline and traverse.")
    tag: str = Field(description="The collection.")
    source_uri: str = Field(description="The document's path in its collection.")
    document_title: str
    title: str = Field(description="The section's heading.")
    heading_path: list[str] = Field(description="Headings from the page's title down to this section's.")
    anchor: str = Field(description="Fragment of the heading's URL; '' for the text before the first heading.")
    url: str = Field(default="", description="URL of the published section; '' if no base URL is configured.")


class Quote(BaseModel):
    """A part of a section's text, word for word."""

    quote: str = Field(description="The quoted text.")
    start: int = Field(description="Offset in the section's text, in characters.")
    end: int = Field(description="Offset of the end, exclusive.")


class Neighbour(BaseModel):
    """A section next to another one: parent, previous, next or below."""

    section_id: str
    title: str


class MentionedEntity(BaseModel):
    """An entity that a section mentions."""

    id: str = Field(description="The entity's id, for traverse.")
    kind: str
    name: str
    role: Literal["defines", "uses"] = Field(description="Whether the section defines or uses the entity.")
    asked: bool = Field(default=False, description="Whether the question contains the entity's name.")


class Steps(BaseModel):
    """A procedure with its steps in order."""

    id: str = Field(description="The procedure's id, for traverse.")
    name: str
    steps: list[str]


class SearchResult(Place):
    """A section that answers a question."""

    score: float = Field(
        description="Sum of the semantic and the lexical score; higher is better, above 1 if both rank the section high."
    )
    snippet: str
    evidence: list[Quote] = Field(description="Sentences that answer the question, word for word.")
    entities: list[MentionedEntity] = Field(
        description="At most 12 entities: first those named in the question, then those that the section defines."
    )
    procedures: list[Steps]
    parent: Neighbour | None = None
    next: Neighbour | None = None


class SearchAnswer(BaseModel):
    """Answer of search_documentation."""

    query: str
    confidence: float = Field(description="Probability that the first result is correct; 0 without results.")
    results: list[SearchResult] = Field(description="The best result first.")
    reason: str = Field(default="", description="Why there is no result.")
    notes: list[str] = Field(default=[], description="Remarks on the state of the index, such as a running ingest.")
    timings_ms: dict[str, float] = Field(default={}, description="Milliseconds by stage of the search.")


class SectionAnswer(Place):
    """Answer of get_section: a section with its whole text."""

    level: int = Field(description="Level of the heading from 1; 0 for the text before the first heading.")
    text: str = Field(description="The whole text under this heading, up to the next heading.")
    entities: list[MentionedEntity]
    procedures: list[Steps]
    parent: Neighbour | None = None
    previous: Neighbour | None = None
    next: Neighbour | None = None
    subsections: list[Neighbour] = Field(default=[], description="Sections directly below this heading.")


class OutlineEntry(BaseModel):
    """A section in an outline."""

    section_id: str
    level: int
    title: str
    anchor: str
    characters: int = Field(description="Length of the section's text.")


class OutlineAnswer(BaseModel):
    """Answer of get_document_outline."""

    document_id: str
    tag: str
    source_uri: str
    source_type: str
    title: str
    description: str
    last_edited: str
    resource: str = Field(description="URI of the MCP resource with the document's whole text.")
    sections_total: int
    offset: int = Field(description="How many sections before the first one listed.")
    sections: list[OutlineEntry] = Field(description="In reading order, starting at offset.")


class Parameter(BaseModel):
    """A parameter of a command, as one section describes it."""

    id: str
    kind: Literal["Parameter", "Configuration"]
    name: str
    required: bool
    default: str = Field(description="Default value; '' if the section gives none.")
    type: str = Field(description="Type of the value; '' if the section gives none.")
    section_id: str = Field(description="The section that describes the parameter.")


class GraphNode(BaseModel):
    """A node of the knowledge graph."""

    id: str
    label: str
    name: str = Field(description="Title, name or instruction, cut to 300 characters.")
    tag: str
    source_uri: str = Field(default="", description="Only for documents; else ''.")


class EntityMention(Place):
    """A section that mentions an entity."""

    role: Literal["defines", "uses"]


class EntityFacts(BaseModel):
    """An entity and what the graph connects with it."""

    id: str
    kind: str
    tag: str
    name: str
    parameters: list[Parameter] = Field(description="Parameters of a command; empty for other kinds.")
    commands: list[GraphNode] = Field(description="Commands that take this parameter or option.")
    executed_by: list[Steps] = Field(description="Procedures with a step that executes this command.")
    resolved_by: list[Steps] = Field(description="Procedures that resolve this error.")
    mentions_total: int = Field(description="Number of sections that mention the entity.")
    mentions: list[EntityMention] = Field(description="At most 20 sections, first those that define the entity.")


class EntityAnswer(BaseModel):
    """Answer of find_entity."""

    match: Literal["exact", "contains", "none"] = Field(
        description="exact: entities with this name; contains: entities whose name contains it; none: no entity."
    )
    entities: list[EntityFacts]
    reason: str = Field(default="", description="Why there is no entity.")


class TraversedNode(GraphNode):
    """A node that a traversal reached, and the edge by which it was reached."""

    hops: int = Field(description="Number of edges from the start node.")
    edge: str = Field(description="Type of the edge by which the node was reached.")
    direction: Direction = Field(
        description="out: the edge points from from_id to this node; in: from this node to from_id."
    )
    from_id: str = Field(description="The node at the other end of the edge.")


class TraverseAnswer(BaseModel):
    """Answer of traverse."""

    start: GraphNode
    nodes: list[TraversedNode] = Field(description="The nearest first; each node once.")
    complete: bool = Field(description="False if there are more nodes than the limit.")


class CollectionStatus(BaseModel):
    """The state of one collection."""

    tag: str
    documents: int
    points: int = Field(description="Number of searchable chunks of the active embedding version.")
    unfinished_ingest: str = Field(
        default="", description="Id of an ingest that started and did not finish; '' if none."
    )
    last_ingest: str = Field(default="", description="Id of the last finished ingest; '' if none.")
    last_ingest_utc: str = Field(default="", description="When the last ingest finished; '' if its report is missing.")


class IndexStatus(BaseModel):
    """Answer of index_status: the state of the whole index."""

    embedding_version: str = Field(description="The active embedding version; '' before the first ingest.")
    documents: int
    points: int = Field(description="Number of searchable chunks of the active embedding version.")
    collections: list[CollectionStatus]
    last_ingest_utc: str = Field(default="", description="When the newest ingest finished, from its report.")
    ready_for_queries: bool | None = Field(
        default=None, description="Whether the last ingest of every collection found it ready; null if not checked."
    )
    ready_reason: str = Field(default="", description="Why the index is not ready.")
