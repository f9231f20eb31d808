"""How the Markdown tests read a page, and what they ask of it."""

from __future__ import annotations

from wekadocs_assets.core.models import Document, Section
from wekadocs_assets.core.parsers import markdown, section_tree


def read(text: str) -> Document:
    return section_tree.build(markdown.parse(text), "handbook", "guide/page.md", "markdown")


def titles(document: Document) -> list[str]:
    return [section.title for section in document.sections if section.level]


def quotes(section: Section, *kinds: str) -> list[str]:
    return [section.quote(span) for span in section.spans_of(*kinds)]


def repairs(document: Document) -> list[tuple[str, int]]:
    return [(repair.what, repair.line) for repair in document.repairs]


def all_text(document: Document) -> str:
    return "\n".join(f"{s.title if s.level else ''}\n{s.text}" for s in document.sections)
