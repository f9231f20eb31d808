"""Which format a file is in, by suffix and content, and the way from its bytes to a Document."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

from wekadocs_assets.core.errors import BadDocument
from wekadocs_assets.core.models import Document, SourceType
from wekadocs_assets.core.parsers import section_tree, source_text
from wekadocs_assets.core.parsers.page import Page

SUFFIXES: dict[str, SourceType] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".json": "notion",
}
ANY_TAG = re.compile(r"</?[A-Za-z][^<>]{0,1000}>|<!(?:doctype|--)", re.IGNORECASE)


def source_type(source_uri: str) -> SourceType:
    """The format that the suffix promises."""
    suffix = PurePosixPath(source_uri).suffix.lower()
    if suffix not in SUFFIXES:
        raise BadDocument(
            f"{source_uri}: files that end in {suffix or 'no suffix'} are not read", f"Known: {', '.join(SUFFIXES)}"
        )
    return SUFFIXES[suffix]


def parse(data: bytes, tag: str, source_uri: str) -> Document:
    """Bytes of one file to its document; BadDocument when they are not what the suffix promises."""
    kind = source_type(source_uri)
    text, repairs = source_text.decode(data, kind)
    page = _page(text, kind)
    document = section_tree.build(page, tag, source_uri, kind)
    return replace(document, repairs=(*repairs, *document.repairs)) if repairs else document


def _page(text: str, kind: SourceType) -> Page:
    warnings = []
    if kind == "html" and text.strip() and not ANY_TAG.search(text):
        warnings.append("the file has no HTML tag at all: it was read as plain text")
        kind = "markdown"
    try:
        page = _parser(kind)(text)
    except RecursionError as error:
        raise BadDocument("the document nests too deeply to be read", "Flatten its lists, quotes or blocks") from error
    page.warnings.extend(warnings)
    return page


def _parser(kind: SourceType) -> Callable[[str], Page]:
    """Imported when first needed: an ingest of Markdown loads no lxml."""
    if kind == "html":
        from wekadocs_assets.core.parsers import html as parser
    elif kind == "notion":
        from wekadocs_assets.core.parsers import notion as parser
    else:
        from wekadocs_assets.core.parsers import markdown as parser
    return parser.parse
