"""Parses an HTML page into blocks, whatever generator wrote it (Sphinx, Asciidoctor, Docusaurus, by hand).

Steps: html_tree builds the element tree, html_root selects the content, html_blocks reads it. A page that lxml cannot
hold as a tree is read by html_flat.
"""

from __future__ import annotations

import re

from wekadocs_assets.core.models import Repair
from wekadocs_assets.core.parsers.html_blocks import read_blocks
from wekadocs_assets.core.parsers.html_flat import flat_blocks, flat_text
from wekadocs_assets.core.parsers.html_root import content_root, visible_text
from wekadocs_assets.core.parsers.html_tree import Element, element_text, find_elements, parse_tree, repair_source
from wekadocs_assets.core.parsers.page import Block, Page

WORD = re.compile(r"[^\W_]{2,}")


def parse(text: str) -> Page:
    """Parses the decoded text of an HTML page. Never fails: damage is recorded in `Page.repairs`."""
    source, repairs = repair_source(text)
    if not source.strip():
        return Page(blocks=[], visible="", repairs=repairs)
    tree, complete = parse_tree(source)
    if not complete:
        return _flat_page(
            source, tree, [*repairs, Repair("nested deeper than a tree can hold: read without structure", 0)]
        )
    if tree is None:
        return _flat_page(source, tree, repairs)
    root, includes_frame = content_root(tree)
    visible = visible_text(root, includes_frame)
    if not WORD.search(visible):
        flat = flat_blocks(source)
        if WORD.search(flat_text(flat)):
            return _flat_page(source, tree, [*repairs, Repair("no text found by its structure: read without it", 0)])
    blocks, block_repairs = read_blocks(root, includes_frame)
    return _page(blocks, visible, tree, [*repairs, *block_repairs])


def _flat_page(source: str, tree: Element | None, repairs: list[Repair]) -> Page:
    blocks = flat_blocks(source)
    return _page(blocks, flat_text(blocks), tree, repairs)


def _page(blocks: list[Block], visible: str, tree: Element | None, repairs: list[Repair]) -> Page:
    """The page with title and description from the head of the tree."""
    titles = [] if tree is None else find_elements(tree, "(//head/title | //body/title)[1]")
    metas = [] if tree is None else find_elements(tree, "//meta[@name='description' or @property='og:description']")
    description = next((meta.get("content", "") for meta in metas if "content" in meta.attrib), "")
    return Page(
        blocks=blocks,
        visible=visible,
        html_title=" ".join(element_text(titles[0]).split()) if titles else "",
        description=" ".join(description.split()),
        repairs=repairs,
    )
