"""HTML inside Markdown: tells HTML tags from placeholders in angle brackets (`<name>`), which are text."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

TAG = re.compile(
    r"""<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)
        (?P<attributes>(?:\s+[A-Za-z_:@][\w:.@-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|\{[^{}\n]*\}|[^\s"'=<>`{}]+))?)*)\s*(?P<self>/?)>""",
    re.VERBOSE,
)
ATTRIBUTE = re.compile(
    r"""([A-Za-z_:@][\w:.@-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|\{\s*["']?([^{}]*?)["']?\s*\}|([^\s"'=<>`{}]+))"""
)

BLOCK_TAGS = frozenset(
    "details summary table thead tbody tfoot tr td th caption ul ol li dl dt dd p div section article aside nav header footer"
    " main center figure figcaption blockquote pre h1 h2 h3 h4 h5 h6 hr tabs tabitem fieldset".split()
)
MARK_TAGS = {
    **dict.fromkeys(("strong", "b"), "strong"),
    **dict.fromkeys(("em", "i", "dfn", "cite"), "emphasis"),
    **dict.fromkeys(("code", "kbd", "samp", "tt", "var"), "inline_code"),
    "a": "link",
}
INLINE_TAGS = frozenset(
    "span u mark sup sub small big font abbr del ins s strike q br wbr img picture source iframe video audio embed object svg"
    " colgroup col label input button script style noscript time bdi bdo ruby rt rp meter progress map area".split()
) | frozenset(MARK_TAGS)
KNOWN_TAGS = BLOCK_TAGS | INLINE_TAGS
OFTEN_PLACEHOLDERS = frozenset(
    "source label input button time object section header footer main nav map area caption cite var meter progress tabs"
    " address video audio picture embed script style mark article figure q s u".split()
)
"""Tag names that are also ordinary words: a tag only with attributes or an end tag (a single `<source>` is a placeholder)."""
END_TAG_WITHIN = 5000
"""How many characters after a start tag its end tag is searched."""

PRE_CODE_TAGS = re.compile(
    r"</?(?:code|strong|em|b|i|u|span|a|mark|kbd|samp|sub|sup|del|ins|small|font|wbr|pre|div|p)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
LANGUAGE = re.compile(r"""class\s*=\s*["'][^"']*\blang(?:uage)?-([\w+#-]+)""", re.IGNORECASE)
PRE_TAG = re.compile(r"<pre(?:\s[^>]*)?>", re.IGNORECASE)
PRE_END = re.compile(r"</pre\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tag:
    """An HTML tag. name: in lower case; raw: its attributes as written."""

    name: str
    closing: bool
    raw: str = ""

    def attribute(self, *names: str) -> str:
        """The value of the first of these attributes that the tag has, character references decoded; '' if none."""
        values = {
            m[1].lower(): next((v for v in m.groups()[1:] if v is not None), "") for m in ATTRIBUTE.finditer(self.raw)
        }
        return next((html.unescape(values[name]) for name in names if name in values), "")


def tag_at(text: str, at: int) -> tuple[Tag, int] | None:
    """(the tag that starts at this offset, the offset of its end); None for a placeholder or any other text."""
    m = TAG.match(text, at)
    if not m:
        return None
    name, closing, raw = m["name"].lower(), bool(m["close"]), m["attributes"]
    component = m["name"][0].isupper() and "=" in raw  # an MDX component, not a placeholder
    if name not in KNOWN_TAGS and not component:
        return None
    bare = name in OFTEN_PLACEHOLDERS and not (closing or "=" in raw or m["self"])
    if bare and text.find(f"</{m['name']}", m.end(), m.end() + END_TAG_WITHIN) < 0:
        return None
    return Tag(name, closing, raw), m.end()


def pre_text(lines: list[str]) -> tuple[str, list[str], str]:
    """Reads the lines of a `<pre>` block: (language, lines of code without tags, text after `</pre>` on the last line)."""
    text = "\n".join(lines)
    opening = PRE_TAG.search(text)
    body = text[opening.end() if opening else 0 :]
    language = LANGUAGE.search(text, 0, (opening.end() if opening else 0) + 200)
    end = PRE_END.search(body)
    after = body[end.end() :] if end else ""
    body = body[: end.start()] if end else body
    body = re.sub(r"<br\s*/?>", "\n", body)
    body = html.unescape(PRE_CODE_TAGS.sub("", body))
    return (language[1] if language else ""), body.split("\n"), after
