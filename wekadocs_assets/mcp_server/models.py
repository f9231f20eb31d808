"""What the tools answer: typed and described, so that clients get a schema of every answer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Direction = Literal["out", "in"]


class Place(BaseModel):
    """A section and where it stands."""

    section_id: str = Field(description="For get_section and traverse.")
    document_id: str = Field(description="For get_document_outline and traverse.")
    tag: str = Field(description="The collection.")
    source_uri: str = Field(description="The document's path in its collection.")
    document_title: str
    title: str = Field(description="The section's heading.")
    heading_path: list[str] = Field(description="Headings from the page's title down to this one.")
    anchor: str = Field(description="Of the heading within its page; '' for a page's beginning.")
    url: str = Field("", description="Where the section is published; '' where that is not configured.")


class Quote(BaseModel):
    quote: str = Field(description="An exact stretch of the section's text.")
    start: int = Field(description="Offset in the section's text, in characters.")
    end: int


class Neighbour(BaseModel):
    section_id: str
    title: str


class Mentioned(BaseModel):
    """An entity of a section."""

    id: str = Field(description="For traverse.")
    kind: str
    name: str
    role: Literal["defines", "uses"] = Field(description="What the section does with it.")
    asked: bool = Field(False, description="Its name stands in the question.")


class Steps(BaseModel):
    """A procedure with its steps in order."""

    id: str = Field(description="For traverse.")
    name: str
    steps: list[str]


class Found(Place):
    """A section that answers a question."""

    score: float = Field(description="Fused of meaning and words: higher is better; above 1 where both agree.")
    snippet: str
    evidence: list[Quote] = Field(description="Sentences that answer, word for word.")
    entities: list[Mentioned] = Field(description="At most 12: named in the question first, then defined here.")
    procedures: list[Steps]
    parent: Neighbour | None = None
    next: Neighbour | None = None


class SearchAnswer(BaseModel):
    query: str
    confidence: float = Field(description="Probability that the first result is right; 0 without one.")
    results: list[Found] = Field(description="Best first.")
    reason: str = Field("", description="Why there is no result.")
    notes: list[str] = Field(default=[], description="What to know of the index as it is now.")
    timings_ms: dict[str, float] = Field(default={}, description="Milliseconds by stage.")


class SectionAnswer(Place):
    """A whole section."""

    level: int
    text: str = Field(description="The whole text under this heading, up to the next heading.")
    entities: list[Mentioned]
    procedures: list[Steps]
    parent: Neighbour | None = None
    previous: Neighbour | None = None
    next: Neighbour | None = None
    subsections: list[Neighbour] = Field(default=[], description="Sections directly below this heading.")


class OutlineEntry(BaseModel):
    section_id: str
    level: int
    title: str
    anchor: str
    characters: int = Field(description="Length of the section's text.")


class OutlineAnswer(BaseModel):
    document_id: str
    tag: str
    source_uri: str
    source_type: str
    title: str
    description: str
    last_edited: str
    resource: str = Field(description="URI of the resource with the whole text.")
    sections_total: int
    offset: int
    sections: list[OutlineEntry] = Field(description="In reading order, from offset on.")


class Parameter(BaseModel):
    """A parameter of a command, as one section writes it."""

    id: str
    kind: Literal["Parameter", "Configuration"]
    name: str
    required: bool
    default: str = Field(description="'' where none is told.")
    type: str = Field(description="'' where none is told.")
    section_id: str = Field(description="Where that is written.")


class GraphNode(BaseModel):
    id: str
    label: str
    name: str = Field(description="Title, name or instruction, cut at 300 characters.")
    tag: str
    source_uri: str = Field("", description="Of a document.")


class EntityMention(Place):
    role: Literal["defines", "uses"]


class EntityFacts(BaseModel):
    """What the graph knows of one entity."""

    id: str
    kind: str
    tag: str
    name: str
    parameters: list[Parameter] = Field(description="Of a command.")
    commands: list[GraphNode] = Field(description="That take this parameter or option.")
    executed_by: list[Steps] = Field(description="Procedures with a step that executes this command.")
    resolved_by: list[Steps] = Field(description="Procedures that resolve this error.")
    mentions_total: int = Field(description="Sections that mention it.")
    mentions: list[EntityMention] = Field(description="Sections that define it first; at most 20.")


class EntityAnswer(BaseModel):
    match: Literal["exact", "contains", "none"] = Field(description="How the name was found.")
    entities: list[EntityFacts]
    reason: str = ""


class TraversedNode(GraphNode):
    hops: int = Field(description="Distance from the start.")
    edge: str = Field(description="Type of the edge that led here.")
    direction: Direction = Field(description="'out': the edge leads from from_id to this node; 'in': the other way.")
    from_id: str


class TraverseAnswer(BaseModel):
    start: GraphNode
    nodes: list[TraversedNode] = Field(description="Nearest first, each once.")
    complete: bool = Field(description="False where the limit cut the answer off.")


class CollectionStatus(BaseModel):
    tag: str
    documents: int
    points: int = Field(description="Chunks that can be found, of the served embedding_version.")
    unfinished_ingest: str = Field("", description="Id of an ingest that began and did not finish; '' for none.")
    last_ingest: str = Field("", description="Id of the last finished ingest; '' for none.")
    last_ingest_utc: str = Field("", description="When it finished, as far as its report is there.")


class IndexStatus(BaseModel):
    embedding_version: str = Field(description="The served one; '' while nothing was ever ingested.")
    documents: int
    points: int
    collections: list[CollectionStatus]
    last_ingest_utc: str = Field("", description="When the newest ingest finished, by its report.")
    ready_for_queries: bool | None = Field(
        None, description="Whether every collection was found ready by its last ingest; null: not judged."
    )
    ready_reason: str = ""
