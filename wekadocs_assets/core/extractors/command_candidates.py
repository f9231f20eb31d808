"""Collects the statements of a page that may be commands: from code, inline code, bold lines, rows and damaged prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from wekadocs_assets.core.extractors.code_kind import CodeKind, code_kind
from wekadocs_assets.core.extractors.command_line import Script, Statement, Word, option_words, read
from wekadocs_assets.core.extractors.command_name import DEEPEST, SUBCOMMAND
from wekadocs_assets.core.extractors.leaves import Leaf, code_runs

RUN_CUE = re.compile(
    r"(?:\b(?:run|runs|running|execute|executing|invoke|issue|issuing|rerun|re-run|using|use|via|with)"
    r"(?: the| this| either| a)?(?: following)?(?: CLI| shell)?(?: commands?)?|\bcommands?(?: line)?)[ :,]*[\"'(]?$",
    re.IGNORECASE,
)
COMMAND_LABEL = re.compile(r"\W*(?:cli )?commands?\W{0,3}:", re.IGNORECASE)
NAMED_COMMAND = re.compile(
    r"[\"')]?[ ]*(?:\(\d\))?[ ]*(?:command|utility|tool|script|program|CLI command)\b", re.IGNORECASE
)
ALTERNATIVE = re.compile(r"(?<=\s)(?:/|or)\s+")
LONGEST_PROSE_LINE = 2000
"""A longer line of prose is no command line that lost its fence."""
ARGUMENT = re.compile(r"[<\[\"'/$~{.-]|.*[=/*@]|\d+$")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A code leaf, what it is, and its shell reading (None when it is data or settings)."""

    leaf: Leaf
    kind: CodeKind
    script: Script | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A statement that may be a command; cued: the page's words around it say that it is one."""

    leaf: Leaf
    statement: Statement
    place: str
    first: bool = False
    cued: bool = False
    labelled: bool = False
    prompts: bool = False


def read_block(leaf: Leaf) -> CodeBlock:
    kind = code_kind(leaf.span.info, leaf.text)
    script = read(leaf.section.text, leaf.span.start, leaf.span.end) if kind in ("shell", "open") else None
    return CodeBlock(leaf, kind, script)


def in_code(block: CodeBlock) -> Iterator[Candidate]:
    if block.script is None:
        return
    statements = block.script.statements
    prompts = any(s.prompt == "$" for s in statements)
    for number, statement in enumerate(statements):
        if statement.words:
            yield Candidate(block.leaf, statement, block.kind, first=number == 0, prompts=prompts)


def in_text(leaf: Leaf) -> Iterator[Candidate]:
    """Inline code, a bold line that is a command, and lines of damaged source that begin with a program."""
    text, span = leaf.section.text, leaf.span
    labelled = COMMAND_LABEL.match(text, span.start, min(span.end, span.start + 40)) is not None
    runs = code_runs(leaf)
    for start, end in runs:
        before, after = text[max(span.start, start - 45) : start], text[end : min(end + 30, span.end)]
        cued = labelled or RUN_CUE.search(before) is not None or NAMED_COMMAND.match(after) is not None
        yield from _stretch(leaf, start, end, "inline", cued, labelled)
    if labelled and not runs:
        yield from _stretch(leaf, text.index(":", span.start) + 1, span.end, "labelled", True, True)
        return
    strong = leaf.of("strong")
    if (
        leaf.kind == "paragraph"
        and len(strong) == 1
        and strong[0].end - strong[0].start >= len(leaf.text) - 2
        and not runs
    ):
        yield from _stretch(leaf, strong[0].start, strong[0].end, "strong", False, False)
    elif not runs and leaf.kind in ("paragraph", "table_row"):
        yield from _damaged(leaf)


def _stretch(leaf: Leaf, start: int, end: int, place: str, cued: bool, labelled: bool) -> Iterator[Candidate]:
    text = leaf.section.text
    pieces, at = [], start
    for match in ALTERNATIVE.finditer(text, start, end):
        if match.start() > at:  # else its blank belongs to the sign before it
            pieces.append((at, at + len(text[at : match.start()].rstrip())))
            at = match.end()
    stem: tuple[Word, ...] = ()
    for left, right in [*pieces, (at, end)]:
        for number, statement in enumerate(read(text, left, right).statements):
            if not statement.words:
                continue
            if stem and number == 0 and statement.words[0].text != stem[0].text:
                statement = replace(statement, words=(*stem, *statement.words))
            elif number == 0:
                stem = _stem(statement)
            yield Candidate(leaf, statement, place, first=number == 0, cued=cued and number == 0, labelled=labelled)


def _stem(statement: Statement) -> tuple[Word, ...]:
    """`tool task pause / resume / abort <id>`: what the alternatives share, all plain words but the last."""
    words = statement.words
    plain = 2 < len(words) <= DEEPEST + 1 and all(SUBCOMMAND.fullmatch(word.text) for word in words)
    return words[:-1] if plain else ()


def _damaged(leaf: Leaf) -> Iterator[Candidate]:
    """Lines of a paragraph or cells of a row outside code: only known programs with options pass later."""
    text, at = leaf.section.text, leaf.span.start
    if leaf.kind == "table_row":
        for cell in leaf.of("table_cell"):
            yield from _stretch(leaf, cell.start, cell.end, "prose", False, False)
        return
    for line in leaf.text.splitlines(keepends=True):
        if ("a" <= line[:1] <= "z" or line[:1] in "$#.[") and len(line) <= LONGEST_PROSE_LINE:
            for number, statement in enumerate(read(text, at, at + len(line)).statements):
                if statement.words:
                    yield Candidate(leaf, statement, "prose", first=number == 0)
        at += len(line)


def has_options(statement: Statement) -> bool:
    return any(True for _ in option_words(statement.words[1:]))


def is_synopsis(statement: Statement) -> bool:
    return any(word.text[:1] in "<[" for word in statement.words[1:])


def in_columns(candidate: Candidate) -> bool:
    """Wide gaps right after the first words: a line of output."""
    words, text = candidate.statement.words, candidate.leaf.section.text
    pairs = pairwise(words[:3])
    return any(
        b.start - a.end > 1 and "\\" not in text[a.end : b.start] and not ARGUMENT.match(b.text) for a, b in pairs
    )
