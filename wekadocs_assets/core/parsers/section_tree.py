"""Cuts a page's blocks into sections: text layout, spans, heading paths, anchors, ids.

All formats share this module; format-specific parsing does not belong here.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePosixPath

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Document, Link, Section, SourceType, Span
from wekadocs_assets.core.parsers.page import Block, Close, Heading, Leaf, Open, Page

FAMILY = {"ordered_list": "list", "bullet_list": "list"}
WORD = re.compile(r"[^\W_]{2,}")
TOKEN = re.compile(r"\w+|[^\w\s]")
MAX_INDENT = 20
"""Deepest list level that is indented in the text; the depth of deeper items is only in their span."""
MAX_DEPTH = 60
"""Containers nested deeper get no span, so that the work per leaf is bounded; their text stays in the enclosing one."""


def build(page: Page, tag: str, source_uri: str, source_type: SourceType) -> Document:
    """Builds the document of a page: its sections in reading order; each word of the page is in exactly one of them.

    Words that the sections lack and an empty page are reported in `Document.warnings`.
    """
    document = ids.document_id(tag, source_uri)
    headings = [block for block in page.blocks if isinstance(block, Heading) and block.inline.text.strip()]
    title = page_title(page, headings, source_uri)
    builder = _SectionBuilder(document, tag, title)
    for block in page.blocks:
        builder.add(block)
    sections = builder.finish()
    warnings = [*page.warnings, *_lost_words_warning(page.visible, sections)]
    if not any(section.text or section.level for section in sections):
        warnings.insert(0, "the document is empty")
    return Document(
        id=document,
        tag=tag,
        source_uri=source_uri,
        source_type=source_type,
        title=title,
        description=page.description,
        last_edited=page.last_edited,
        sections=tuple(sections),
        repairs=tuple(page.repairs),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def page_title(page: Page, headings: list[Heading], source_uri: str) -> str:
    """The first heading, else the front matter's title, else `<title>`, else the file's name.

    Candidates without a letter or digit are passed over; the result is never empty.
    """
    candidates = [
        *(_collapse_whitespace(h.inline.text) for h in headings),
        _collapse_whitespace(page.front_title),
        _collapse_whitespace(page.html_title),
    ]
    if headings:
        candidates = [candidates[0], *candidates[len(headings) :]]
    return next((c for c in candidates if re.search(r"\w", c)), PurePosixPath(source_uri).stem or source_uri)


def slug(title: str) -> str:
    """GitHub's anchor of a heading: lower case, punctuation removed, blanks replaced by hyphens."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\- ]", "", title.strip().lower()))


class _SectionBuilder:
    """Adds blocks one by one; `path` is the stack of open headings, `open` the stack of open containers."""

    def __init__(self, document: str, tag: str, title: str) -> None:
        self.document, self.tag, self.title = document, tag, title
        self.sections: list[Section] = []
        self.path: list[tuple[int, str, str, bool]] = []  # level, title, section id, whether it is the title heading
        self.titled = False
        self.ordinals: Counter[tuple[str, ...]] = Counter()
        self.slugs: dict[str, int] = {}
        self.open: list[Open] = []
        self._begin_section(0, title, "", ())

    def add(self, block: Block) -> None:
        if isinstance(block, Heading):
            if block.inline.text.strip():
                self._add_heading(block)
        elif isinstance(block, Open):
            self.open.append(block)
            if len(self.open) <= MAX_DEPTH:
                self.text.enter(block)
        elif isinstance(block, Close):
            if len(self.open) <= MAX_DEPTH:
                self.text.leave()
            self.open.pop()
        else:
            self.text.add(block)

    def finish(self) -> list[Section]:
        self._end_section()
        return self.sections

    def _add_heading(self, block: Heading) -> None:
        self._end_section()
        title = _collapse_whitespace(block.inline.text)
        while self.path and self.path[-1][0] >= block.level:
            self.path.pop()
        first, self.titled = not self.titled, True
        steps = tuple(step for _, step, _, gave_title in self.path if not gave_title)
        own = steps if first else (*steps, title)
        self.path.append((block.level, title, "", first))
        self._begin_section(block.level, title, block.anchor or self._slug(title), own)
        self.path[-1] = (block.level, title, self.id, first)
        for target in (m for m in block.inline.marks if m.kind == "link"):
            self.text.links.append(Link(target.info, 0, 0))
        for container in self.open[:MAX_DEPTH]:
            self.text.enter(container, continued=True)

    def _begin_section(self, level: int, title: str, anchor: str, own: tuple[str, ...]) -> None:
        self.level, self.heading, self.anchor, self.own = level, title, anchor, own
        self.id = ids.section_id(self.document, own, self.ordinals[own])
        self.ordinals[own] += 1
        self.text = _SectionText()

    def _end_section(self) -> None:
        text, spans, links = self.text.finish()
        if not self.level and not text:  # no text before the first heading: no section, its ordinal is released
            self.ordinals[self.own] -= 1
            return
        path = tuple(step for _, step, _, _ in self.path)
        self.sections.append(
            Section(
                id=self.id,
                tag=self.tag,
                document_id=self.document,
                parent_id=self.path[-2][2] if len(self.path) > 1 else "",
                level=self.level,
                title=self.heading,
                heading_path=path,
                anchor=self.anchor,
                order=len(self.sections),
                text=text,
                checksum=ids.digest(self.heading, text),
                tokens=len(TOKEN.findall(text)),
                spans=tuple(spans),
                links=tuple(links),
            )
        )

    def _slug(self, title: str) -> str:
        """A slug unique in the page, numbered as github-slugger does: `name`, `name-1`, `name-2`."""
        made = base = slug(title)
        while made in self.slugs:
            self.slugs[base] += 1
            made = f"{base}-{self.slugs[base]}"
        self.slugs[made] = 0
        return made


