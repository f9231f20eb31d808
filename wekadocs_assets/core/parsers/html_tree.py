"""HTML text to an lxml tree without silent losses: damage that swallows text is mended, nesting that lxml drops is told."""

from __future__ import annotations

import re

from lxml import etree

from wekadocs_assets.core.models import Repair

INVISIBLE = re.compile(r"&(?:shy|ZeroWidthSpace|NoBreak|#(?:173|8203|8288|65279)|#[xX]0*(?:ad|200b|2060|feff));", re.I)
"""Signs inside words that no reader sees; written out they are gone before any format is parsed."""
SWALLOWERS = ("title", "textarea", "script", "style", "xmp", "noframes", "iframe")
"""Elements whose content is not parsed: left open, they take the rest of the page."""
BARE_TAG = re.compile(r"</?[a-zA-Z][\w:-]*\s*$")


def mended(text: str) -> tuple[str, list[Repair]]:
    """The text as lxml can read it whole, and what was done to it."""
    repairs: list[Repair] = []
    text = INVISIBLE.sub("", text)
    for mend in (_unclosed_comment, _unclosed_swallowers, _unfinished_tag):
        text = mend(text, repairs)
    return text, repairs


def tree_of(text: str) -> tuple[etree._Element | None, bool]:
    """The root element (None for no markup and no text) and whether all nesting was kept."""
    # bytes with a set encoding: an XML declaration or meta charset in the text has no say any more
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None, True
    return root, not any("Excessive depth" in entry.message for entry in parser.error_log)


def _unclosed_comment(text: str, repairs: list[Repair]) -> str:
    closed = max(text.rfind("-->"), text.rfind("--!>"), 0)
    start = text.find("<!--", closed)
    if start < 0:
        return text
    repairs.append(Repair("comment never closed: its text is kept", _line(text, start)))
    return text[:start] + text[start:].replace("<!--", "")


def _unclosed_swallowers(text: str, repairs: list[Repair]) -> str:
    lower = text.lower()
    if len(lower) != len(text):  # a few letters change length in lower case
        lower = text
    for tag in SWALLOWERS:
        start = lower.rfind(f"<{tag}")
        if start < 0 or lower.find(f"</{tag}", start) >= 0 or lower[start + len(tag) + 1 :][:1].isalpha():
            continue
        end = text.find("\n", start)
        if end < 0:
            end = text.find(">", start) + 1 or len(text)
        repairs.append(Repair(f"<{tag}> never closed: closed at the end of its line", _line(text, start)))
        text = f"{text[:end]}</{tag}>{text[end:]}"
        lower = f"{lower[:end]}</{tag}>{lower[end:]}"
    return text


def _unfinished_tag(text: str, repairs: list[Repair]) -> str:
    start = text.rfind("<")
    if start < 0 or text.find(">", start) >= 0 or not re.match(r"</?[a-zA-Z]", text[start : start + 3]):
        return text
    if BARE_TAG.match(text, start):
        return text[:start]
    repairs.append(Repair("tag never finished: read as text", _line(text, start)))
    return f"{text[:start]}&lt;{text[start + 1 :]}"


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
