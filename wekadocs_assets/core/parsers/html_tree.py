"""Parses HTML text into an lxml tree without silent loss, and gives typed access to elements.

Damage that makes an HTML parser drop text is repaired in the source first; nesting too deep for lxml is reported.
"""

from __future__ import annotations

import re

from lxml import etree

from wekadocs_assets.core.models import Repair

Element = etree._Element

INVISIBLE_REFERENCES = re.compile(
    r"&(?:shy|ZeroWidthSpace|NoBreak|#(?:173|8203|8288|65279)|#[xX]0*(?:ad|200b|2060|feff));", re.I
)
"""Character references of invisible characters; source_text removes the same characters where they are written out."""
RAW_TEXT_TAGS = ("title", "textarea", "script", "style", "xmp", "noframes", "iframe")
"""Elements whose content is text, not markup (HTML spec, 13.1.2): without an end tag they take the rest of the page."""
TAG_WITHOUT_ATTRIBUTES = re.compile(r"</?[a-zA-Z][\w:-]*\s*$")


def repair_source(text: str) -> tuple[str, list[Repair]]:
    """The source with unclosed comments, raw text elements and tags repaired, and the repairs made."""
    repairs: list[Repair] = []
    text = INVISIBLE_REFERENCES.sub("", text)
    for repair in (_repair_comment, _repair_raw_text, _repair_last_tag):
        text = repair(text, repairs)
    return text, repairs


def parse_tree(text: str) -> tuple[Element | None, bool]:
    """(root element, whether the tree is complete). None: no element; incomplete: lxml dropped deeply nested ones."""
    # bytes with a set encoding, so that lxml ignores an XML declaration or meta charset in the text
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None, True
    return root, not any("Excessive depth" in entry.message for entry in parser.error_log)


def find_elements(root: Element, xpath: str) -> list[Element]:
    """The elements that an XPath expression selects, in document order."""
    found = root.xpath(xpath)
    return [item for item in found if isinstance(item, etree._Element)] if isinstance(found, list) else []


def element_text(element: Element) -> str:
    """The text of an element and its descendants, white space as in the source."""
    return "".join(str(part) for part in element.itertext())


def _repair_comment(text: str, repairs: list[Repair]) -> str:
    closed = max(text.rfind("-->"), text.rfind("--!>"), 0)
    start = text.find("<!--", closed)
    if start < 0:
        return text
    repairs.append(Repair("comment never closed: its text is kept", _line_number(text, start)))
    return text[:start] + text[start:].replace("<!--", "")


def _repair_raw_text(text: str, repairs: list[Repair]) -> str:
    lower = text.lower()
    if len(lower) != len(text):  # a few letters change length in lower case
        lower = text
    for tag in RAW_TEXT_TAGS:
        start = lower.rfind(f"<{tag}")
        if start < 0 or lower.find(f"</{tag}", start) >= 0 or lower[start + len(tag) + 1 :][:1].isalpha():
            continue
        end = text.find("\n", start)
        if end < 0:
            end = text.find(">", start) + 1 or len(text)
        repairs.append(Repair(f"<{tag}> never closed: closed at the end of its line", _line_number(text, start)))
        text = f"{text[:end]}</{tag}>{text[end:]}"
        lower = f"{lower[:end]}</{tag}>{lower[end:]}"
    return text


def _repair_last_tag(text: str, repairs: list[Repair]) -> str:
    start = text.rfind("<")
    if start < 0 or text.find(">", start) >= 0 or not re.match(r"</?[a-zA-Z]", text[start : start + 3]):
        return text
    if TAG_WITHOUT_ATTRIBUTES.match(text, start):
        return text[:start]
    repairs.append(Repair("tag never finished: read as text", _line_number(text, start)))
    return f"{text[:start]}&lt;{text[start + 1 :]}"


def _line_number(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def source_line(element: Element) -> int:
    """The 1-based source line of an element's start tag, 0 if unknown."""
    line = element.sourceline
    return line if isinstance(line, int) else 0
