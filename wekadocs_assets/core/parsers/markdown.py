"""Parses a Markdown page into blocks.

Steps: front_matter is removed, markdown_fences separates code from text, markdown_lines repairs the lines and joins them
again, markdown-it parses them (markdown_rules), markdown_blocks reads the tokens. A page nested too deeply for
markdown-it is read line by line.
"""

from __future__ import annotations

import re
from typing import Any

from markdown_it.token import Token

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers import front_matter
from wekadocs_assets.core.parsers.markdown_blocks import BlockReader
from wekadocs_assets.core.parsers.markdown_fences import Line, Segment, split_code
from wekadocs_assets.core.parsers.markdown_lines import assemble
from wekadocs_assets.core.parsers.markdown_rules import MAX_NESTING, markdown_parser
from wekadocs_assets.core.parsers.markdown_visible import visible_text
from wekadocs_assets.core.parsers.page import Block, Heading, Inline, Leaf, Page

FLAT_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
TOO_DEEP = f"the page nests deeper than {MAX_NESTING} levels: it was read line by line, without its structure"


def parse(text: str) -> Page:
    """Parses the decoded text of a Markdown page. Never fails: damage is recorded in `Page.repairs`."""
    lines = text.split("\n")
    front = front_matter.read(lines)
    segmented = split_code([Line(line, front.lines + n) for n, line in enumerate(lines[front.lines :], 1)])
    blocks, repairs = _read(segmented.segments)
    return Page(
        blocks=blocks,
        visible=visible_text(lines[front.lines :]),
        front_title=front.title,
        description=front.description,
        last_edited=front.last_edited,
        repairs=sorted({*segmented.repairs, *repairs}, key=lambda repair: (repair.line, repair.what)),
    )


def _read(segments: list[Segment]) -> tuple[list[Block], list[Repair]]:
    source = assemble(segments)
    env: dict[str, Any] = {}
    tokens: list[Token] = []
    try:
        markdown_parser().block.parse("\n".join(source.lines), markdown_parser(), env, tokens)
        if max((token.level for token in tokens), default=0) < MAX_NESTING - 1:
            blocks = BlockReader(source.numbers, env)
            blocks.read(tokens)
            return blocks.stream.finish(), source.repairs + blocks.repairs
    except RecursionError:
        pass  # read below without structure
    return _flat_blocks(segments), [*source.repairs, Repair(TOO_DEEP, 0)]


def _flat_blocks(segments: list[Segment]) -> list[Block]:
    """Every line of text as a heading or paragraph, every code segment as code."""
    blocks: list[Block] = []
    for segment in segments:
        if segment.code:
            blocks.append(Leaf("code", Inline("\n".join(line.text for line in segment.lines)), segment.info))
            continue
        for line in segment.lines:
            m = FLAT_HEADING.match(line.text)
            if m:
                blocks.append(Heading(len(m[1]), Inline(m[2]), line=line.number))
            elif line.text.strip():
                blocks.append(Leaf("paragraph", Inline(line.text.strip())))
    return blocks
