"""Detects the format of a source file by its suffix and parses its bytes into a Document.

A new format is registered here: its suffixes in SUFFIXES, its module in `_parser_for`.
"""

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
    """The format of a file by its suffix, compared in lower case; BadDocument for an unknown suffix."""
    suffix = PurePosixPath(source_uri).suffix.lower()
    if suffix not in SUFFIXES:
        raise BadDocument(
            f"{source_uri}: files that end in {suffix or 'no suffix'} are not read", f"Known: {', '.join(SUFFIXES)}"
        )
    return SUFFIXES[suffix]


def parse(data: bytes, tag: str, source_uri: str) -> Document:
    """Parses the bytes of one file into its document.

    Raises BadDocument if the suffix is unknown, or if the bytes cannot be decoded or parsed in the format of the suffix.
    """
    kind = source_type(source_uri)
    text, repairs = source_text.decode(data, kind)
    page = _parse_text(text, kind)
    document = section_tree.build(page, tag, source_uri, kind)
    return replace(document, repairs=(*repairs, *document.repairs)) if repairs else document


def _parse_text(text: str, kind: SourceType) -> Page:
    warnings = []
    if kind == "html" and text.strip() and not ANY_TAG.search(text):
        warnings.append("the file has no HTML tag at all: it was read as plain text")
        kind = "markdown"
    try:
        page = _parser_for(kind)(text)
    except RecursionError as error:
        raise BadDocument("the document nests too deeply to be read", "Flatten its lists, quotes or blocks") from error
    page.warnings.extend(warnings)
    return page


def _parser_for(kind: SourceType) -> Callable[[str], Page]:
    """The parse function of a format. Imports it on first use, so that an ingest of Markdown does not load lxml."""
    if kind == "html":
        from wekadocs_assets.core.parsers import html

        return html.parse
    if kind == "notion":
        from wekadocs_assets.core.parsers import notion

        return notion.parse
    from wekadocs_assets.core.parsers import markdown

    return markdown.parse
