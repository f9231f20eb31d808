"""Extracts Procedure and Step entities: sequences of numbered instructions, also if code, notes or headings interrupt them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from wekadocs_assets.core.extractors.found import FoundMention
from wekadocs_assets.core.extractors.instruction import introduces_explanation, introduces_parts, is_instruction
from wekadocs_assets.core.extractors.leaves import Leaf
from wekadocs_assets.core.extractors.numbered_items import Event, Item, events
from wekadocs_assets.core.extractors.page_reading import PageReading
from wekadocs_assets.core.models import Section

OPEN_AT_ONCE = 8
"""How many sequences of a panel may still be continued; bounds the time for long pages."""
LONGEST_INTRO = 1000
"""How many characters of the text before a list, or of its title, are searched for an announcement of the list."""
GENERIC = re.compile(
    r"(?:the )?(?:procedures?|steps?|instructions?|example|to do so|do the following|note|related topics?)",
    re.IGNORECASE,
)
PROCEDURE_LABEL = re.compile(
    r"(?:the )?(?:procedures?|steps?|instructions?|(?:\w+ ){0,2}workflow|before you begin)\W*", re.IGNORECASE
)
STRONG_OPENER = re.compile(
    r"\b(?:(?:follow|use|perform|complete|do|take|execute|carry out)(?:ing)? (?:these|the following|this|the)(?: \w+)?"
    r"(?: steps?| procedures?| tasks?| actions?)?"
    r"(?: below)?(?:,? in [\w ]+)?|follow these steps[^.:]*)\s*:\s*$",
    re.IGNORECASE,
)
FLOW_TITLE = re.compile(
    r"\b(?:flows?|stages|states|lifecycle|architecture|how .* (?:works?|operates?|interacts?)|interactions?)\b",
    re.IGNORECASE,
)
BRANCHES = re.compile(
    r"\b(?:following|as follows|do one of|tabs?|options?|depending on|according to|one of the)\b", re.IGNORECASE
)
OPENERS = re.compile(
    r"\b(?:follow(?:ing)? (?:these |the )?steps|steps|procedure|do the following|workflow|instructions)\b",
    re.IGNORECASE,
)


@dataclass(slots=True, kw_only=True)
class Sequence:
    """A sequence of numbered items under construction.

    section: of its first item; panel: see numbered_items.Event; label, intro: the label and the paragraph before it;
    code_blocks: number of code blocks after the n-th item; nested: inside an item of another sequence.
    """

    section: Section
    panel: tuple[str, str]
    label: str
    intro: str
    items: list[Item] = field(default_factory=list)
    code_blocks: Counter[int] = field(default_factory=Counter)
    nested: bool = False

    @property
    def last(self) -> int:
        return self.items[-1].number


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProcedure:
    """A procedure: its title, the offsets of its first item in section, and its steps, which may be in other sections."""

    section: Section
    title: str
    start: int
    end: int
    steps: tuple[Item, ...]


def read_procedures(reading: PageReading) -> list[FoundProcedure]:
    """The sequences of a page that give instructions, in reading order."""
    sequences = [s for s in _sequences(reading.leaves) if not s.nested and _is_procedure(s)]
    per_section = Counter(s.section.id for s in sequences if not s.panel[0])
    return [
        FoundProcedure(
            section=s.section,
            title=_title(s, per_section, reading.document.title),
            start=s.items[0].start,
            end=s.items[0].end,
            steps=tuple(s.items),
        )
        for s in sequences
    ]


def procedures(found: list[FoundProcedure]) -> list[FoundMention]:
    """The mentions of the procedures, each followed by those of its steps; ordinals count within each section."""
    result: list[FoundMention] = []
    places: Counter[tuple[str, str]] = Counter()
    for procedure in found:
        section = procedure.section.id
        ordinal = _next(places, section, "Procedure")
        result.append(
            FoundMention(
                kind="Procedure",
                name=procedure.title,
                section_id=section,
                start=procedure.start,
                end=procedure.end,
                role="defines",
                confidence=0.9,
                ordinal=ordinal,
            )
        )
        for order, item in enumerate(procedure.steps, 1):
            result.append(_step(item, order, _next(places, item.leaf.section.id, "Step")))
    return result


def _next(places: Counter[tuple[str, str]], section: str, kind: str) -> int:
    places[section, kind] += 1
    return places[section, kind] - 1


def _step(item: Item, order: int, ordinal: int) -> FoundMention:
    section = item.leaf.section
    instruction = " ".join(section.text[item.start : item.end].split())
    return FoundMention(
        kind="Step",
        name=instruction[:80],
        section_id=section.id,
        start=item.start,
        end=item.end,
        role="defines",
        confidence=0.9,
        ordinal=ordinal,
        order=order,
        instruction=instruction,
    )


def _sequences(all_leaves: list[Leaf]) -> list[Sequence]:
    builder = _SequenceBuilder()
    for event in events(all_leaves):
        builder.add(event)
    return builder.sequences


class _SequenceBuilder:
    """Joins numbered items into sequences; `open`: by panel, the stack of sequences that may still be continued."""

    def __init__(self) -> None:
        self.sequences: list[Sequence] = []
        self.open: dict[str, list[Sequence]] = {}
        self.section = ""
        self.label, self.intro = "", ""

    def add(self, event: Event) -> None:
        if event.leaf.section.id != self.section:
            self.section, self.label, self.intro = event.leaf.section.id, "", ""
        stack = self.open.setdefault(event.panel[0], [])
        if event.item:
            self._add_item(event, event.item, stack)
            self.label, self.intro = "", ""
        elif event.label:
            self.label = event.label
        elif event.leaf.kind == "paragraph" and not event.nested:
            self.intro = event.leaf.tail(LONGEST_INTRO)
        elif event.leaf.kind == "code" and stack and stack[-1].items:
            stack[-1].code_blocks[len(stack[-1].items)] += 1

    def _add_item(self, event: Event, item: Item, stack: list[Sequence]) -> None:
        target = self._target(item, stack)
        if target is None:
            if item.list_key[1] < 0 and item.number > 1:
                return  # a numbered paragraph that continues no sequence
            target = Sequence(section=item.leaf.section, panel=event.panel, label=self.label, intro=self.intro)
            target.nested = not self.label and not self.intro and _is_branch(item, stack)
            self.sequences.append(target)
            stack.append(target)
            del stack[:-OPEN_AT_ONCE]
        else:
            _close_inner(stack, target)
        target.items.append(item)

    def _target(self, item: Item, stack: list[Sequence]) -> Sequence | None:
        """The open sequence that this item continues, searched innermost first; None if it starts a new one."""
        for sequence in reversed(stack):
            if item.list_key[1] >= 0 and sequence.items[-1].list_key == item.list_key:
                return None if item.number == 1 and sequence.last > 1 else sequence
        if item.number == 1:
            return self._repeated_one(item, stack)
        for sequence in reversed(stack):
            if sequence.last + 1 == item.number and _may_continue_in(sequence, item):
                return sequence
        top = stack[-1] if stack else None
        if top and _is_same_or_below(top.section, item.leaf.section) and not self.label and item.number <= top.last + 3:
            return top
        return None

    def _repeated_one(self, item: Item, stack: list[Sequence]) -> Sequence | None:
        """The sequence that a second item 1 continues: the last one, if only code is between (1, 1, 2)."""
        top = stack[-1] if stack else None
        if not top or top.section.id != item.leaf.section.id or top.last != 1 or self.label or self.intro:
            return None
        return top if top.code_blocks[len(top.items)] else None


def _is_branch(item: Item, stack: list[Sequence]) -> bool:
    """Whether a list that follows an item such as `do one of the following` is nested in it: its indentation was lost."""
    outer = next((s for s in reversed(stack) if not s.nested), None)
    if outer is None or outer.section.id != item.leaf.section.id:
        return False
    last = outer.items[-1]
    return BRANCHES.search(last.leaf.section.text[last.start : last.end]) is not None and len(outer.items) > 1


def _may_continue_in(sequence: Sequence, item: Item) -> bool:
    """Whether a sequence may continue in the item's section: a subsection, or any section from two items on."""
    return _is_same_or_below(sequence.section, item.leaf.section) or len(sequence.items) > 1


