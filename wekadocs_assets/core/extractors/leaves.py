"""A section's text as leaves with their inline marks and their containers: the walk that all extractors share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wekadocs_assets.core.models import Section, Span

CONTAINERS = frozenset("ordered_list bullet_list list_item quote details tab admonition table definition_list".split())
LEAVES = frozenset("paragraph code table_row term definition summary caption image".split())
GAP = frozenset(" \t\n")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of a section, its inline marks in reading order and the containers around it, outermost first."""

    section: Section
    span: Span
    marks: tuple[Span, ...]
    around: tuple[Span, ...]

    @property
    def kind(self) -> str:
        return self.span.kind

    @property
    def text(self) -> str:
        return self.section.text[self.span.start : self.span.end]

    def tail(self, length: int) -> str:
        """The last characters of its text, at most so many."""
        return self.section.text[max(self.span.start, self.span.end - length) : self.span.end]

    def of(self, *kinds: str) -> list[Span]:
        return [mark for mark in self.marks if mark.kind in kinds]

    def inside(self, *kinds: str) -> bool:
        return any(container.kind in kinds for container in self.around)


def leaves(section: Section) -> Iterator[Leaf]:
    """The leaves in reading order, in one pass over the spans."""
    open_spans: list[Span] = []
    leaf: Span | None = None
    marks: list[Span] = []
    around: tuple[Span, ...] = ()
    for span in section.spans:
        if (span.kind not in CONTAINERS and span.kind not in LEAVES) or _within(leaf, span):
            marks.append(span)
            continue
        if leaf is not None:
            yield Leaf(section, leaf, tuple(marks), around)
            leaf, marks = None, []
        while open_spans and open_spans[-1].end <= span.start:
            open_spans.pop()
        if span.kind in CONTAINERS:
            open_spans.append(span)
        else:
            leaf, around = span, tuple(open_spans)
    if leaf is not None:
        yield Leaf(section, leaf, tuple(marks), around)


def _within(leaf: Span | None, span: Span) -> bool:
    """An image inside a paragraph is a mark of it."""
    return leaf is not None and span.kind == "image" and leaf.start <= span.start and span.end <= leaf.end


def code_runs(leaf: Leaf) -> list[tuple[int, int]]:
    """Stretches of inline code; neighbours with only a blank between them are one run (`<code>a</code> <code>b</code>`)."""
    text = leaf.section.text
    runs: list[tuple[int, int]] = []
    for mark in leaf.of("inline_code"):
        if runs and mark.start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(runs[-1][1], mark.end))
        elif runs and mark.start - runs[-1][1] <= 4 and GAP.issuperset(text[runs[-1][1] : mark.start]):
            runs[-1] = (runs[-1][0], mark.end)
        else:
            runs.append((mark.start, mark.end))
    return runs
