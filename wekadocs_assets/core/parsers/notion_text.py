"""Notion's rich text to inline text with marks, and every other place where a Notion object keeps words."""

from __future__ import annotations

from typing import Any

from wekadocs_assets.core.parsers.page import Inline, Mark, joined

ANNOTATIONS = (("code", "inline_code"), ("bold", "strong"), ("italic", "emphasis"))
NO_TEXT = frozenset(("parent", "created_by", "last_edited_by", "icon", "cover", "properties"))
"""Keys of a block under which no text of the page stands."""


def rich(items: Any) -> Inline:
    """The inline text of a rich_text array (or of a plain string); anything else is empty."""
    if isinstance(items, str):
        return Inline(items)
    if not isinstance(items, list):
        return Inline("")
    return _merged(joined([_piece(item) for item in items if isinstance(item, dict)]))


def block_text(body: dict[str, Any]) -> Inline:
    """The block's own text: `rich_text`, or `text` as older versions of the API call it."""
    for key in ("rich_text", "text", "title"):
        inline = rich(body.get(key))
        if inline.text:
            return inline
    return Inline("")


def all_text(value: Any) -> str:
    """All rich text, titles and expressions anywhere in a JSON value: the crude second reading of a page."""
    parts: list[str] = []
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, list):
            if item and all(is_rich(piece) for piece in item):
                parts.append("".join(_words(piece) for piece in item))
            else:
                left.extend(reversed(item))
        elif isinstance(item, dict):
            if isinstance(item.get("title"), str) and "object" not in item:
                parts.append(item["title"])
            if isinstance(item.get("expression"), str):
                parts.append(item["expression"])
            left.extend(v for k, v in reversed(item.items()) if isinstance(v, dict | list) and k not in NO_TEXT)
    return " ".join(parts)


def is_rich(value: Any) -> bool:
    """Whether a JSON value is one piece of rich text."""
    return (
        isinstance(value, dict)
        and "object" not in value
        and ("plain_text" in value or isinstance(value.get("text"), dict))
    )


def _words(piece: dict[str, Any]) -> str:
    plain = piece.get("plain_text")
    if isinstance(plain, str):
        return plain
    inner = piece.get(piece.get("type") or "text")
    if not isinstance(inner, dict):
        return ""
    return str(inner.get("content") or inner.get("expression") or "")


def _piece(piece: dict[str, Any]) -> Inline:
    text = _words(piece)
    marks: list[Mark] = []
    target = _target(piece)
    if target and text.strip():
        marks.append(Mark("link", 0, len(text), target))
    annotations = piece.get("annotations")
    if isinstance(annotations, dict):
        marks.extend(Mark(kind, 0, len(text)) for key, kind in ANNOTATIONS if annotations.get(key) is True and text)
    return Inline(text, tuple(marks))


def _target(piece: dict[str, Any]) -> str:
    href = piece.get("href")
    if isinstance(href, str) and href:
        return href
    inner = piece.get("text")
    link = inner.get("link") if isinstance(inner, dict) else None
    url = link.get("url") if isinstance(link, dict) else None
    return url if isinstance(url, str) else ""


def _merged(inline: Inline) -> Inline:
    """Marks that Notion cut in pieces (a bold word inside a link) made whole again, outer before inner."""
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
