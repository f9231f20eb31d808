"""Reads the rich text of Notion objects: as inline text with marks, and as plain text of a whole JSON value."""

from __future__ import annotations

from typing import Any, TypeGuard

from wekadocs_assets.core.parsers.page import Inline, Mark, join_inlines

ANNOTATIONS = (("code", "inline_code"), ("bold", "strong"), ("italic", "emphasis"))
NO_TEXT = frozenset(("parent", "created_by", "last_edited_by", "icon", "cover", "properties"))
"""Keys of a block whose values hold no text of the page."""


def rich_inline(items: object) -> Inline:
    """The inline text of a rich_text array or of a string; empty for any other value."""
    if isinstance(items, str):
        return Inline(items)
    if not isinstance(items, list):
        return Inline("")
    return _merge_marks(join_inlines([_piece_inline(item) for item in items if isinstance(item, dict)]))


def block_text(body: dict[str, Any]) -> Inline:
    """The block's own text: `rich_text`, `text` (older API versions) or `title` (child pages)."""
    for key in ("rich_text", "text", "title"):
        inline = rich_inline(body.get(key))
        if inline.text:
            return inline
    return Inline("")


def all_text(value: object) -> str:
    """All rich text, titles and expressions anywhere in a JSON value: `Page.visible` of a Notion page."""
    parts: list[str] = []
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            if item and all(is_rich_text(piece) for piece in item):
                parts.append("".join(_plain_text(piece) for piece in item))
            else:
                stack.extend(reversed(item))
        elif isinstance(item, dict):
            if isinstance(item.get("title"), str) and "object" not in item:
                parts.append(item["title"])
            if isinstance(item.get("expression"), str):
                parts.append(item["expression"])
            stack.extend(v for k, v in reversed(item.items()) if isinstance(v, dict | list) and k not in NO_TEXT)
    return " ".join(parts)


def is_rich_text(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value is a rich text object (one element of a rich_text array)."""
    return (
        isinstance(value, dict)
        and "object" not in value
        and ("plain_text" in value or isinstance(value.get("text"), dict))
    )


def _plain_text(piece: dict[str, Any]) -> str:
    plain = piece.get("plain_text")
    if isinstance(plain, str):
        return plain
    inner = piece.get(piece.get("type") or "text")
    if not isinstance(inner, dict):
        return ""
    return str(inner.get("content") or inner.get("expression") or "")


def _piece_inline(piece: dict[str, Any]) -> Inline:
    text = _plain_text(piece)
    marks: list[Mark] = []
    target = _link_target(piece)
    if target and text.strip():
        marks.append(Mark("link", 0, len(text), target))
    annotations = piece.get("annotations")
    if isinstance(annotations, dict):
        marks.extend(Mark(kind, 0, len(text)) for key, kind in ANNOTATIONS if annotations.get(key) is True and text)
    return Inline(text, tuple(marks))


def _link_target(piece: dict[str, Any]) -> str:
    href = piece.get("href")
    if isinstance(href, str) and href:
        return href
    inner = piece.get("text")
    link = inner.get("link") if isinstance(inner, dict) else None
    url = link.get("url") if isinstance(link, dict) else None
    return url if isinstance(url, str) else ""


def _merge_marks(inline: Inline) -> Inline:
    """Joins adjacent marks of one kind and target, which Notion splits (a bold word inside a link); outer before inner."""
    last: dict[tuple[str, str], int] = {}
    marks: list[Mark] = []
    for mark in inline.marks:
        key = (mark.kind, mark.info)
        at = last.get(key)
        if at is not None and marks[at].end == mark.start:
            marks[at] = Mark(mark.kind, marks[at].start, mark.end, mark.info)
        else:
            last[key] = len(marks)
            marks.append(mark)
    return Inline(inline.text, tuple(sorted(marks, key=lambda m: (m.start, -m.end))))
