"""HTML pages to blocks: Sphinx, Asciidoctor and hand-written pages alike; every visible word once."""

from __future__ import annotations

import re

from lxml import etree

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers.html_blocks import blocks_of
from wekadocs_assets.core.parsers.html_flat import flat_blocks, flat_text
from wekadocs_assets.core.parsers.html_root import content_root, visible_text
from wekadocs_assets.core.parsers.html_tree import mended, tree_of
from wekadocs_assets.core.parsers.page import Page

WORD = re.compile(r"[^\W_]{2,}")


def parse(text: str) -> Page:
    """The page of an HTML text that is already decoded."""
    source, repairs = mended(text)
    if not source.strip():
        return Page([], "", repairs=repairs)
    tree, whole = tree_of(source)
    if not whole:
        return _flat(source, tree, [*repairs, Repair("nested deeper than a tree can hold: read without structure", 0)])
    if tree is None:
        return _flat(source, tree, repairs)
    root, frame = content_root(tree)
    visible = visible_text(root, frame)
    if not WORD.search(visible):
        flat = flat_blocks(source)
        if WORD.search(flat_text(flat)):
            return _flat(source, tree, [*repairs, Repair("no text found by its structure: read without it", 0)])
    blocks, mends = blocks_of(root, frame)
    return Page(blocks, visible, repairs=[*repairs, *mends], **_head(tree))


def _flat(source: str, tree: etree._Element | None, repairs: list[Repair]) -> Page:
    blocks = flat_blocks(source)
    head = {} if tree is None else _head(tree)
    return Page(blocks, flat_text(blocks), repairs=repairs, **head)


def _head(tree: etree._Element) -> dict[str, str]:
    """Title and description as the page's head gives them."""
    titles = tree.xpath("(//head/title | //body/title)[1]")
    described = tree.xpath("(//meta[@name='description' or @property='og:description']/@content)[1]")
    return {
        "html_title": " ".join("".join(titles[0].itertext()).split()) if titles else "",
        "description": " ".join(described[0].split()) if described else "",
    }
