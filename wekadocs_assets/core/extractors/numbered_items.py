"""Numbered items as a reader sees them: list items and paragraphs that begin with a number, with the labels above them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wekadocs_assets.core.extractors.leaves import Leaf
from wekadocs_assets.core.models import Span

ESCAPED = re.compile(r"(?P<number>\d{1,2})[.)]\s+(?=\S)")
BOLD_LABEL_MAX = 140


@dataclass(frozen=True, slots=True)
class Item:
    """A numbered item: its first leaf (start:end without the number), the list it stands in; whole: all that the item holds."""

    leaf: Leaf
    number: int
    start: int
    end: int
    list_key: tuple[str, int]
    whole: tuple[int, int]

    @property
    def section_id(self) -> str:
        return self.leaf.section.id


@dataclass(frozen=True, slots=True)
class Event:
    """What a walk over a page meets: an item, a label, code or other text; frame names the details or tab around it."""

    leaf: Leaf
    frame: tuple[str, str]
    item: Item | None = None
    label: str = ""
    nested: bool = False


def events(all_leaves: list[Leaf]) -> Iterator[Event]:
    """One event a leaf; an item comes once, with its first leaf. Continued containers keep their identity."""
    seen: set[tuple[str, int, int]] = set()
    frames: dict[str, str] = {}
    for leaf in all_leaves:
        frame = _frame(leaf, frames)
        lists = _lists_of(leaf)
        outer = lists[0] if lists else None
        if outer is not None and outer[0].kind == "ordered_list" and len(lists) == 1 and outer[1] is not None:
            place = (leaf.section.id, outer[1].start, outer[1].end)
            if place not in seen and not outer[1].continued:
                seen.add(place)
                key = (leaf.section.id, outer[0].start)
                yield Event(leaf, frame, _item(leaf, outer[1], key))
                continue
        yield _plain(leaf, frame, nested=bool(lists))


def _item(leaf: Leaf, item: Span, key: tuple[str, int]) -> Item:
    number = int(item.info) if item.info.isdigit() else 1
    return Item(leaf, number, leaf.span.start, leaf.span.end, key, (item.start, item.end))


def _plain(leaf: Leaf, frame: tuple[str, str], nested: bool) -> Event:
    """A leaf that is no list item: an escaped number (`3\\.`), a label, or other text."""
    match = ESCAPED.match(leaf.text) if leaf.kind == "paragraph" and not nested else None
    if match and not _label(leaf):  # a bold line with a number is a heading
        start = leaf.span.start + match.end()
        item = Item(leaf, int(match["number"]), start, leaf.span.end, (leaf.section.id, -1), (start, leaf.span.end))
        return Event(leaf, frame, item)
    return Event(leaf, frame, label="" if nested else _label(leaf), nested=nested)


def _label(leaf: Leaf) -> str:
    """The text of a line that is bold as a whole."""
    text = leaf.text.strip()
    bold = leaf.of("strong")
    if leaf.kind == "paragraph" and bold and len(text) <= BOLD_LABEL_MAX:
        covered = sum(mark.end - mark.start for mark in bold)
        if covered >= len(text.rstrip(":. ")) - 2:
            return text.rstrip(": ")
    return ""


def _frame(leaf: Leaf, frames: dict[str, str]) -> tuple[str, str]:
    """(identity, label) of the innermost details or tab; ('', '') outside. Its label is its info, else its summary."""
    inner = next((c for c in reversed(leaf.around) if c.kind in ("details", "tab")), None)
    if inner is None:
        return "", ""
    identity = (
        f"{inner.kind} {inner.info} {inner.depth}"
        if inner.continued
        else f"{leaf.section.id} {inner.start} {inner.kind}"
    )
    if inner.continued:
        identity = frames.get(f"{inner.kind} {inner.info} {inner.depth}", identity)
    else:
        frames[f"{inner.kind} {inner.info} {inner.depth}"] = identity
    return identity, inner.info.strip()


def _lists_of(leaf: Leaf) -> list[tuple[Span, Span | None]]:
    """The lists around a leaf inside its innermost details or tab, outermost first, each with the item that holds the leaf."""
    pairs: list[tuple[Span, Span | None]] = []
    for container in leaf.around:
        if container.kind in ("details", "tab"):
            pairs = []
        elif container.kind in ("ordered_list", "bullet_list"):
            pairs.append((container, None))
        elif container.kind == "list_item" and pairs:
            pairs[-1] = (pairs[-1][0], container)
    return pairs