def _is_same_or_below(upper: Section, lower: Section) -> bool:
    return lower.heading_path[: len(upper.heading_path)] == upper.heading_path


def _close_inner(stack: list[Sequence], target: Sequence) -> None:
    """Closes the sequences above target: they are nested in it, unless they have a label or heading of their own."""
    while stack[-1] is not target:
        inner = stack.pop()
        inner.nested = inner.nested or (not inner.label and inner.section.id == target.items[-1].leaf.section.id)


def _is_procedure(sequence: Sequence) -> bool:
    """Whether its label calls it a procedure, or enough of its items are instructions (how many depends on its intro)."""
    labelled = PROCEDURE_LABEL.fullmatch(sequence.label) or PROCEDURE_LABEL.fullmatch(sequence.section.title)
    instructions = sum(1 for item in sequence.items if is_instruction(item.leaf.section.text[item.start : item.end]))
    with_code = sum(1 for number in range(1, len(sequence.items) + 1) if sequence.code_blocks[number])
    if labelled:
        return instructions + with_code > 0 or len(sequence.items) > 1
    if introduces_explanation(sequence.intro):
        return False
    if introduces_parts(sequence.intro):
        return instructions / len(sequence.items) >= 0.75
    if STRONG_OPENER.search(sequence.intro):
        return True
    threshold = 0.34 if OPENERS.search(sequence.intro) else 0.5
    threshold = 0.8 if FLOW_TITLE.search(sequence.section.title[:LONGEST_INTRO]) else threshold
    counted = min(instructions + with_code, len(sequence.items)) if instructions else 0
    return counted / len(sequence.items) >= threshold


def _title(sequence: Sequence, per_section: Counter[str], page: str) -> str:
    """The panel's label, else the sequence's own label where a section has several procedures, else the heading."""
    if sequence.panel[1]:
        return sequence.panel[1]
    if per_section[sequence.section.id] > 1 and sequence.label and not GENERIC.fullmatch(sequence.label):
        return sequence.label
    return sequence.section.title or page
