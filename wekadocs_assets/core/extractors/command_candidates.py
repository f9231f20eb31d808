"""Collects the statements of a page that may be commands: from code blocks, inline code, bold lines, table cells and prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from wekadocs_assets.core.extractors.code_kind import CodeKind, code_kind
from wekadocs_assets.core.extractors.command_line import Script, Statement, Word, option_words, read_shell
from wekadocs_assets.core.extractors.command_name import MAX_SUBCOMMANDS, SUBCOMMAND
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
"""A longer line of prose is not read as a command line whose code fence was lost."""
ARGUMENT = re.compile(r"[<\[\"'/$~{.-]|.*[=/*@]|\d+$")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A code leaf, its kind, and its statements as shell text (None for data and settings)."""

    leaf: Leaf
    kind: CodeKind
    script: Script | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A statement that may be a command.

    place: shell or unknown (kind of the code block), inline, labelled, strong or prose; first: the first statement of its
    place; cued: the text around it calls it a command (`run`, `the … command`); labelled: it follows a label `Command:`;
    prompts: its code block has lines with a prompt.
    """

    leaf: Leaf
    statement: Statement
    place: str
    first: bool = False
    cued: bool = False
    labelled: bool = False
    prompts: bool = False


def read_block(leaf: Leaf) -> CodeBlock:
    """Classifies a code leaf and reads its statements."""
    kind = code_kind(leaf.span.info, leaf.text)
    script = read_shell(leaf.section.text, leaf.span.start, leaf.span.end) if kind in ("shell", "unknown") else None
    return CodeBlock(leaf, kind, script)


def candidates_in_code(block: CodeBlock) -> Iterator[Candidate]:
    """The statements of a code block."""
    if block.script is None:
        return
    statements = block.script.statements
    prompts = any(s.prompt == "$" for s in statements)
    for number, statement in enumerate(statements):
        if statement.words:
            yield Candidate(leaf=block.leaf, statement=statement, place=block.kind, first=number == 0, prompts=prompts)


def candidates_in_text(leaf: Leaf) -> Iterator[Candidate]:
    """Inline code, text after a label `Command:`, a line that is bold as a whole, and lines or cells of plain text."""
    text, span = leaf.section.text, leaf.span
    labelled = COMMAND_LABEL.match(text, span.start, min(span.end, span.start + 40)) is not None
    runs = code_runs(leaf)
    for start, end in runs:
        before, after = text[max(span.start, start - 45) : start], text[end : min(end + 30, span.end)]
        cued = labelled or RUN_CUE.search(before) is not None or NAMED_COMMAND.match(after) is not None
        yield from _in_range(leaf, start, end, "inline", cued, labelled)
    if labelled and not runs:
        yield from _in_range(leaf, text.index(":", span.start) + 1, span.end, "labelled", True, True)
        return
    strong = leaf.marks_of("strong")
    if (
        leaf.kind == "paragraph"
        and len(strong) == 1
        and strong[0].end - strong[0].start >= len(leaf.text) - 2
        and not runs
    ):
        yield from _in_range(leaf, strong[0].start, strong[0].end, "strong", False, False)
    elif not runs and leaf.kind in ("paragraph", "table_row"):
        yield from _in_plain_text(leaf)


def _in_range(leaf: Leaf, start: int, end: int, place: str, cued: bool, labelled: bool) -> Iterator[Candidate]:
    """The statements of text[start:end], split at alternatives (`start / stop`), each with the words they share."""
    text = leaf.section.text
    pieces, at = [], start
    for match in ALTERNATIVE.finditer(text, start, end):
        if match.start() > at:  # otherwise there is no text before it
            pieces.append((at, at + len(text[at : match.start()].rstrip())))
            at = match.end()
    stem: tuple[Word, ...] = ()
    for left, right in [*pieces, (at, end)]:
        for number, statement in enumerate(read_shell(text, left, right).statements):
            if not statement.words:
                continue
            if stem and number == 0 and statement.words[0].text != stem[0].text:
                statement = replace(statement, words=(*stem, *statement.words))
            elif number == 0:
                stem = _stem(statement)
            yield Candidate(
                leaf=leaf,
                statement=statement,
                place=place,
                first=number == 0,
                cued=cued and number == 0,
                labelled=labelled,
            )


def _stem(statement: Statement) -> tuple[Word, ...]:
    """The words that alternatives share: `tool task` in `tool task pause / resume / abort <id>`; () if there are none."""
    words = statement.words
    plain = 2 < len(words) <= MAX_SUBCOMMANDS + 1 and all(SUBCOMMAND.fullmatch(word.text) for word in words)
    return words[:-1] if plain else ()


def _in_plain_text(leaf: Leaf) -> Iterator[Candidate]:
    """Lines of a paragraph or cells of a row without markup; is_command accepts only known programs with options here."""
    text, at = leaf.section.text, leaf.span.start
    if leaf.kind == "table_row":
        for cell in leaf.marks_of("table_cell"):
            yield from _in_range(leaf, cell.start, cell.end, "prose", False, False)
        return
    for line in leaf.text.splitlines(keepends=True):
        if ("a" <= line[:1] <= "z" or line[:1] in "$#.[") and len(line) <= LONGEST_PROSE_LINE:
            for number, statement in enumerate(read_shell(text, at, at + len(line)).statements):
                if statement.words:
                    yield Candidate(leaf=leaf, statement=statement, place="prose", first=number == 0)
        at += len(line)


def has_options(statement: Statement) -> bool:
    """Whether a word after the first is an option."""
    return any(True for _ in option_words(statement.words[1:]))


def is_synopsis(statement: Statement) -> bool:
    """Whether a word after the first is a placeholder or optional (`<path>`, `[name]`)."""
    return any(word.text[:1] in "<[" for word in statement.words[1:])


def in_columns(candidate: Candidate) -> bool:
    """Whether several blanks separate the first words, as in a table of program output."""
    words, text = candidate.statement.words, candidate.leaf.section.text
    pairs = pairwise(words[:3])
    return any(
        b.start - a.end > 1 and "\\" not in text[a.end : b.start] and not ARGUMENT.match(b.text) for a, b in pairs
    )
