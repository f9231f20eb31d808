"""Finds numbered items on a page, in lists and as paragraphs that start with a number, and the labels before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wekadocs_assets.core.extractors.leaves import Leaf
from wekadocs_assets.core.models import Span

NUMBERED_PARAGRAPH = re.compile(r"(?P<number>\d{1,2})[.)]\s+(?=\S)")
LONGEST_LABEL = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A numbered item.

    leaf: its first leaf; start, end: that leaf's offsets without the number; extent: (start, end) of the whole item;
    list_key: (section id, start of the list), -1 as start for a numbered paragraph.
    """

    leaf: Leaf
    number: int
    start: int
    end: int
    list_key: tuple[str, int]
    extent: tuple[int, int]

    @property
    def section_id(self) -> str:
        return self.leaf.section.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A leaf of the page, read as a numbered item (item), a label (label: its text) or other content.

    panel: (identity, label) of the innermost details or tab around it, ('', '') if there is none; nested: inside a list.
    """

    leaf: Leaf
    panel: tuple[str, str]
    item: Item | None = None
    label: str = ""
    nested: bool = False


def events(all_leaves: list[Leaf]) -> Iterator[Event]:
    """One event for each leaf; an item is on the event of its first leaf. A panel continued in a section keeps its identity."""
    seen: set[tuple[str, int, int]] = set()
    panels: dict[str, str] = {}
    for leaf in all_leaves:
        panel = _panel(leaf, panels)
        lists = _lists_of(leaf)
        outer = lists[0] if lists else None
        if outer is not None and outer[0].kind == "ordered_list" and len(lists) == 1 and outer[1] is not None:
            place = (leaf.section.id, outer[1].start, outer[1].end)
            if place not in seen and not outer[1].continued:
                seen.add(place)
                key = (leaf.section.id, outer[0].start)
                yield Event(leaf=leaf, panel=panel, item=_list_item(leaf, outer[1], key))
                continue
        yield _other_event(leaf, panel, nested=bool(lists))


def _list_item(leaf: Leaf, item: Span, key: tuple[str, int]) -> Item:
    return Item(
        leaf=leaf,
        number=int(item.info) if item.info.isdigit() else 1,
        start=leaf.span.start,
        end=leaf.span.end,
        list_key=key,
        extent=(item.start, item.end),
    )


def _other_event(leaf: Leaf, panel: tuple[str, str], nested: bool) -> Event:
    """A leaf that does not start a list item: a paragraph with a number (`3\\.`), a label, or other content."""
    match = NUMBERED_PARAGRAPH.match(leaf.text) if leaf.kind == "paragraph" and not nested else None
    if match and not _label(leaf):  # a bold line with a number is a heading
        start = leaf.span.start + match.end()
        item = Item(
            leaf=leaf,
            number=int(match["number"]),
            start=start,
            end=leaf.span.end,
            list_key=(leaf.section.id, -1),
            extent=(start, leaf.span.end),
        )
        return Event(leaf=leaf, panel=panel, item=item)
    return Event(leaf=leaf, panel=panel, label="" if nested else _label(leaf), nested=nested)


def _label(leaf: Leaf) -> str:
    """The text of a paragraph that is bold as a whole, else ''."""
    text = leaf.text.strip()
    bold = leaf.marks_of("strong")
    if leaf.kind == "paragraph" and bold and len(text) <= LONGEST_LABEL:
        covered = sum(mark.end - mark.start for mark in bold)
        if covered >= len(text.rstrip(":. ")) - 2:
            return text.rstrip(": ")
    return ""


def _panel(leaf: Leaf, panels: dict[str, str]) -> tuple[str, str]:
    """(identity, label) of the innermost details or tab around a leaf; panels: the identity by kind, label and depth."""
    inner = next((c for c in reversed(leaf.containers) if c.kind in ("details", "tab")), None)
    if inner is None:
        return "", ""
    identity = (
        f"{inner.kind} {inner.info} {inner.depth}"
        if inner.continued
        else f"{leaf.section.id} {inner.start} {inner.kind}"
    )
    if inner.continued:
        identity = panels.get(f"{inner.kind} {inner.info} {inner.depth}", identity)
    else:
        panels[f"{inner.kind} {inner.info} {inner.depth}"] = identity
    return identity, inner.info.strip()


def _lists_of(leaf: Leaf) -> list[tuple[Span, Span | None]]:
    """(list, item that contains the leaf) of each list around it inside its innermost panel, outermost first."""
    pairs: list[tuple[Span, Span | None]] = []
    for container in leaf.containers:
        if container.kind in ("details", "tab"):
            pairs = []
        elif container.kind in ("ordered_list", "bullet_list"):
            pairs.append((container, None))
        elif container.kind == "list_item" and pairs:
            pairs[-1] = (pairs[-1][0], container)
    return pairs
