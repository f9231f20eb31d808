"""Pages for the histories: few words and few titles, so that sections, entities, links and whole texts meet across pages."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

LONG = " ".join(f"Gate {n} opens at tide {n % 3}." for n in range(25))
"""Several chunks, and another number of them at another chunk size."""
BLOCKS = (
    "Of gates alone.",
    "Of tides alone.",
    "Run `gatectl open --force` to open the gate.",
    "```sh\ngatectl open --force GATE\n```",
    "1. Stop it with `gatectl stop`.\n2. Run `gatectl open --wait 5`.\n3. Look at `/var/log/gate`.",
    "| Setting | Default | Meaning |\n| --- | --- | --- |\n| `GATE_HEIGHT` | 3 | metres |\n| `--wait` | 5 | seconds |",
    "See [the next page](b.md), [how to install](b.md#install) and [the one above](../a.md#use).",
    "See [the page below](sub/d.md) and [elsewhere](https://example.org/a.md).",
    "- high\n- low, see `GATE_HEIGHT`\n  - lowest",
    "It fails with `Error: gate is stuck`. Then run `tidectl repair --all`.",
    "A **weir** is a low gate; `weir drain` empties it. The `tided` daemon listens to it.",
    LONG,
)
TITLES = ("Install", "Use", "Weir", "Troubleshooting: gate is stuck", "To repair the gate", "Install")
TWINS = {"Gates": "Tides", "Tides": "Gates"}
PAGE_TITLES = ("Gates", "Tides", "Locks & weirs", "")
"""'' gives no heading: the page is then called by its file, so that a rename changes the text that is embedded."""


@dataclass(frozen=True)
class Part:
    """A section: level 2 to 4, title, blocks of Markdown."""

    level: int
    title: str
    blocks: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n\n".join((f"{'#' * self.level} {self.title}", *self.blocks))


@dataclass(frozen=True)
class Page:
    """A title, the blocks before the first section, sections."""

    title: str
    intro: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def content(self) -> bytes:
        heading = (f"# {self.title}",) if self.title else ()
        return ("\n\n".join((*heading, *self.intro, *(part.text for part in self.parts))) + "\n").encode()

    @property
    def twin(self) -> Page:
        """Another page of the same length, where the title has a twin."""
        return replace(self, title=TWINS.get(self.title, self.title))

    def with_part(self, place: int, part: Part) -> Page:
        place %= len(self.parts) + 1
        return replace(self, parts=(*self.parts[:place], part, *self.parts[place:]))

    def without_part(self, place: int) -> Page:
        """Unchanged where there is none."""
        kept = [part for number, part in enumerate(self.parts) if number != place % len(self.parts)]
        return replace(self, parts=tuple(kept))

    def changed_part(self, place: int, **changes: object) -> Page:
        place %= len(self.parts)
        parts = [replace(part, **changes) if n == place else part for n, part in enumerate(self.parts)]
        return replace(self, parts=tuple(parts))

    def moved_part(self, old: int, new: int) -> Page:
        return self.without_part(old).with_part(new, self.parts[old % len(self.parts)])


blocks = st.lists(st.sampled_from(BLOCKS), max_size=3).map(tuple)
parts = st.builds(Part, st.integers(2, 4), st.sampled_from(TITLES), blocks)
page_titles = st.sampled_from(PAGE_TITLES)
pages = st.builds(Page, page_titles, blocks, st.lists(parts, max_size=4).map(tuple))
names = st.sampled_from(["a.md", "b.md", "c.markdown", "sub/a.md", "sub/d.md", "e.html", "ü '.md"])
"""Of few files, so that names are taken, given up and taken again; e.html holds the same text, read as a page without tags."""
