"""Markdown to a Page: front matter off, damage mended, parsed by markdown-it, and read flat where that reads nothing."""

from __future__ import annotations

import re
from typing import Any

from markdown_it.token import Token

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers import front_matter
from wekadocs_assets.core.parsers.markdown_blocks import BlockReader
from wekadocs_assets.core.parsers.markdown_fences import Line, Stretch, part
from wekadocs_assets.core.parsers.markdown_lines import assemble
from wekadocs_assets.core.parsers.markdown_rules import MAX_NESTING, reader
from wekadocs_assets.core.parsers.markdown_visible import visible_text
from wekadocs_assets.core.parsers.page import Block, Heading, Inline, Leaf, Page

FLAT_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
TOO_DEEP = f"the page nests deeper than {MAX_NESTING} levels: it was read line by line, without its structure"


def parse(text: str) -> Page:
    lines = text.split("\n")
    front = front_matter.read(lines)
    parted = part([Line(line, front.lines + n) for n, line in enumerate(lines[front.lines :], 1)])
    blocks, repairs = _read(parted.stretches)
    return Page(
        blocks=blocks,
        visible=visible_text(lines[front.lines :]),
        front_title=front.title,
        description=front.description,
        last_edited=front.last_edited,
        repairs=sorted({*parted.repairs, *repairs}, key=lambda repair: (repair.line, repair.what)),
    )


def _read(stretches: list[Stretch]) -> tuple[list[Block], list[Repair]]:
    source = assemble(stretches)
    env: dict[str, Any] = {}
    tokens: list[Token] = []
    try:
        reader().block.parse("\n".join(source.lines), reader(), env, tokens)
        if max((token.level for token in tokens), default=0) < MAX_NESTING - 1:
            blocks = BlockReader(source.numbers, env)
            blocks.read(tokens)
            return blocks.stream.finish(), source.repairs + blocks.repairs
    except RecursionError:
        pass  # read flat below: every line of text, no structure
    return _flat(stretches), [*source.repairs, Repair(TOO_DEEP, 0)]


def _flat(stretches: list[Stretch]) -> list[Block]:
    blocks: list[Block] = []
    for stretch in stretches:
        if stretch.code:
            blocks.append(Leaf("code", Inline("\n".join(line.text for line in stretch.lines)), stretch.info))
            continue
        for line in stretch.lines:
            m = FLAT_HEADING.match(line.text)
            if m:
                blocks.append(Heading(len(m[1]), Inline(m[2]), line=line.number))
            elif line.text.strip():
                blocks.append(Leaf("paragraph", Inline(line.text.strip())))
    return blocks
