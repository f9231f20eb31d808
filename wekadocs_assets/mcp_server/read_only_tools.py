"""The six tools that a client may call, with what each parameter means and its bounds; none of them changes anything."""

from __future__ import annotations

from typing import Annotated, Literal

from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations
from pydantic import Field, StringConstraints

from wekadocs_assets.core.models import KINDS
from wekadocs_assets.core.search.answer import Query
from wekadocs_assets.core.search.lookup import LABELS
from wekadocs_assets.core.search.question import LONGEST_QUESTION
from wekadocs_assets.mcp_server import answers, models
from wekadocs_assets.mcp_server.index import Index

LONGEST_NAME, LONGEST_PATH, LONGEST_ID = 300, 1000, 100
READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Kind = Literal[KINDS]
Label = Literal[LABELS]
Stripped = StringConstraints(strip_whitespace=True)
Question = Annotated[
    str,
    Stripped,
    Field(min_length=1, max_length=LONGEST_QUESTION, description="What to find, as a question or a few words."),
]
Tag = Annotated[
    str,
    Stripped,
    Field(max_length=LONGEST_NAME, description="One collection alone (index_status names them); '' for all."),
]
Prefix = Annotated[
    str,
    Field(max_length=LONGEST_PATH, description="Documents alone whose source_uri begins so, such as 'operations/'."),
]
SectionKind = Annotated[
    Kind | None, Field(description="Sections alone that mention an entity of this kind, such as Command.")
]
Results = Annotated[int, Field(ge=1, le=20, description="How many sections at most.")]
SectionId = Annotated[
    str, Stripped, Field(min_length=1, max_length=LONGEST_ID, description="A section_id out of another answer.")
]
Document = Annotated[
    str,
    Stripped,
    Field(min_length=1, max_length=LONGEST_PATH, description="The document's source_uri (or its end), or document_id."),
]
Offset = Annotated[int, Field(ge=0, le=100_000, description="How many sections to leave out at the beginning.")]
Sections = Annotated[int, Field(ge=1, le=500, description="How many sections at most.")]
Name = Annotated[
    str,
    Stripped,
    Field(min_length=1, max_length=LONGEST_NAME, description="Such as 'tidegate topic create' or '--retention'."),
]
EntityKind = Annotated[Kind | None, Field(description="Entities of this kind alone.")]
Entities = Annotated[int, Field(ge=1, le=20, description="How many entities at most.")]
NodeId = Annotated[
    str,
    Stripped,
    Field(min_length=1, max_length=LONGEST_ID, description="Of a document, section, entity, procedure or step."),
]
NodeLabel = Annotated[Label | None, Field(description="The node's label, where it is known; else it is looked up.")]
Hops = Annotated[int, Field(ge=1, le=3, description="How far to go, in edges.")]
Nodes = Annotated[int, Field(ge=1, le=100, description="How many nodes at most.")]


class Tools:
    """One method a tool; its docstring is what the client's model reads."""

    def __init__(self, index: Index) -> None:
        self._index = index

    async def search_documentation(
        self, question: Question, tag: Tag = "", prefix: Prefix = "", kind: SectionKind = None, k: Results = 5
    ) -> models.SearchAnswer:
        """Find the sections of the documentation that answer a question, best first, with word-for-word evidence.

        Each result names its document and heading path, quotes its text, and tells the commands, settings, errors and
        procedures it speaks of. Read a whole section with get_section.
        """
        return answers.search_answer(
            await self._index.search(Query(question=question, tag=tag, prefix=prefix, kind=kind or "", k=k))
        )

    async def get_section(self, section_id: SectionId) -> models.SectionAnswer:
        """Read one section: its whole text, its place, its entities and procedures, and the sections around it."""
        urls = self._index.base_urls
        return await self._index.ask(lambda stores: answers.section_answer(stores, section_id, urls))

    async def get_document_outline(
        self, document: Document, tag: Tag = "", offset: Offset = 0, limit: Sections = 200
    ) -> models.OutlineAnswer:
        """List a document's sections in reading order, with levels and ids, and the resource that has its whole text."""
        return await self._index.ask(lambda stores: answers.outline_answer(stores, document, tag, offset, limit))

    async def find_entity(
        self, name: Name, kind: EntityKind = None, tag: Tag = "", limit: Entities = 5
    ) -> models.EntityAnswer:
        """Look up a command, setting, error, concept, parameter, component or procedure by its name.

        Exactly this name first, else names that hold the text. For a command: its parameters (required, default, type),
        and the procedures whose steps execute it; for an error: what resolves it; for each: the sections that define or
        mention it.
        """
        urls = self._index.base_urls
        return await self._index.ask(
            lambda stores: answers.entity_answer(stores, name, kind or "", tag, limit, urls),
        )

    async def traverse(
        self, node_id: NodeId, label: NodeLabel = None, hops: Hops = 1, limit: Nodes = 25
    ) -> models.TraverseAnswer:
        """Walk the knowledge graph from a node: what is around it, nearest first, and by which edges."""
        return await self._index.ask(
            lambda stores: answers.traverse_answer(stores, node_id, label or "", hops, limit),
        )

    async def index_status(self) -> models.IndexStatus:
        """Tell what the index holds: collections with their counts, the last ingest, and whether one is unfinished."""
        return await self._index.status()


def add_tools(server: MCPServer, index: Index) -> None:
    tools = Tools(index)
    for title, tool in {
        "Search the documentation": tools.search_documentation,
        "Read a section": tools.get_section,
        "Outline of a document": tools.get_document_outline,
        "Find a command, setting, error or concept": tools.find_entity,
        "Walk the knowledge graph": tools.traverse,
        "Status of the index": tools.index_status,
    }.items():
        server.add_tool(tool, title=title, annotations=READ_ONLY, structured_output=True)
