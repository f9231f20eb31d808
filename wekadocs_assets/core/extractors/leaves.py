"""Groups the spans of a section into leaves with their inline marks and enclosing containers, for all extractors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wekadocs_assets.core.models import Section, Span

CONTAINERS = frozenset("ordered_list bullet_list list_item quote details tab admonition table definition_list".split())
LEAVES = frozenset("paragraph code table_row term definition summary caption image".split())
GAP = frozenset(" \t\n")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf span of a section, its inline marks in reading order, and its enclosing containers, outermost first."""

    section: Section
    span: Span
    marks: tuple[Span, ...]
    containers: tuple[Span, ...]

    @property
    def kind(self) -> str:
        return self.span.kind

    @property
    def text(self) -> str:
        return self.section.text[self.span.start : self.span.end]

    def tail(self, length: int) -> str:
        """The last `length` characters of its text, or all if there are fewer."""
        return self.section.text[max(self.span.start, self.span.end - length) : self.span.end]

    def marks_of(self, *kinds: str) -> list[Span]:
        """Its inline marks of these kinds."""
        return [mark for mark in self.marks if mark.kind in kinds]

    def inside(self, *kinds: str) -> bool:
        """Whether a container of one of these kinds encloses it."""
        return any(container.kind in kinds for container in self.containers)


def leaves_of(section: Section) -> Iterator[Leaf]:
    """The leaves of a section in reading order, in one pass over its spans."""
    open_spans: list[Span] = []
    leaf: Span | None = None
    marks: list[Span] = []
    containers: tuple[Span, ...] = ()
    for span in section.spans:
        if (span.kind not in CONTAINERS and span.kind not in LEAVES) or _within(leaf, span):
            marks.append(span)
            continue
        if leaf is not None:
            yield Leaf(section, leaf, tuple(marks), containers)
            leaf, marks = None, []
        while open_spans and open_spans[-1].end <= span.start:
            open_spans.pop()
        if span.kind in CONTAINERS:
            open_spans.append(span)
        else:
            leaf, containers = span, tuple(open_spans)
    if leaf is not None:
        yield Leaf(section, leaf, tuple(marks), containers)


def _within(leaf: Span | None, span: Span) -> bool:
    """Whether a span is an image inside this leaf, and so one of its marks."""
    return leaf is not None and span.kind == "image" and leaf.start <= span.start and span.end <= leaf.end


def code_runs(leaf: Leaf) -> list[tuple[int, int]]:
    """(start, end) of each run of inline code; marks separated only by white space (`a` `b`) form one run."""
    text = leaf.section.text
    runs: list[tuple[int, int]] = []
    for mark in leaf.marks_of("inline_code"):
        if runs and mark.start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(runs[-1][1], mark.end))
        elif runs and mark.start - runs[-1][1] <= 4 and GAP.issuperset(text[runs[-1][1] : mark.start]):
            runs[-1] = (runs[-1][0], mark.end)
        else:
            runs.append((mark.start, mark.end))
    return runs
