"""Extracts Example entities: code blocks that show use, named by their summary, the text before them, or the heading."""

from __future__ import annotations

import re

from wekadocs_assets.core.extractors.command_candidates import CodeBlock
from wekadocs_assets.core.extractors.found import FoundMention
from wekadocs_assets.core.extractors.leaves import Leaf
from wekadocs_assets.core.extractors.page_reading import PageReading

EXAMPLE = re.compile(r"\b(?:examples?|sample|e\.g\.|for instance|such as|looks? like|similar to)\b", re.IGNORECASE)
LONGEST_NAME = 120
LONGEST_LEAD = 1000
"""How many characters of the text before a code block are searched; bounds the time for pages with many blocks."""
LEAD_KINDS = frozenset(("paragraph", "caption", "summary"))


def examples(reading: PageReading) -> list[FoundMention]:
    """The code blocks of a page that are examples, numbered in each section."""
    blocks = {(b.leaf.section.id, b.leaf.span.start): b for b in reading.blocks}
    found: list[FoundMention] = []
    before: Leaf | None = None
    ordinal, section = 0, ""
    for leaf in reading.leaves:
        ordinal, section = (ordinal, section) if leaf.section.id == section else (0, leaf.section.id)
        if leaf.kind == "code":
            name, confidence = _name(leaf, before, blocks[leaf.section.id, leaf.span.start])
            if confidence:
                found.append(
                    FoundMention(
                        kind="Example",
                        name=name,
                        section_id=section,
                        start=leaf.span.start,
                        end=leaf.span.end,
                        role="defines",
                        confidence=confidence,
                        ordinal=ordinal,
                    )
                )
                ordinal += 1
        else:
            before = leaf
    return found


def _name(leaf: Leaf, before: Leaf | None, block: CodeBlock) -> tuple[str, float]:
    """(name, confidence) of the example; confidence 0 if the code is not an example. before: the last leaf before the code."""
    near = before if before is not None and before.section.id == leaf.section.id else None
    summary = next((c.info for c in reversed(leaf.containers) if c.kind in ("details", "tab") and c.info), "")
    lead = near.tail(LONGEST_LEAD).strip() if near is not None and near.kind in LEAD_KINDS else ""
    for text, confidence in ((summary, 0.9), (lead[-LONGEST_NAME * 2 :], 0.85), (leaf.section.title, 0.8)):
        if text and EXAMPLE.search(text):
            return _shorten(text), confidence
    if block.kind == "data" or (block.script is not None and any(s.prompt == "$" for s in block.script.statements)):
        return _shorten(summary or leaf.section.title), 0.6
    return "", 0.0


def _shorten(text: str) -> str:
    """The text on one line without punctuation at its end; of a long text the last sentence, cut to LONGEST_NAME."""
    line = " ".join(text.split()).rstrip(":. ")
    return line if len(line) <= LONGEST_NAME else re.split(r"(?<=[.!?]) ", line)[-1][-LONGEST_NAME:].strip()
