"""Notion's nested blocks to the flat stream of blocks, without recursion; unknown types give their rich text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wekadocs_assets.core.parsers.notion_text import block_text, rich
from wekadocs_assets.core.parsers.page import Block, Close, Heading, Inline, Leaf, Mark, Open, table_row

Json = dict[str, Any]

LIST_OF = {"bulleted_list_item": "bullet_list", "to_do": "bullet_list", "numbered_list_item": "ordered_list"}
CHILD_KEYS = ("children", "blocks", "results")
SILENT = frozenset(
    ("divider", "breadcrumb", "table_of_contents", "column_list", "column", "synced_block", "unsupported")
)
EMOJI_KINDS = {
    "⚠": "warning", "🚧": "warning", "🚨": "danger", "⛔": "danger", "🛑": "danger", "❌": "danger", "🔥": "danger",
    "💡": "tip", "✨": "tip", "❗": "important", "‼": "important", "📌": "important", "ℹ": "info",
}  # fmt: skip


def body_of(block: Json) -> Json:
    """What stands under the key that the block's type names."""
    body = block.get(str(block.get("type")))
    return body if isinstance(body, dict) else {}


def children_of(block: Json) -> list[Json]:
    """Nested blocks, wherever the exporter put them: in the block or under its type."""
    for place in (block, body_of(block)):
        for key in CHILD_KEYS:
            inner = place.get(key)
            if isinstance(inner, dict):
                inner = inner.get("results")
            if isinstance(inner, list) and inner:
                return [child for child in inner if isinstance(child, dict)]
    return []


def blocks_of(roots: list[Json], shift: int) -> list[Block]:
    """All blocks in reading order; heading levels are moved down by `shift`."""
    out: list[Block] = []
    left: list[Iterator[Block | Json]] = [iter(list(_siblings(roots)))]
    while left:
        item = next(left[-1], None)
        if item is None:
            left.pop()
        elif isinstance(item, dict):
            left.append(iter(_entered(item, shift)))
        else:
            out.append(item)
    return out


def _siblings(blocks: list[Json]) -> Iterator[Block | Json]:
    """Blocks of one level, neighbouring items gathered into lists."""
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


def _entered(block: Json, shift: int) -> list[Block | Json]:
    """A block as leaves, containers and its still unread children."""
    kind = str(block.get("type"))
    inner = list(_siblings(children_of(block)))
    if kind.startswith("heading_") and kind[8:].isdecimal():
        anchor = str(block.get("id") or "").replace("-", "")
        text = block_text(body_of(block))
        heading = Heading(int(kind[8:]) + shift, Inline(" ".join(text.text.split()), text.marks), anchor)
        return [heading, *inner]
    reader = READERS.get(kind)
    return reader(block, inner) if reader else _plain(block, inner)


def _plain(block: Json, inner: list) -> list:
    """A paragraph, or a type not known: its text, its cells, its caption, its children."""
    body = body_of(block)
    cells = body.get("cells")
    if isinstance(cells, list):
        return [table_row([rich(cell) for cell in cells]), *inner]
    texts = [block_text(body), rich(body.get("caption"))]
    expression = body.get("expression")
    if isinstance(expression, str):
        texts.append(Inline(expression))
    return [*(Leaf("paragraph", text) for text in texts if text.text.strip()), *inner]


def _code(block: Json, inner: list) -> list:
    body = body_of(block)
    language = str(body.get("language") or "").lower()
    code = Leaf("code", Inline(block_text(body).text), "" if language == "plain text" else language)
    return [code, Leaf("caption", rich(body.get("caption"))), *inner]


def _quote(block: Json, inner: list) -> list:
    return [Open("quote"), Leaf("paragraph", block_text(body_of(block))), *inner, Close()]


def _callout(block: Json, inner: list) -> list:
    body = body_of(block)
    icon = body.get("icon")
    emoji = str(icon.get("emoji") or "") if isinstance(icon, dict) else ""
    kind = next((k for sign, k in EMOJI_KINDS.items() if emoji.startswith(sign)), "note")
    return [Open("admonition", kind), Leaf("paragraph", block_text(body)), *inner, Close()]


def _toggle(block: Json, inner: list) -> list:
    summary = block_text(body_of(block))
    return [Open("details", " ".join(summary.text.split())), Leaf("summary", summary), *inner, Close()]


def _table(block: Json, inner: list) -> list:
    """Rows with the header of each cell; rows that are no table rows are read as blocks."""
    out: list = [Open("table")]
    headers: list[str] = []
    first = body_of(block).get("has_column_header") is True
    for child in children_of(block):
        cells = body_of(child).get("cells")
        if not isinstance(cells, list):
            out.append(child)
            continue
        row = [_one_line(rich(cell)) for cell in cells]
        if any(cell.text for cell in row):
            out.append(table_row(row, headers, header=first))
        if first:
            headers, first = [" ".join(cell.text.split()) for cell in row], False
    return [*out, Close()]


def _one_line(inline: Inline) -> Inline:
    return Inline(inline.text.replace("\n", " "), inline.marks)


def _linked(block: Json, inner: list) -> list:
    """Media and bookmarks: the caption, else the name, else an address that a reader can follow, as a link."""
    body = body_of(block)
    hosted = body.get("type") == "file" or "file" in body
    address = body.get("url") or _url(body.get("external")) or ("" if hosted else _url(body.get("file")))
    kind = "image" if block.get("type") == "image" else "paragraph"
    caption = rich(body.get("caption"))
    name = body.get("name")
    if not caption.text.strip() and isinstance(name, str) and name:
        caption = Inline(name)
    if not caption.text.strip() and kind != "image" and isinstance(address, str):
        caption = Inline(address)
    if isinstance(address, str) and address and caption.text and not any(m.kind == "link" for m in caption.marks):
        mark = Mark("image" if kind == "image" else "link", 0, len(caption.text), address)
        caption = Inline(caption.text, (mark, *caption.marks))
    return [Leaf(kind, caption), *inner]


def _url(place: Any) -> Any:
    return place.get("url") if isinstance(place, dict) else ""


def _silent(block: Json, inner: list) -> list:
    return inner


READERS: dict[str, Callable[[Json, list], list]] = {
    **dict.fromkeys(SILENT, _silent),
    **dict.fromkeys(("bookmark", "embed", "link_preview", "image", "video", "audio", "file", "pdf"), _linked),
    "code": _code,
    "quote": _quote,
    "callout": _callout,
    "toggle": _toggle,
    "table": _table,
}
