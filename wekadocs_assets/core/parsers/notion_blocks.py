"""Flattens the nested blocks of the Notion API into the stream of blocks, without recursion.

A block type is added to READERS; the rich text, cells and children of types that are not in READERS are read too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wekadocs_assets.core.parsers.notion_text import block_text, rich_inline
from wekadocs_assets.core.parsers.page import Block, Close, Heading, Inline, Leaf, Mark, Open, table_row

Json = dict[str, Any]
Item = Block | Json
"""An output block, or a Notion block whose content is still to be read."""

LIST_OF = {"bulleted_list_item": "bullet_list", "to_do": "bullet_list", "numbered_list_item": "ordered_list"}
CHILD_KEYS = ("children", "blocks", "results")
WITHOUT_TEXT = frozenset(
    ("divider", "breadcrumb", "table_of_contents", "column_list", "column", "synced_block", "unsupported")
)
ADMONITION_OF_EMOJI = {
    "⚠": "warning", "🚧": "warning", "🚨": "danger", "⛔": "danger", "🛑": "danger", "❌": "danger", "🔥": "danger",
    "💡": "tip", "✨": "tip", "❗": "important", "‼": "important", "📌": "important", "ℹ": "info",
}  # fmt: skip


def body_of(block: Json) -> Json:
    """The type-specific object of a block: the value under the key that its `type` names; {} if missing."""
    body = block.get(str(block.get("type")))
    return body if isinstance(body, dict) else {}


def children_of(block: Json) -> list[Json]:
    """The nested blocks, which exporters store either in the block or in its type-specific object."""
    for place in (block, body_of(block)):
        for key in CHILD_KEYS:
            inner = place.get(key)
            if isinstance(inner, dict):
                inner = inner.get("results")
            if isinstance(inner, list) and inner:
                return [child for child in inner if isinstance(child, dict)]
    return []


def read_blocks(roots: list[Json], shift: int) -> list[Block]:
    """All blocks in reading order; `shift` is added to heading levels."""
    out: list[Block] = []
    stack: list[Iterator[Item]] = [iter(list(_siblings(roots)))]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
        elif isinstance(item, dict):
            stack.append(iter(_expand(item, shift)))
        else:
            out.append(item)
    return out


def _siblings(blocks: list[Json]) -> Iterator[Item]:
    """The blocks of one level; adjacent list items of one kind are wrapped in a list container."""
    current = ""
    number = 0
    for block in blocks:
        kind = LIST_OF.get(str(block.get("type")), "")
        if kind != current:
            if current:
                yield Close()
            number = _first_number(block) if kind == "ordered_list" else 0
            if kind:
                yield Open(kind, str(number) if kind == "ordered_list" else "")
            current = kind
        if kind:
            yield Open("list_item", str(number) if kind == "ordered_list" else "")
            number += 1
        yield block
        if kind:
            yield Close()
    if current:
        yield Close()


def _first_number(block: Json) -> int:
    start = body_of(block).get("list_start_index")
    return start if isinstance(start, int) else 1


def _expand(block: Json, shift: int) -> list[Item]:
    """A Notion block as output blocks followed by, or around, its unread children."""
    kind = str(block.get("type"))
    inner = list(_siblings(children_of(block)))
    if kind.startswith("heading_") and kind[8:].isdecimal():
        anchor = str(block.get("id") or "").replace("-", "")
        text = block_text(body_of(block))
        heading = Heading(int(kind[8:]) + shift, Inline(" ".join(text.text.split()), text.marks), anchor)
        return [heading, *inner]
    reader = READERS.get(kind)
    return reader(block, inner) if reader else _plain(block, inner)


def _plain(block: Json, inner: list[Item]) -> list[Item]:
    """A paragraph or a block of unknown type: its text, cells, caption, expression and children."""
    body = body_of(block)
    cells = body.get("cells")
    if isinstance(cells, list):
        return [table_row([rich_inline(cell) for cell in cells]), *inner]
    texts = [block_text(body), rich_inline(body.get("caption"))]
    expression = body.get("expression")
    if isinstance(expression, str):
        texts.append(Inline(expression))
    return [*(Leaf("paragraph", text) for text in texts if text.text.strip()), *inner]


def _code(block: Json, inner: list[Item]) -> list[Item]:
    body = body_of(block)
    language = str(body.get("language") or "").lower()
    code = Leaf("code", Inline(block_text(body).text), "" if language == "plain text" else language)
    return [code, Leaf("caption", rich_inline(body.get("caption"))), *inner]


def _quote(block: Json, inner: list[Item]) -> list[Item]:
    return [Open("quote"), Leaf("paragraph", block_text(body_of(block))), *inner, Close()]


def _callout(block: Json, inner: list[Item]) -> list[Item]:
    body = body_of(block)
    icon = body.get("icon")
    emoji = str(icon.get("emoji") or "") if isinstance(icon, dict) else ""
    kind = next((k for sign, k in ADMONITION_OF_EMOJI.items() if emoji.startswith(sign)), "note")
    return [Open("admonition", kind), Leaf("paragraph", block_text(body)), *inner, Close()]


def _toggle(block: Json, inner: list[Item]) -> list[Item]:
    summary = block_text(body_of(block))
    return [Open("details", " ".join(summary.text.split())), Leaf("summary", summary), *inner, Close()]


def _table(block: Json, inner: list[Item]) -> list[Item]:
    """Table rows with the header of each cell; children without cells are read as ordinary blocks."""
    out: list[Item] = [Open("table")]
    headers: list[str] = []
    first = body_of(block).get("has_column_header") is True
    for child in children_of(block):
        cells = body_of(child).get("cells")
        if not isinstance(cells, list):
            out.append(child)
            continue
        row = [_one_line(rich_inline(cell)) for cell in cells]
        if any(cell.text for cell in row):
            out.append(table_row(row, headers, header=first))
        if first:
            headers, first = [" ".join(cell.text.split()) for cell in row], False
    return [*out, Close()]


def _one_line(inline: Inline) -> Inline:
    return Inline(inline.text.replace("\n", " "), inline.marks)


def _linked(block: Json, inner: list[Item]) -> list[Item]:
    """Media and bookmarks: the caption, else the name, else the URL, marked as a link to the URL.

    A file hosted by Notion has a signed URL that expires after an hour (Notion API, file object): it is not used.
    """
    body = body_of(block)
    hosted = body.get("type") == "file" or "file" in body
    address = body.get("url") or _url(body.get("external")) or ("" if hosted else _url(body.get("file")))
    kind = "image" if block.get("type") == "image" else "paragraph"
    caption = rich_inline(body.get("caption"))
    name = body.get("name")
    if not caption.text.strip() and isinstance(name, str) and name:
        caption = Inline(name)
    if not caption.text.strip() and kind != "image" and isinstance(address, str):
        caption = Inline(address)
    if isinstance(address, str) and address and caption.text and not any(m.kind == "link" for m in caption.marks):
        mark = Mark("image" if kind == "image" else "link", 0, len(caption.text), address)
        caption = Inline(caption.text, (mark, *caption.marks))
    return [Leaf(kind, caption), *inner]


def _url(place: object) -> object:
    return place.get("url") if isinstance(place, dict) else ""


def _children_only(block: Json, inner: list[Item]) -> list[Item]:
    return inner


READERS: dict[str, Callable[[Json, list[Item]], list[Item]]] = {
    **dict.fromkeys(WITHOUT_TEXT, _children_only),
    **dict.fromkeys(("bookmark", "embed", "link_preview", "image", "video", "audio", "file", "pdf"), _linked),
    "code": _code,
    "quote": _quote,
    "callout": _callout,
    "toggle": _toggle,
    "table": _table,
}
