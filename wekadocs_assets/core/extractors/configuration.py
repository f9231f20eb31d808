"""Extracts Configuration entities: names that a user sets - long options, parameters, mount options, variables, keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from wekadocs_assets.core.extractors.code_kind import SETTING_LINE
from wekadocs_assets.core.extractors.command_candidates import CodeBlock
from wekadocs_assets.core.extractors.command_line import ASSIGNMENT, Statement, Word
from wekadocs_assets.core.extractors.command_name import base_name
from wekadocs_assets.core.extractors.found import FoundMention
from wekadocs_assets.core.extractors.leaves import Leaf, code_runs
from wekadocs_assets.core.extractors.page_reading import PageReading
from wekadocs_assets.core.extractors.parameter_table import LABEL, ParameterRow, parameter_rows
from wekadocs_assets.core.models import Role

LONG_OPTION = re.compile(r"(?<![\w\-/.=])--(?P<name>[A-Za-z][\w-]*[A-Za-z0-9]|[A-Za-z])(?![\w/])")
PAIRED = re.compile(r"(?<![\w-])-[oO][ \t\n]*(?P<list>[A-Za-z_][\w.@:-]*=\S*)")
PAIR = re.compile(r"(?P<name>[A-Za-z_][\w.:-]*)(?:=|$)")
IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*(?:\[\])?")
COMPOUND = re.compile(
    r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]+)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z][\w-]*(?:\.[\w-]+)+|[a-z]+(?:-[a-z]+)+"
)
"""snake_case, camelCase, UPPER_CASE, dotted or hyphenated: not an English word."""
KIND_WORD = (
    r"(?:mount |kernel |module |boot |environment |configuration |config |terraform |shell |system |dataset |pool |native |filesystem |"
    r"CLI |command(?:-line)? )*(?:parameters?|options?|variables?|propert(?:y|ies)|settings?|flags?|arguments?|attributes?|keys?|tunables?)"
)
AFTER = re.compile(rf"[\"')]?\s{{1,40}}+{KIND_WORD}\b", re.IGNORECASE)
BEFORE = re.compile(rf"\b{KIND_WORD}\s*(?::|named|called|such as|like)?\s*[\"'(]?$", re.IGNORECASE)
SET_BEFORE = re.compile(
    r"\b(?:set|sets|setting|change|changing|adjust|configure|specify|override|tune|increase|decrease|modify|update|define|enable|disable|"
    r"edit)(?: the| up the)?(?: value| values)?(?: of| for)?(?: the)?\s*[\"'(]?$",
    re.IGNORECASE,
)
NEXT_IN_LIST = re.compile(r"[\"')]?(?:\s{0,40}+,\s{0,40}+(?:(?:and|or)\s{1,40}+)?|\s{1,40}+(?:and|or)\s{1,40}+)[\"'(]?")
TERM_VALUE = re.compile(r"(?:-{1,2})?(?P<name>[A-Za-z_][\w.:@-]*)=")
MOUNTS = re.compile(r"mount|fstab")
SECTION_OF_SETTINGS = re.compile(
    r"\b(?:propert(?:y|ies)|parameters?|tunables?|options?|variables?|settings?|environment|configuration file|keywords?)\b",
    re.IGNORECASE,
)
GENERIC_NAMES = frozenset(
    "property name key option variable var parameter param field setting argument arg file-system-property".split()
)
VALUES = frozenset(
    "none default auto true false yes no on off enabled disabled local temporary received null all".split()
)
"""Words that are usually values, not names."""
UPPER = re.compile(r"[A-Z_][A-Z0-9_]*")
LISTED_NAME = re.compile(r"\s*(?:\([^)]{1,40}\))?\s*[:\-–—]\s|\s*:$")


def configurations(reading: PageReading) -> list[FoundMention]:
    """The settings that a page mentions, in code, prose, lists, tables and command lines."""
    found: list[FoundMention] = []
    for block in reading.blocks:
        found.extend(_in_block(block))
    intro = ""
    for leaf in reading.leaves:
        found.extend(_long_options(leaf))
        if leaf.kind != "code":
            found.extend(_in_prose(leaf, reading))
            found.extend(_list_item_name(leaf, intro))
        intro = _introducing_section(leaf, intro)
    for use in reading.uses:
        found.extend(_option_values(use.leaf, use.words, use.name))
    known_names = {f.name for f in found}
    # a name after one dash may be a short option, which is a Parameter: it counts only if found elsewhere on the page
    rows = (row for row in parameter_rows(reading.leaves) if row.dashes != 1 or row.name in known_names)
    found.extend(_from_row(row) for row in rows)
    return found


def _from_row(row: ParameterRow) -> FoundMention:
    return _mention(row.leaf, row.start, row.end, "defines", 0.9)


def _mention(leaf: Leaf, start: int, end: int, role: Role, confidence: float) -> FoundMention:
    """confidence: the extraction confidence, how sure the rule is that the text names a setting (0..1)."""
    return FoundMention(
        kind="Configuration",
        name=leaf.section.text[start:end],
        section_id=leaf.section.id,
        start=start,
        end=end,
        role=role,
        confidence=confidence,
    )


def _long_options(leaf: Leaf) -> Iterator[FoundMention]:
    """Long options (`--name`) in any leaf: the two dashes are sufficient evidence."""
    if "--" not in leaf.text:
        return
    for match in LONG_OPTION.finditer(leaf.section.text, leaf.span.start, leaf.span.end):
        defines = leaf.section.text[match.start() - 1 : match.start()] == "[" or leaf.kind == "term"
        yield _mention(leaf, match.start("name"), match.end("name"), "defines" if defines else "uses", 0.9)


def _in_block(block: CodeBlock) -> Iterator[FoundMention]:
    if block.script is None:
        if block.kind == "settings":
            yield from _setting_lines(block.leaf, block.leaf.span.start, block.leaf.span.end)
        return
    for start, end in block.script.heredocs:
        yield from _setting_lines(block.leaf, start, end)
    for statement in block.script.statements:
        yield from _assigned_variables(block, statement)
        words = statement.words
        if len(words) > 2 and words[1].text == "=" and COMPOUND.fullmatch(words[0].text) and block.kind == "shell":
            yield _mention(block.leaf, words[0].start, words[0].end, "uses", 0.75)


def _setting_lines(leaf: Leaf, start: int, end: int) -> Iterator[FoundMention]:
    text, at = leaf.section.text, start
    for line in text[start:end].splitlines(keepends=True):
        match = SETTING_LINE.match(line)
        name = IDENTIFIER.search(line) if match else None
        if name and not line.lstrip().startswith(("#", ";", "//")):
            yield _mention(leaf, at + name.start(), at + name.end(), "uses", 0.75)
        at += len(line)


def _assigned_variables(block: CodeBlock, statement: Statement) -> Iterator[FoundMention]:
    """Environment variables: `NAME=value` outside of functions. Lower-case names are local variables of the script."""
    for word in statement.assignments:
        match = ASSIGNMENT.match(word.text)
        if (
            match
            and not statement.local
            and UPPER.fullmatch(match["name"])
            and match["name"] != "PATH"
            and statement.prompt != "#"  # a commented-out line; `#` after `user@host:~` was read as `$`
        ):
            yield _mention(block.leaf, word.start, word.start + match.end("name"), "uses", 0.85)


def _option_values(leaf: Leaf, words: tuple[Word, ...], name: str) -> Iterator[FoundMention]:
    """Names in `-o a=1,b` and `-O a=1`; without `=` only for commands that mount (name: the command's name)."""
    mounts = MOUNTS.search(name) is not None
    for option, value in pairwise(words):
        if option.text.lstrip("[") not in ("-o", "-O") and not (mounts and option.text == "--options"):
            continue
        if "=" not in value.text and not (mounts and re.match(r"[a-z]", value.text)):
            continue
        at = value.start
        for part in value.text.split(","):
            match = PAIR.match(part)
            if match and ("=" in part or mounts) and not _is_placeholder(match["name"], part[match.end() :]):
                yield _mention(leaf, at, at + match.end("name"), "uses", 0.85)
            at += len(part) + 1


def _in_prose(leaf: Leaf, reading: PageReading) -> Iterator[FoundMention]:
    text = leaf.section.text
    for match in (
        PAIRED.finditer(text, leaf.span.start, leaf.span.end) if "-o" in leaf.text or "-O" in leaf.text else ()
    ):
        yield from _pairs(leaf, match)
    if leaf.kind == "term":
        yield from _term(leaf)
    chained = -1
    runs = sorted({*code_runs(leaf), *((m.start, m.end) for m in leaf.marks_of("emphasis", "strong"))})
    code = {start for start, _ in code_runs(leaf)}
    for start, end in runs:
        confidence = _confidence(leaf, start, end, chained, start in code, reading)
        if confidence:
            name = TERM_VALUE.match(text, start, end)
            stop = name.end("name") if name else end
            yield _mention(leaf, start, stop, "uses", confidence)
            linked = NEXT_IN_LIST.match(text, end, leaf.span.end)
            chained = linked.end() if linked else -1


def _is_placeholder(name: str, value: str) -> bool:
    """Whether a name is a placeholder for any name, as in `property=value`."""
    return (
        name in GENERIC_NAMES
        and re.match(r"[<\[]?(?:val(?:ue)?\d?|var|n|x)\b|[<…]|$", value, re.IGNORECASE) is not None
    )


def _pairs(leaf: Leaf, match: re.Match[str]) -> Iterator[FoundMention]:
    at = match.start("list")
    for part in match["list"].split(","):
        pair = PAIR.match(part)
        if pair and "=" in part and not _is_placeholder(pair["name"], part[pair.end() :]):
            yield _mention(leaf, at, at + pair.end("name"), "uses", 0.8)
        at += len(part) + 1


def _confidence(leaf: Leaf, start: int, end: int, chained: int, code: bool, reading: PageReading) -> float:
    """The extraction confidence of marked text as the name of a setting; 0 if it is not one.

    chained: the offset where a list of settings goes on after the last one found; code: the text is inline code.
    """
    text = leaf.section.text
    piece = text[start:end]
    name = TERM_VALUE.match(piece)
    if name and not re.search(r"\s", piece) and (code or COMPOUND.fullmatch(name["name"])):
        return 0.0 if _is_placeholder(name["name"], piece[name.end() :]) else 0.8
    if not IDENTIFIER.fullmatch(piece) or len(piece) < 2 or base_name(piece) in reading.grammar.programs:
        return 0.0
    if not code and not piece[0].islower():
        return 0.0
    if text[end : end + 1] == "=":
        return 0.75
    if (
        (AFTER.match(text, end, leaf.span.end) or start == chained)
        and text[start - 1] not in ":@"
        and piece not in VALUES
    ):
        return 0.8
    before = text[max(leaf.span.start, start - 50) : start]
    if code and piece not in VALUES and BEFORE.search(before):
        return 0.75
    if SET_BEFORE.search(before) and code and COMPOUND.fullmatch(piece) and "." not in piece:
        return 0.7
    return 0.0


def _term(leaf: Leaf) -> Iterator[FoundMention]:
    """A definition term: `name=default`, or only a name under a heading that announces settings."""
    text, span = leaf.section.text, leaf.span
    match = TERM_VALUE.match(text, span.start, span.end)
    if match:
        yield _mention(leaf, match.start("name"), match.end("name"), "defines", 0.9)
        return
    word = re.compile(r"\S+").match(text, span.start, span.end)
    titled = SECTION_OF_SETTINGS.search(" ".join((leaf.section.title, *leaf.section.heading_path[-2:])))
    if leaf.section.title.lower() == "options":
        titled = None  # the title of a man page's section, whose terms are also values: a bare term is not evidence
    if not word or not titled:
        return
    name, end = word.group(), word.end()
    named = IDENTIFIER.fullmatch(name) and len(name) > 1 and name not in VALUES
    if named and (end == span.end or text[end] in "(=|"):
        yield _mention(leaf, span.start, end, "defines", 0.8)


def _introducing_section(leaf: Leaf, before: str) -> str:
    """The id of the section whose last paragraph introduces a list of settings (with a colon at its end), else ''.

    before: the result for the previous leaf, which stays valid inside the list.
    """
    if leaf.kind in ("paragraph", "summary") and leaf.text.rstrip()[-1:] == ":":
        return leaf.section.id if LABEL.search(leaf.text) else ""
    return before if leaf.inside("list_item") else ""


def _list_item_name(leaf: Leaf, intro: str) -> Iterator[FoundMention]:
    """An item `name: description` of a bullet list that was introduced as options, parameters or variables."""
    if leaf.kind != "paragraph" or not leaf.inside("bullet_list") or intro != leaf.section.id:
        return
    runs = code_runs(leaf)
    if not runs or runs[0][0] != leaf.span.start:
        return
    start, end = runs[0]
    text = leaf.section.text
    name = IDENTIFIER.match(text, start, end)
    if not name or name.group() in VALUES or (name.end() < end and text[name.end()] != "="):
        return
    if LISTED_NAME.match(text, end, leaf.span.end) or end == leaf.span.end:
        yield _mention(leaf, start, name.end(), "defines", 0.8)
