"""Reads HTML tag by tag, without a tree, for pages too deeply nested for lxml: all text, headings and code, no nesting."""

from __future__ import annotations

import html
import re

from wekadocs_assets.core.parsers.html_root import HEADINGS, INLINE
from wekadocs_assets.core.parsers.page import Block, Heading, Inline, Leaf

TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)([^<>]*)>|<[!?][^<>]*>")
COMMENT = re.compile(r"<!--.*?-->", re.S)
SKIPPED_TAGS = frozenset(("script", "style", "template", "noscript", "head", "nav"))
ID = re.compile(r"""\bid\s*=\s*["']?([^"'\s>]+)""")


def flat_blocks(text: str) -> list[Block]:
    """Headings, paragraphs and code in reading order; every block tag starts a new one."""
    blocks: list[Block] = []
    run: list[str] = []
    leaf = ("p", "")  # tag and id of the leaf under construction
    skipping = ""  # name of the skipped element whose end tag is awaited
    at = 0
    text = COMMENT.sub(" ", text)
    for tag in TAG.finditer(text):
        if not skipping:
            run.append(text[at : tag.start()])
        at = tag.end()
        name, closing = (tag[2] or "").lower(), bool(tag[1])
        if skipping:
            skipping = "" if closing and name == skipping else skipping
        elif not closing and name in SKIPPED_TAGS and text.find(f"</{name}", at) >= 0:
            skipping = name
        elif name == "br":
            run.append("\n")
        elif name and name not in INLINE and not (leaf[0] == "pre" and name != "pre"):
            _end_leaf(blocks, run, *leaf)
            kind = name if not closing and (name in HEADINGS or name == "pre") else "p"
            found = ID.search(tag[3] or "")
            leaf = (kind, found[1] if found else "")
    if not skipping:
        run.append(text[at:])
    _end_leaf(blocks, run, *leaf)
    return blocks


def flat_text(blocks: list[Block]) -> str:
    """The text of these blocks, one per line."""
    return "\n".join(block.inline.text for block in blocks if isinstance(block, Heading | Leaf))


def _end_leaf(blocks: list[Block], run: list[str], kind: str, anchor: str) -> None:
    text = html.unescape("".join(run))
    run.clear()
    if not text.strip():
        return
    if kind == "pre":
        blocks.append(Leaf("code", Inline(text.strip("\n").rstrip())))
    elif kind in HEADINGS:
        blocks.append(Heading(int(kind[1]), Inline(" ".join(text.split())), anchor))
    else:
        blocks.append(Leaf("paragraph", Inline(" ".join(text.split()))))
