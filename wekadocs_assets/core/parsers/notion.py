"""Parses Notion pages, as JSON of the Notion API, into blocks: page objects, block lists and list responses.

Property names of older API versions are read too. notion_blocks reads the blocks, notion_text the rich text.
"""

from __future__ import annotations

import json
import re
from typing import Any

from wekadocs_assets.core.errors import BadDocument
from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers.notion_blocks import Json, children_of, read_blocks
from wekadocs_assets.core.parsers.notion_text import all_text, rich_inline
from wekadocs_assets.core.parsers.page import Block, Close, Heading, Inline, Leaf, Open, Page

EXPORT_HINT = (
    "export the page object with its block children, a block list or a block children response of Notion's API"
)
ESCAPE = re.compile(r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)")
"""Any JSON escape; the group is set for a lone surrogate (half of a UTF-16 pair), which cannot be stored as UTF-8."""


def parse(text: str) -> Page:
    """Parses the JSON text of a Notion page; BadDocument if it is not JSON or not from the Notion API."""
    if not text.strip():
        return Page(blocks=[], visible="")
    text, repairs = _replace_lone_surrogates(text)
    page = _read(_load_json(text))
    page.repairs.extend(repairs)
    return page


def _replace_lone_surrogates(text: str) -> tuple[str, list[Repair]]:
    """Replaces lone surrogates, left by exporters that cut a text inside a character, by U+FFFD."""
    lines = text.split("\n")
    repairs = []
    for at, line in enumerate(lines):
        lines[at] = ESCAPE.sub(lambda found: r"\ufffd" if found[1] else found[0], line)
        if lines[at] != line:
            repairs.append(Repair("half characters were replaced by U+FFFD", at + 1))
    return "\n".join(lines), repairs


def _read(data: Any) -> Page:
    if isinstance(data, dict) and isinstance(data.get("page"), dict):  # {"page": …, "blocks": …}
        data = {**data["page"], "blocks": children_of(data)}
    if isinstance(data, dict) and data.get("object") in ("page", "database"):
        return _page(data)
    return _block_list(_blocks_in(data))


def _load_json(text: str) -> Any:
    try:
        return json.loads(text.lstrip("\ufeff"))
    except RecursionError:
        raise BadDocument(
            "the JSON is nested too deeply to be read", "split the page or flatten its nested blocks"
        ) from None
    except ValueError as error:
        raise BadDocument(f"not valid JSON: {error}", EXPORT_HINT) from None


def _blocks_in(data: Any) -> list[Json]:
    """The blocks of a block, a block list or a list response; BadDocument, with the reason, for anything else."""
    if isinstance(data, dict):
        if data.get("object") == "error":
            reason = str(data.get("message") or data.get("code") or "no message")
            raise BadDocument(f"an error response of the Notion API, not a page: {reason}", "export the page again")
        if data.get("object") == "block":
            return [data]
        data = next((data[key] for key in ("results", "children", "blocks") if isinstance(data.get(key), list)), None)
        if data is None:
            raise BadDocument("JSON, but not a Notion page: it has neither `object` nor a list of blocks", EXPORT_HINT)
    if not isinstance(data, list):
        raise BadDocument(f"JSON, but not a Notion page: a single {type(data).__name__}", EXPORT_HINT)
    blocks = [item for item in data if isinstance(item, dict) and isinstance(item.get("type"), str)]
    if data and not blocks:
        raise BadDocument("JSON, but not a Notion page: its list holds no blocks", EXPORT_HINT)
    return blocks


def _block_list(blocks: list[Json]) -> Page:
    warnings = [] if blocks else ["the list holds no blocks"]
    edited = max((_last_edited_time(block) for block in blocks), default="")
    return Page(blocks=read_blocks(blocks, 0), visible=all_text(blocks), last_edited=edited, warnings=warnings)


def _page(data: Json) -> Page:
    """A page object: its title is the level 1 heading, and the headings of its blocks move one level down."""
    title, notes = _properties(data)
    blocks = children_of(data)
    if not blocks:
        warning = "the page object holds no blocks: export its block children with it"
        return Page(
            blocks=[],
            visible="",
            front_title=title.text.strip(),
            last_edited=_last_edited_time(data),
            warnings=[warning],
        )
    titled = bool(title.text.strip())
    anchor = str(data.get("id") or "").replace("-", "")
    head: list[Block] = [Heading(1, title, anchor)] if titled else []
    out = [*head, *_property_list(notes), *read_blocks(blocks, 1 if titled else 0)]
    visible = " ".join([title.text, *(value.text for _, value in notes), all_text(blocks)])
    return Page(blocks=out, visible=visible, front_title=title.text.strip(), last_edited=_last_edited_time(data))


def _properties(data: Json) -> tuple[Inline, list[tuple[str, Inline]]]:
    """(the title, name and text of each rich_text property that has text)."""
    title, notes = Inline(""), []
    properties = data.get("properties")
    for name, value in properties.items() if isinstance(properties, dict) else ():
        if name == "title" and isinstance(value, list):  # older API versions: the rich text array itself
            title = rich_inline(value)
        if not isinstance(value, dict):
            continue
        if value.get("type") == "title" or (name == "title" and "title" in value):
            title = rich_inline(value.get("title"))
        elif value.get("type") == "rich_text":
            inline = rich_inline(value.get("rich_text"))
            if inline.text.strip():
                notes.append((name, inline))
    return title if title.text else rich_inline(data.get("title")), notes


def _property_list(notes: list[tuple[str, Inline]]) -> list[Block]:
    """The text properties as a definition list of property name and text."""
    if not notes:
        return []
    pairs = (block for name, value in notes for block in (Leaf("term", Inline(name)), Leaf("definition", value)))
    return [Open("definition_list"), *pairs, Close()]


def _last_edited_time(data: Json) -> str:
    edited = data.get("last_edited_time")
    return edited if isinstance(edited, str) else ""
