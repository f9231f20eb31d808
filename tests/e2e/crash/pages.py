"""Random pages of a product handbook, as blocks that are rendered to Markdown or HTML: small, linked, with shared words."""

from __future__ import annotations

import html
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

PROGRAMS, DAEMONS = ("gatectl", "tidectl"), ("gated", "tided")
VERBS = ("create", "delete", "list", "mount", "resize", "attach", "drain", "verify")
NOUNS = ("pool", "volume", "bucket", "snapshot", "replica", "quota")
OPTIONS = ("--size", "--force", "--retention", "--replicas", "--read-only", "--tag")
SETTINGS = ("cache_size_mb", "data_dir", "max_retries", "GATE_HOME", "fsync_ms", "segment_mb")
ERRORS = ("GT-101: pool is in use", "GT-202: quota exceeded", "TD-7: no such snapshot", "ERROR: disk is full")
WORDS = (
    "the a volume keeps its data until every client has let go of it and then moves to another server at night".split()
)
HEADINGS = ("Install", "Use", "Limits", "Sizing", "Repair", "Security", "Upgrade", "Settings", "Errors", "See also")
NAMES = ("alpha", "beta", "gamma", "delta", "épsilon", "zeta", "eta", "theta", "iota", "kappa")
FOLDERS = ("", "", "", "guide/", "ops/deep/")
SUFFIXES = (".md", ".md", ".md", ".html")


@dataclass(frozen=True)
class Block:
    """kind: text, code, bullets, steps, table, link. lines: sentences, code lines, items, rows with | between cells."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """The text under one heading of level 2 or 3."""

    heading: str
    blocks: tuple[Block, ...]
    level: int = 2


@dataclass(frozen=True)
class Page:
    """title '': the page has no heading of level 1, so that its file's name is its title."""

    title: str
    parts: tuple[Part, ...]

    def with_part(self, index: int, part: Part) -> Page:
        return replace(self, parts=(*self.parts[:index], part, *self.parts[index + 1 :]))


def random_page(chance: random.Random, names: Sequence[str]) -> Page:
    """names: pages that its links may lead to."""
    title = "" if chance.random() < 0.15 else f"The {chance.choice(NOUNS)} {chance.choice(HEADINGS).lower()}"
    return Page(title, tuple(random_part(chance, names) for _ in range(chance.randint(1, 5))))


def random_part(chance: random.Random, names: Sequence[str]) -> Part:
    """Drawn from few numbers, so that equal parts turn up on several pages."""
    if chance.random() < 0.4:
        chance = random.Random(chance.randrange(12))
        names = NAMES
    blocks = tuple(random_block(chance, names) for _ in range(chance.randint(1, 3)))
    return Part(chance.choice(HEADINGS), blocks, chance.choice((2, 2, 3)))


def random_block(chance: random.Random, names: Sequence[str]) -> Block:
    kind = chance.choice(("text", "text", "long", "code", "bullets", "steps", "table", "link", "error"))
    return Block({"long": "text", "error": "code"}.get(kind, kind), tuple(_lines(chance, kind, names)))


def _lines(chance: random.Random, kind: str, names: Sequence[str]) -> list[str]:
    if kind == "code":
        return [f"$ {_command(chance)}" for _ in range(chance.randint(1, 3))]
    if kind == "error":
        return [f"$ {_command(chance)}", chance.choice(ERRORS)]
    if kind == "bullets":
        return [sentence(chance) for _ in range(chance.randint(1, 4))]
    if kind == "steps":
        return [f"Run `{_command(chance)}`." for _ in range(chance.randint(2, 4))]
    if kind == "table":
        rows = chance.sample(SETTINGS, chance.randint(1, 3))
        return ["Setting|Meaning|Default", *(f"`{name}`|{sentence(chance)}|{chance.randint(1, 99)}" for name in rows)]
    if kind == "link":
        target, anchor = chance.choice([*names, "nowhere"]), chance.choice(("", "", "#install", "#use"))
        return [f"{target}{chance.choice(('', '.md', '.html')) if '.' not in target else ''}{anchor}"]
    return [sentence(chance) for _ in range(chance.randint(14, 30) if kind == "long" else chance.randint(1, 3))]


def sentence(chance: random.Random) -> str:
    words = chance.choices(WORDS, k=chance.randint(4, 11))
    extra = (chance.choice(DAEMONS), f"`{chance.choice(SETTINGS)}`", f"`{_command(chance)}`", str(chance.randint(1, 9)))
    words.insert(chance.randrange(len(words)), chance.choice(extra))
    words[0] = words[0][:1].upper() + words[0][1:]
    return " ".join(words) + "."


def _command(chance: random.Random) -> str:
    option = f" {chance.choice(OPTIONS)} {chance.randint(1, 99)}" if chance.random() < 0.6 else ""
    return f"{chance.choice(PROGRAMS)} {chance.choice(NOUNS)} {chance.choice(VERBS)}{option}"


def random_name(chance: random.Random) -> str:
    return f"{chance.choice(FOLDERS)}{chance.choice(NAMES)}{chance.choice(SUFFIXES)}"


def render(page: Page, name: str) -> str:
    return _html(page) if name.endswith(".html") else _markdown(page)


def _markdown(page: Page) -> str:
    lines = [f"# {page.title}", ""] if page.title else []
    for part in page.parts:
        lines += [f"{'#' * part.level} {part.heading}", ""]
        for block in part.blocks:
            lines += [*_markdown_block(block), ""]
    return "\n".join(lines)


def _markdown_block(block: Block) -> list[str]:
    if block.kind == "code":
        return ["```console", *block.lines, "```"]
    if block.kind == "bullets":
        return [f"* {line}" for line in block.lines]
    if block.kind == "steps":
        return [f"{number}. {line}" for number, line in enumerate(block.lines, 1)]
    if block.kind == "table":
        head, *rows = [f"| {line.replace('|', ' | ')} |" for line in block.lines]
        return [head, "| --- | --- | --- |", *rows]
    if block.kind == "link":
        return [f"See [there]({line}) for more." for line in block.lines]
    return [" ".join(block.lines)]


def _html(page: Page) -> str:
    title = f"<h1>{html.escape(page.title)}</h1>" if page.title else ""
    lines = ["<!DOCTYPE html><html><body><main>", title]
    for part in page.parts:
        lines.append(f"<h{part.level} id='{part.heading.lower().replace(' ', '-')}'>{part.heading}</h{part.level}>")
        lines += [_html_block(block) for block in part.blocks]
    return "\n".join([*lines, "</main></body></html>"])


def _html_block(block: Block) -> str:
    lines = [html.escape(line).replace("`", "") for line in block.lines]
    if block.kind == "code":
        return "<pre><code>" + "\n".join(lines) + "</code></pre>"
    if block.kind in ("bullets", "steps"):
        tag = "ul" if block.kind == "bullets" else "ol"
        return f"<{tag}>" + "".join(f"<li>{line}</li>" for line in lines) + f"</{tag}>"
    if block.kind == "table":
        rows = ("<tr><td>" + line.replace("|", "</td><td>") + "</td></tr>" for line in lines)
        return "<table>" + "".join(rows) + "</table>"
    if block.kind == "link":
        return "".join(f"<p>See <a href='{line}'>there</a> for more.</p>" for line in lines)
    return f"<p>{' '.join(lines)}</p>"
