"""Example: a code block or captioned sample that shows use, named by its caption, summary, lead-in or heading."""

from __future__ import annotations

import re

from wekadocs_assets.core.extractors.command_candidates import CodeBlock
from wekadocs_assets.core.extractors.found import Found
from wekadocs_assets.core.extractors.leaves import Leaf
from wekadocs_assets.core.extractors.page_reading import PageReading

EXAMPLE = re.compile(r"\b(?:examples?|sample|e\.g\.|for instance|such as|looks? like|similar to)\b", re.IGNORECASE)
LONGEST_NAME = 120
LONGEST_LEAD = 1000
"""How much of the text before a code block is looked at: every one of many blocks asks for it."""
LEADS = frozenset(("paragraph", "caption", "summary"))


def examples(reading: PageReading) -> list[Found]:
    blocks = {(b.leaf.section.id, b.leaf.span.start): b for b in reading.blocks}
    found: list[Found] = []
    before: Leaf | None = None
    ordinal, section = 0, ""
    for leaf in reading.leaves:
        ordinal, section = (ordinal, section) if leaf.section.id == section else (0, leaf.section.id)
        if leaf.kind == "code":
            name, confidence = _named(leaf, before, blocks[leaf.section.id, leaf.span.start])
            if confidence:
                found.append(
                    Found("Example", name, section, leaf.span.start, leaf.span.end, "defines", confidence, ordinal)
                )
                ordinal += 1
        else:
            before = leaf
    return found


def _named(leaf: Leaf, before: Leaf | None, block: CodeBlock) -> tuple[str, float]:
    """(name, confidence); confidence 0: nothing says that this code is a sample."""
    near = before if before is not None and before.section.id == leaf.section.id else None
    summary = next((c.info for c in reversed(leaf.around) if c.kind in ("details", "tab") and c.info), "")
    lead = near.tail(LONGEST_LEAD).strip() if near is not None and near.kind in LEADS else ""
    for text, confidence in ((summary, 0.9), (lead[-LONGEST_NAME * 2 :], 0.85), (leaf.section.title, 0.8)):
        if text and EXAMPLE.search(text):
            return _short(text), confidence
    if block.kind == "data" or (block.script is not None and any(s.prompt == "$" for s in block.script.statements)):
        return _short(summary or leaf.section.title), 0.6
    return "", 0.0


def _short(text: str) -> str:
    """One line, without the colon at its end; of a long lead-in the last sentence."""
    line = " ".join(text.split()).rstrip(":. ")
    return line if len(line) <= LONGEST_NAME else re.split(r"(?<=[.!?]) ", line)[-1][-LONGEST_NAME:].strip()
