"""The visible text of a Markdown page by regular expressions only: `Page.visible`, to detect text that the parser lost."""

from __future__ import annotations

import html
import re

from wekadocs_assets.core.parsers.embedded_html import KNOWN_TAGS
from wekadocs_assets.core.parsers.markdown_rules import TEMPLATE

FENCE_LINE = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:`{3,}|~{3,})[^`\n]*$")
DEFINITION = re.compile(r"^[ \t>]*\[(?!\^)[^\]]*\]:[ \t]")
DIRECTIVE = re.compile(r"^\s*(?::{3,}|!!!|\?\?\?|=== )")
CALLOUT = re.compile(r"^[ \t>]*\[!\w+\]", re.MULTILINE)
LINK_TARGET = re.compile(r"\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\]\[[^\]\n]*\]")
TAG = re.compile(
    r"</?(?:" + "|".join(sorted(KNOWN_TAGS, key=len, reverse=True)) + r")(?=[\s/>])[^<>\n]*>|<[A-Z]\w*\s[^<>\n]*>",
    re.IGNORECASE,
)
HEADING_ID = re.compile(r"\{\s*:?\s*#[^{}\n]*\}", re.MULTILINE)
BROKEN_REFERENCE = "&#xNAN;"
TWICE_ENCODED = re.compile("&(?:lt|gt|amp|quot|nbsp);")
EMPHASIS_IN_WORD = re.compile(r"(?<=[^\W\d])(?:\*{1,3}|_{2,3}|~~)(?=[^\W\d])")


def visible_text(lines: list[str]) -> str:
    """The words of these source lines, without markup."""
    kept = [line for line in lines if not (FENCE_LINE.match(line) or DEFINITION.match(line) or DIRECTIVE.match(line))]
    text = "\n".join(kept)
    for start, end in (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>")):
        text = _remove_between(text, start, end)
    for pattern in (TEMPLATE, CALLOUT, LINK_TARGET, TAG, HEADING_ID):
        text = pattern.sub(" ", text)
    text = html.unescape(EMPHASIS_IN_WORD.sub("", text.replace(BROKEN_REFERENCE, "")))
    return TWICE_ENCODED.sub(" ", text).replace("\\", " ")


def _remove_between(text: str, start: str, end: str) -> str:
    """Removes each part from `start` to `end`; a `start` without an `end` is kept."""
    if end not in text:
        return text
    parts = []
    at = 0
    while (begin := text.find(start, at)) >= 0 and (stop := text.find(end, begin)) >= 0:
        parts.append(text[at:begin])
        at = stop + len(end)
    return " ".join([*parts, text[at:]])
