"""Procedure and Step: instruction sequences written as numbered lists, also where code, notes or headings interrupt them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from wekadocs_assets.core.extractors.found import Found
from wekadocs_assets.core.extractors.instruction import explains, is_instruction, lists_parts
from wekadocs_assets.core.extractors.leaves import Leaf
from wekadocs_assets.core.extractors.numbered_items import Event, Item, events
from wekadocs_assets.core.extractors.page_reading import PageReading
from wekadocs_assets.core.models import Section

OPEN_AT_ONCE = 8
"""How many sequences of one frame may still go on: keeps long pages linear."""
LONGEST_INTRO = 1000
"""How much of the text before a list, or of its title, is looked at: what announces a list stands close to it."""
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


@dataclass(slots=True)
class Sequence:
    """A numbered sequence while it is read; ends[i] is where item i stops counting as the step's place."""

    section: Section
    frame: tuple[str, str]
    label: str
    intro: str
    items: list[Item] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    nested: bool = False

    @property
    def last(self) -> int:
        return self.items[-1].number


@dataclass(frozen=True, slots=True)
class ProcedureFound:
    """A procedure with its steps: each step's section is where it stands."""

    section: Section
    title: str
    start: int
    end: int
    steps: tuple[Item, ...]


def read_procedures(reading: PageReading) -> list[ProcedureFound]:
    sequences = [s for s in _sequences(reading.leaves) if not s.nested and _instructs(s)]
    crowd = Counter(s.section.id for s in sequences if not s.frame[0])
    return [
        ProcedureFound(
            s.section, _title(s, crowd, reading.document.title), s.items[0].start, s.items[0].end, tuple(s.items)
        )
        for s in sequences
    ]


def procedures(found: list[ProcedureFound]) -> list[Found]:
    """Mentions of the procedures and of their steps; ordinals count within each section."""
    result: list[Found] = []
    places: Counter[tuple[str, str]] = Counter()
    for procedure in found:
        section = procedure.section.id
        ordinal = _next(places, section, "Procedure")
        result.append(
            Found("Procedure", procedure.title, section, procedure.start, procedure.end, "defines", 0.9, ordinal)
        )
        for order, item in enumerate(procedure.steps, 1):
            result.append(_step(item, order, _next(places, item.leaf.section.id, "Step")))
    return result


def _next(places: Counter[tuple[str, str]], section: str, kind: str) -> int:
    places[section, kind] += 1
    return places[section, kind] - 1


def _step(item: Item, order: int, ordinal: int) -> Found:
    section = item.leaf.section
    instruction = " ".join(section.text[item.start : item.end].split())
    return Found(
        "Step", instruction[:80], section.id, item.start, item.end, "defines", 0.9, ordinal, order, instruction
    )


def _sequences(all_leaves: list[Leaf]) -> list[Sequence]:
    walk = _Walk()
    for event in events(all_leaves):
        walk.take(event)
    return walk.sequences


