"""The six tools of the server, all read-only, with the description and bounds of each parameter.

Docstrings and descriptions here are read by the client's language model. A tool is added as a method of Tools and in
`add_tools`; its answer is a class in models.py. Tools that change the index do not belong here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations
from pydantic import Field, StringConstraints

from wekadocs_assets.core.models import KINDS
from wekadocs_assets.core.search.answer import Query
from wekadocs_assets.core.search.lookup import LABELS
from wekadocs_assets.core.search.question import LONGEST_QUESTION
from wekadocs_assets.mcp_server import answers, models
from wekadocs_assets.mcp_server.index_access import IndexAccess

LONGEST_NAME, LONGEST_PATH, LONGEST_ID = 300, 1000, 100
READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

# the values are listed once, in core; a type checker cannot see them
Kind = Literal[KINDS]  # type: ignore[valid-type]
Label = Literal[LABELS]  # type: ignore[valid-type]
Stripped = StringConstraints(strip_whitespace=True)
Question = Annotated[
    str,
    Stripped,
    Field(min_length=1, max_length=LONGEST_QUESTION, description="A question or a few keywords."),
]
Tag = Annotated[
    str,
    Stripped,
    Field(max_length=LONGEST_NAME, description="Only this collection (index_status lists them); '' for all."),
]
Prefix = Annotated[
    str,
    Field(
        max_length=LONGEST_PATH,
        description="Only documents whose source_uri starts with this text, such as 'operations/'.",
    ),
]
SectionKind = Annotated[
    Kind | None, Field(description="Only sections that mention an entity of this kind, such as Command.")
]
Results = Annotated[int, Field(ge=1, le=20, description="Maximum number of sections.")]
SectionId = Annotated[
    str, Stripped, Field(min_length=1, max_length=LONGEST_ID, description="A section_id from another answer.")
]
Document = Annotated[
    str,
    Stripped,
    Field(
        min_length=1,
        max_length=LONGEST_PATH,
        description="The document's source_uri, the end of its source_uri, or its document_id.",
    ),
]
Offset = Annotated[int, Field(ge=0, le=100_000, description="Number of sections to skip.")]
Sections = Annotated[int, Field(ge=1, le=500, description="Maximum number of sections.")]
Name = Annotated[
    str,
    Stripped,
    Field(
        min_length=1,
        max_length=LONGEST_NAME,
        description="The entity's name, such as 'tidegate topic create' or '--retention'.",
    ),
]
EntityKind = Annotated[Kind | None, Field(description="Only entities of this kind.")]
Entities = Annotated[int, Field(ge=1, le=20, description="Maximum number of entities.")]
NodeId = Annotated[
    str,
    Stripped,
    Field(
        min_length=1,
        max_length=LONGEST_ID,
        description="The id of a document, section, entity, procedure or step, from another answer.",
    ),
]
NodeLabel = Annotated[Label | None, Field(description="The node's label, if known; otherwise it is looked up.")]
Hops = Annotated[int, Field(ge=1, le=3, description="Maximum distance from the node, in edges.")]
Nodes = Annotated[int, Field(ge=1, le=100, description="Maximum number of nodes.")]


class Tools:
    """One method per tool; its docstring is the tool's description."""

    def __init__(self, index: IndexAccess) -> None:
        self._index = index

    async def search_documentation(
        self, question: Question, tag: Tag = "", prefix: Prefix = "", kind: SectionKind = None, k: Results = 5
    ) -> models.SearchAnswer:
        """Find the sections of the documentation that answer a question, best first, with word-for-word evidence.

        Each result has its document and heading path, quotes from its text, and the commands, settings, errors and
        procedures that it mentions. Read a whole section with get_section.
        """
        return answers.search_answer(
            await self._index.search(Query(question=question, tag=tag, prefix=prefix, kind=kind or "", k=k))
        )

    async def get_section(self, section_id: SectionId) -> models.SectionAnswer:
        """Read one section: its text, document and headings, entities, procedures, and the neighbouring sections."""
        urls = self._index.base_urls
        return await self._index.ask(lambda stores: answers.section_answer(stores, section_id, urls))

    async def get_document_outline(
        self, document: Document, tag: Tag = "", offset: Offset = 0, limit: Sections = 200
    ) -> models.OutlineAnswer:
        """List the sections of a document in reading order, with levels and ids, and the URI of its whole text."""
        return await self._index.ask(lambda stores: answers.outline_answer(stores, document, tag, offset, limit))

    async def find_entity(
        self, name: Name, kind: EntityKind = None, tag: Tag = "", limit: Entities = 5
    ) -> models.EntityAnswer:
        """Look up a command, setting, error, concept, parameter, component or procedure by its name.

        Returns the entities with exactly this name, or else those whose name contains it. For a command: its parameters
        (required, default, type) and the procedures that execute it; for a parameter: its commands; for an error: the
        procedures that resolve it; for every entity: the sections that define or use it.
        """
        urls = self._index.base_urls
        return await self._index.ask(
            lambda stores: answers.entity_answer(stores, name, kind or "", tag, limit, urls),
        )

    async def traverse(
        self, node_id: NodeId, label: NodeLabel = None, hops: Hops = 1, limit: Nodes = 25
    ) -> models.TraverseAnswer:
        """Traverse the knowledge graph from a node: the nodes connected with it, nearest first, and the edges between."""
        return await self._index.ask(
            lambda stores: answers.traverse_answer(stores, node_id, label or "", hops, limit),
        )

    async def index_status(self) -> models.IndexStatus:
        """Report the state of the index: collections with document counts, the last ingest, and any unfinished ingest."""
        return await self._index.status()


def add_tools(server: MCPServer, index: IndexAccess) -> None:
    """Registers the tools with the server."""
    tools = Tools(index)
    by_title: dict[str, Callable[..., Any]] = {
        "Search the documentation": tools.search_documentation,
        "Read a section": tools.get_section,
        "Outline of a document": tools.get_document_outline,
        "Find a command, setting, error or concept": tools.find_entity,
        "Traverse the knowledge graph": tools.traverse,
        "Status of the index": tools.index_status,
    }
    for title, tool in by_title.items():
        server.add_tool(tool, title=title, annotations=READ_ONLY, structured_output=True)
