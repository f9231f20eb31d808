"""Documents as MCP resources: a URI template for the whole text of a document, and a list of the first documents."""

from __future__ import annotations

from urllib.parse import quote

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.resources import ResourceSecurity
from mcp_types import Resource

from wekadocs_assets.app.bootstrap import Stores
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.ids import normalised_uri
from wekadocs_assets.core.ports.graph_reader import DocumentRow, GraphReader
from wekadocs_assets.core.search import knowledge, lookup
from wekadocs_assets.mcp_server.index_access import IndexAccess

TEMPLATE = "wekadocs://document/{tag}/{+path}"
MARKDOWN = "text/markdown"
MOST_LISTED = 200
DEEPEST_HEADING = 6


def add_resources(server: MCPServer, index: IndexAccess) -> None:
    """Registers the resource template with the server."""

    @server.resource(
        TEMPLATE,
        name="document",
        title="The whole text of a document",
        description="Markdown with headings. tag: the collection; path: the document's source_uri, percent-encoded.",
        mime_type=MARKDOWN,
        security=ResourceSecurity(exempt_params={"tag", "path"}),  # safe: both are index keys, no file is opened
    )
    async def document(tag: str, path: str) -> str:
        return await index.ask(lambda stores: document_markdown(stores, tag, path))


def first_documents(stores: Stores) -> list[Resource]:
    """The first MOST_LISTED documents by tag and path; all others can be read through the template."""
    rows = stores.graph.reader().documents()[:MOST_LISTED]
    return [
        Resource(
            uri=document_uri(row),
            name=f"{row['tag']}/{row['source_uri']}",
            title=str(row["title"]),
            description=str(row["description"]) or None,
            mime_type=MARKDOWN,
        )
        for row in rows
    ]


def document_uri(row: DocumentRow) -> str:
    """The URI of a document's resource."""
    return f"wekadocs://document/{quote(str(row['tag']), safe='')}/{quote(str(row['source_uri']))}"


def document_markdown(stores: Stores, tag: str, path: str) -> str:
    """The document as Markdown: every section's text under its heading. ConfigurationError if there is no such document."""
    lookup.check_tag(stores.graph.collections(), tag)
    reader, wanted = stores.graph.reader(), normalised_uri(path)
    exact = [row for row in reader.documents(tag, wanted) if row["source_uri"] == wanted]
    if not exact:
        raise ConfigurationError(f"no document '{path}' is in collection '{tag}'", "path is a document's source_uri")
    return _markdown(reader, str(exact[0]["id"]))


def _markdown(reader: GraphReader, document_id: str) -> str:
    parts = []
    for passage in knowledge.outline(reader, document_id):
        marks = "#" * min(max(passage.level, 1), DEEPEST_HEADING)
        parts += [f"{marks} {passage.title}", _escape_headings(passage.text)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _escape_headings(text: str) -> str:
    """Escapes lines that start with `#`, such as comments in code, so that they are not headings."""
    return "\n".join(f"\\{line}" if line.startswith("#") else line for line in text.split("\n"))
