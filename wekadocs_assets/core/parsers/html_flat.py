"""HTML read tag by tag without a tree, for pages that no tree can hold: all text, headings and code, no nesting."""

from __future__ import annotations

import html
import re

from wekadocs_assets.core.parsers.html_root import HEADINGS, INLINE
from wekadocs_assets.core.parsers.page import Block, Heading, Inline, Leaf

TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)([^<>]*)>|<[!?][^<>]*>")
COMMENT = re.compile(r"<!--.*?-->", re.S)
UNREAD = frozenset(("script", "style", "template", "noscript", "head", "nav"))
ID = re.compile(r"""\bid\s*=\s*["']?([^"'\s>]+)""")


def flat_blocks(text: str) -> list[Block]:
    """Paragraphs, headings and code in reading order, each between two block tags."""
    blocks: list[Block] = []
    run: list[str] = []
    state = ["p", ""]  # the leaf being read, the id of its element
    unread = ""
    at = 0
    text = COMMENT.sub(" ", text)
    for tag in TAG.finditer(text):
        if not unread:
            run.append(text[at : tag.start()])
        at = tag.end()
        name, closing = (tag[2] or "").lower(), bool(tag[1])
        if unread:
            unread = "" if closing and name == unread else unread
        elif not closing and name in UNREAD and text.find(f"</{name}", at) >= 0:
            unread = name
        elif name == "br":
            run.append("\n")
        elif name and name not in INLINE and not (state[0] == "pre" and name != "pre"):
            _end(blocks, run, *state)
            kind = name if not closing and (name in HEADINGS or name == "pre") else "p"
            found = ID.search(tag[3] or "")
            state = [kind, found[1] if found else ""]
    if not unread:
        run.append(text[at:])
    _end(blocks, run, *state)
    return blocks


def flat_text(blocks: list[Block]) -> str:
    """All text of flat blocks."""
    return "\n".join(block.inline.text for block in blocks if isinstance(block, Heading | Leaf))


def _end(blocks: list[Block], run: list[str], kind: str, anchor: str) -> None:
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