class _SectionText:
    """Builds the text of one section: leaves with list markers and indentation, and their spans."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.spans: list[Span] = []
        self.links: list[Link] = []
        self.stack: list[tuple[Open, int, int, bool]] = []  # container, index of its span, depth, continued
        self.depths: Counter[str] = Counter()
        self.marker = ""
        self.previous = ""

    def enter(self, container: Open, continued: bool = False) -> None:
        family = FAMILY.get(container.kind, container.kind)
        self.depths[family] += 1
        depth = self.depths["list"] if container.kind == "list_item" else self.depths[family]
        self.stack.append((container, len(self.spans), depth, continued))
        self.spans.append(
            Span(kind=container.kind, start=-1, end=-1, info=container.info, depth=max(depth, 1), continued=continued)
        )
        if container.kind == "list_item" and not continued:
            number = container.info if self._ordered() else ""
            self.marker = f"{number}. " if number else "- "

    def leave(self) -> None:
        container, index, depth, continued = self.stack.pop()
        self.depths[FAMILY.get(container.kind, container.kind)] -= 1
        start = self.spans[index].start
        self.spans[index] = Span(
            kind=container.kind,
            start=start,
            end=self.length if start >= 0 else -1,
            info=container.info,
            depth=max(depth, 1),
            continued=continued,
        )

    def add(self, leaf: Leaf) -> None:
        if not leaf.inline.text.strip():
            return
        lists = min(self.depths["list"], MAX_INDENT)
        prefix = ("  " * (lists - 1) + self.marker if self.marker else "  " * lists) if lists else ""
        if leaf.kind == "code" and not self.marker:
            prefix = ""
        self._append(self._separator(leaf.kind) + prefix)
        start = self.length
        self._append(leaf.inline.text)
        for index in (i for _, i, _, _ in self.stack if self.spans[i].start < 0):
            span = self.spans[index]
            self.spans[index] = Span(
                kind=span.kind, start=start, end=-1, info=span.info, depth=span.depth, continued=span.continued
            )
        self.spans.append(Span(kind=leaf.kind, start=start, end=self.length, info=leaf.info))
        for mark in leaf.inline.marks:
            self.spans.append(Span(kind=mark.kind, start=start + mark.start, end=start + mark.end, info=mark.info))
            if mark.kind in ("link", "image") and mark.info:
                self.links.append(Link(mark.info, start + mark.start, start + mark.end))
        self.marker, self.previous = "", leaf.kind

    def finish(self) -> tuple[str, list[Span], list[Link]]:
        while self.stack:
            self.leave()
        return "".join(self.parts), [s for s in self.spans if 0 <= s.start < s.end], self.links

    def _ordered(self) -> bool:
        return len(self.stack) > 1 and self.stack[-2][0].kind == "ordered_list"

    def _separator(self, kind: str) -> str:
        if not self.length:
            return ""
        if "code" in (kind, self.previous):
            return "\n\n"
        rows = kind == self.previous == "table_row"
        tight = rows or self.marker or self.previous in ("term", "summary") or self.depths["list"] > 0
        return "\n" if tight else "\n\n"

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)


def _collapse_whitespace(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _lost_words_warning(visible: str, sections: list[Section]) -> list[str]:
    """At most one warning: which words of `visible` no section has. Compares counts of words of two or more letters."""
    wanted = Counter(WORD.findall(visible))
    for section in sections:
        wanted.subtract(WORD.findall(section.title if section.level else ""))
        wanted.subtract(WORD.findall(section.text))
    lost = [word for word, count in wanted.items() if count > 0]
    if not lost:
        return []
    total = sum(wanted[word] for word in lost)
    return [f"{total} words of the page are in none of its sections: {', '.join(lost[:8])}"]