class _Walk:
    """Joins numbered items to sequences; `open` holds, per details or tab, the sequences that may still go on."""

    def __init__(self) -> None:
        self.sequences: list[Sequence] = []
        self.open: dict[str, list[Sequence]] = {}
        self.section = ""
        self.label, self.intro = "", ""

    def take(self, event: Event) -> None:
        if event.leaf.section.id != self.section:
            self.section, self.label, self.intro = event.leaf.section.id, "", ""
        stack = self.open.setdefault(event.frame[0], [])
        if event.item:
            self._item(event, event.item, stack)
            self.label, self.intro = "", ""
        elif event.label:
            self.label = event.label
        elif event.leaf.kind == "paragraph" and not event.nested:
            self.intro = event.leaf.tail(LONGEST_INTRO)
        elif event.leaf.kind == "code" and stack and stack[-1].items:
            stack[-1].codes[len(stack[-1].items)] += 1

    def _item(self, event: Event, item: Item, stack: list[Sequence]) -> None:
        target = self._target(item, stack)
        if target is None:
            if item.list_key[1] < 0 and item.number > 1:
                return  # a paragraph with a number that continues nothing
            target = Sequence(item.leaf.section, event.frame, self.label, self.intro)
            target.nested = not self.label and not self.intro and _branch_of(item, stack)
            self.sequences.append(target)
            stack.append(target)
            del stack[:-OPEN_AT_ONCE]
        else:
            _close_inner(stack, target)
        target.items.append(item)

    def _target(self, item: Item, stack: list[Sequence]) -> Sequence | None:
        """The open sequence that this item continues, innermost first."""
        for sequence in reversed(stack):
            if item.list_key[1] >= 0 and sequence.items[-1].list_key == item.list_key:
                return None if item.number == 1 and sequence.last > 1 else sequence
        if item.number == 1:
            return self._repeated_one(item, stack)
        for sequence in reversed(stack):
            if sequence.last + 1 == item.number and _reaches(sequence, item):
                return sequence
        top = stack[-1] if stack else None
        if top and _below(top.section, item.leaf.section) and not self.label and item.number <= top.last + 3:
            return top
        return None

    def _repeated_one(self, item: Item, stack: list[Sequence]) -> Sequence | None:
        """1, 1, 2: the second 1 continues when only code or an image stands between."""
        top = stack[-1] if stack else None
        alone = top and top.section.id == item.leaf.section.id and top.last == 1 and not self.label and not self.intro
        return top if alone and top and top.codes[len(top.items)] else None


def _branch_of(item: Item, stack: list[Sequence]) -> bool:
    """A list right after an item that leads into branches (`do one of the following`): nested, its indentation was lost."""
    outer = next((s for s in reversed(stack) if not s.nested), None)
    if outer is None or outer.section.id != item.leaf.section.id:
        return False
    last = outer.items[-1]
    return BRANCHES.search(last.leaf.section.text[last.start : last.end]) is not None and len(outer.items) > 1


def _reaches(sequence: Sequence, item: Item) -> bool:
    """The same section or one below it; farther away only from a sequence of two or more items."""
    return _below(sequence.section, item.leaf.section) or len(sequence.items) > 1


def _below(upper: Section, lower: Section) -> bool:
    return lower.heading_path[: len(upper.heading_path)] == upper.heading_path


def _close_inner(stack: list[Sequence], target: Sequence) -> None:
    """A sequence between two items of an outer one was nested, unless it has a label or a heading of its own."""
    while stack[-1] is not target:
        inner = stack.pop()
        inner.nested = inner.nested or (not inner.label and inner.section.id == target.items[-1].leaf.section.id)


def _instructs(sequence: Sequence) -> bool:
    """Most of its items tell the reader to do something, or its label says that it is a procedure."""
    labelled = PROCEDURE_LABEL.fullmatch(sequence.label) or PROCEDURE_LABEL.fullmatch(sequence.section.title)
    told = sum(1 for item in sequence.items if is_instruction(item.leaf.section.text[item.start : item.end]))
    shown = sum(1 for number in range(1, len(sequence.items) + 1) if sequence.codes[number])
    if labelled:
        return told + shown > 0 or len(sequence.items) > 1
    if explains(sequence.intro):
        return False
    if lists_parts(sequence.intro):
        return told / len(sequence.items) >= 0.75
    if STRONG_OPENER.search(sequence.intro):
        return True
    wanted = 0.34 if OPENERS.search(sequence.intro) else 0.5
    wanted = 0.8 if FLOW_TITLE.search(sequence.section.title[:LONGEST_INTRO]) else wanted
    return max(told, min(told + shown, len(sequence.items)) if told else 0) / len(sequence.items) >= wanted


def _title(sequence: Sequence, crowd: Counter[str], page: str) -> str:
    if sequence.frame[1]:
        return sequence.frame[1]
    if crowd[sequence.section.id] > 1 and sequence.label and not GENERIC.fullmatch(sequence.label):
        return sequence.label
    return sequence.section.title or page
