"""Finds the command lines of a page, in code, inline code, table rows and damaged prose, once for all extractors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from wekadocs_assets.core.extractors.code_kind import CodeKind, code_kind
from wekadocs_assets.core.extractors.command_line import Script, Statement, Word, option_words, read
from wekadocs_assets.core.extractors.command_name import SCRIPT, SUBCOMMAND, Grammar, base_name, name_length, takes_alternatives
from wekadocs_assets.core.extractors.leaves import Leaf, code_runs, leaves
from wekadocs_assets.core.extractors.shell_programs import BUILTINS, ENGLISH_TOO, FLAT, GROUPED, PLUMBING, STOP_WORDS, VERBS
from wekadocs_assets.core.models import Document, Role, Section, Vocabulary

RUN_CUE = re.compile(
    r"(?:\b(?:run|runs|running|execute|executing|invoke|issue|issuing|rerun|re-run|using|use|via|with)"
    r"(?: the| this| either| a)?(?: following)?(?: CLI| shell)?(?: commands?)?|\bcommands?(?: line)?)[ :,]*[\"'(]?$",
    re.IGNORECASE,
)
COMMAND_LABEL = re.compile(r"\W*(?:cli )?commands?\W{0,3}:", re.IGNORECASE)
NAMED_COMMAND = re.compile(r"[\"')]?[ ]*(?:\(\d\))?[ ]*(?:command|utility|tool|script|program|CLI command)\b", re.IGNORECASE)
ALTERNATIVE = re.compile(r"\s+(?:/|or)\s+")
ARGUMENT = re.compile(r"[<\[\"'/$~{.-]|.*[=/*@]|\d+$")
COLUMNS = re.compile(r"\S(?: {2,}|\t)")
HEREDOC_SAFE = frozenset("cat tee".split())


@dataclass(frozen=True, slots=True)
class CommandUse:
    """A command line of the page: the mention is section.text[start:end], words are the whole simple command."""

    section: Section
    name: str
    start: int
    end: int
    words: tuple[Word, ...]
    taken: int
    role: Role
    confidence: float
    leaf: Leaf


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A code leaf, what it is, and its shell reading (None when it is data or settings)."""

    leaf: Leaf
    kind: CodeKind
    script: Script | None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A statement that may be a command; cued: the page's words around it say that it is one."""

    leaf: Leaf
    statement: Statement
    place: str
    first: bool = False
    cued: bool = False
    labelled: bool = False
    prompts: bool = False


@dataclass(slots=True)
class PageReading:
    """Document, vocabulary and what was read from them: command uses and code blocks in reading order."""

    document: Document
    vocabulary: Vocabulary
    leaves: list[Leaf] = field(default_factory=list)
    blocks: list[CodeBlock] = field(default_factory=list)
    uses: list[CommandUse] = field(default_factory=list)
    grammar: Grammar = field(default_factory=Grammar)


def read_page(document: Document, vocabulary: Vocabulary) -> PageReading:
    """Three passes: candidates, what they teach of programs and shapes, and the uses that hold."""
    reading = PageReading(document, vocabulary)
    reading.leaves = [leaf for section in document.sections for leaf in leaves(section)]
    candidates: list[_Candidate] = []
    functions: set[str] = set()
    for leaf in reading.leaves:
        if leaf.kind == "code":
            block = _block(leaf)
            reading.blocks.append(block)
            functions |= block.script.functions if block.script else set()
            candidates.extend(_in_code(block))
        else:
            candidates.extend(_in_text(leaf))
    grammar = reading.grammar
    grammar.known = vocabulary.programs
    grammar.programs |= vocabulary.programs
    for candidate in candidates:
        if _teaches(candidate, grammar):
            grammar.programs.add(base_name(candidate.statement.words[0].text))
    grammar.programs -= functions
    held = [c for c in candidates if _holds(c, grammar, functions)]
    for candidate in held:
        grammar.learn(candidate.statement.words, candidate.labelled or candidate.place == "strong")
    reading.uses = [use for candidate in held for use in _uses(candidate, grammar)]
    return reading


def _block(leaf: Leaf) -> CodeBlock:
    kind = code_kind(leaf.span.info, leaf.text)
    script = read(leaf.section.text, leaf.span.start, leaf.span.end) if kind in ("shell", "open") else None
    return CodeBlock(leaf, kind, script)


def _in_code(block: CodeBlock) -> Iterator[_Candidate]:
    if block.script is None:
        return
    statements = block.script.statements
    prompts = any(s.prompt == "$" for s in statements)
    for number, statement in enumerate(statements):
        if statement.words:
            yield _Candidate(block.leaf, statement, block.kind, first=number == 0, prompts=prompts)


def _in_text(leaf: Leaf) -> Iterator[_Candidate]:
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
    if leaf.kind == "paragraph" and len(strong) == 1 and strong[0].end - strong[0].start >= len(leaf.text) - 2 and not runs:
        yield from _stretch(leaf, strong[0].start, strong[0].end, "strong", False, False)
    elif not runs and leaf.kind in ("paragraph", "table_row"):
        yield from _damaged(leaf)


def _stretch(leaf: Leaf, start: int, end: int, place: str, cued: bool, labelled: bool) -> Iterator[_Candidate]:
    text = leaf.section.text
    pieces, at = [], start
    for match in ALTERNATIVE.finditer(text, start, end):
        pieces.append((at, match.start()))
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
            yield _Candidate(leaf, statement, place, first=number == 0, cued=cued and number == 0, labelled=labelled)


def _stem(statement: Statement) -> tuple[Word, ...]:
    """`tool task pause / resume / abort <id>`: what the alternatives share, all plain words but the last."""
    words = statement.words
    plain = len(words) > 2 and all(SUBCOMMAND.fullmatch(word.text) for word in words)
    return words[:-1] if plain else ()


def _damaged(leaf: Leaf) -> Iterator[_Candidate]:
    """Lines of a paragraph or cells of a row outside code: only known programs with options pass later."""
    text, at = leaf.section.text, leaf.span.start
    if leaf.kind == "table_row":
        for cell in leaf.of("table_cell"):
            yield from _stretch(leaf, cell.start, cell.end, "prose", False, False)
        return
    for line in leaf.text.splitlines(keepends=True):
        if "a" <= line[:1] <= "z" or line[:1] in "$#.[":
            for number, statement in enumerate(read(text, at, at + len(line)).statements):
                if statement.words:
                    yield _Candidate(leaf, statement, "prose", first=number == 0)
        at += len(line)


def _teaches(candidate: _Candidate, grammar: Grammar) -> bool:
    """Is this candidate proof enough that its first word is a program?"""
    statement = candidate.statement
    word = statement.words[0].text
    base = base_name(word)
    if len(base) < 2 or base in BUILTINS or _prose(statement, grammar):
        return False
    if statement.prompt == "$" and candidate.place in ("open", "shell", "inline"):
        return True
    options = any(True for _ in option_words(statement.words[1:]))
    if candidate.place == "shell":
        return (options or SCRIPT.search(base) is not None) and not _columns(candidate) or word.startswith("./")
    if candidate.place == "open":
        script = word.startswith("./") or SCRIPT.search(base) is not None
        return candidate.first and not _columns(candidate) and options or script and not candidate.prompts
    return candidate.labelled or candidate.cued and (options or _synopsis(statement))


def _holds(candidate: _Candidate, grammar: Grammar, functions: set[str]) -> bool:
    """Is this candidate a command that the reader is shown?"""
    statement = candidate.statement
    word = statement.words[0].text
    base = base_name(word)
    if not base or base in BUILTINS or base in functions or statement.link == "call" or _prose(statement, grammar):
        return False
    if statement.link == "|" and len(statement.words) == 1 and _at_line_start(candidate):
        return False  # a tree drawn with pipe signs
    known = base in grammar.programs or base in FLAT or base in GROUPED
    if statement.link in ("|",) and base in PLUMBING:
        return False
    if candidate.place in ("shell", "open"):
        return _holds_in_code(candidate, word, base, known)
    if candidate.place == "inline":
        return _holds_inline(candidate, base, known, base in grammar.programs)
    if candidate.place == "strong":
        return base in grammar.programs and len(statement.words) > 1
    return candidate.labelled or known and candidate.statement.link in ("", "|") and _options(statement) and _first_known(candidate, grammar)


def _at_line_start(candidate: _Candidate) -> bool:
    statement = candidate.statement
    return not candidate.leaf.section.text[statement.line_start : statement.words[0].start].strip(" \t|")


def _first_known(candidate: _Candidate, grammar: Grammar) -> bool:
    base = base_name(candidate.statement.words[0].text)
    return base in grammar.programs or base in GROUPED or base not in ENGLISH_TOO


def _holds_in_code(candidate: _Candidate, word: str, base: str, known: bool) -> bool:
    statement = candidate.statement
    if statement.prompt == "$":
        return True
    if word != base and not word.startswith(("./", "~/")) and not SCRIPT.search(base) and "bin/" not in word and "init.d/" not in word:
        return False
    if _columns(candidate):
        return False
    if known:
        if statement.prompt == "#" or candidate.prompts:
            return _command_shaped(statement, base)
        return base not in ENGLISH_TOO or len(statement.words) == 1 or _command_shaped(statement, base)
    if statement.prompt == "#" or candidate.prompts or candidate.place != "shell":
        return False
    return _plausible(candidate)


def _plausible(candidate: _Candidate) -> bool:
    """An unknown program in a block that is marked as shell: options, or a first line without a sign of output."""
    words = candidate.statement.words
    if any(w.text.endswith((":", ",", ".")) for w in words[:2]) or candidate.statement.link == "(":
        return False
    if _options(candidate.statement) or len(words) == 1 and candidate.first:
        return True
    pointed = any(w.text[:1] in "\"'/$<~." for w in words[1:3]) or any(w.text in VERBS for w in words[1:3])
    return pointed and words[-1].text[-1] not in "{[" and candidate.statement.link != "|"


def _holds_inline(candidate: _Candidate, base: str, known: bool, taught: bool) -> bool:
    statement = candidate.statement
    if candidate.labelled:
        return True
    if len(statement.words) == 1:
        return known and candidate.cued and base not in GROUPED and (base not in ENGLISH_TOO or statement.link == "")
    if not known:
        return candidate.cued and (_options(statement) or statement.words[0].text.startswith("./"))
    if base in ENGLISH_TOO or base in FLAT:
        return _command_shaped(statement, base)
    return taught or base in GROUPED


def _command_shaped(statement: Statement, base: str) -> bool:
    """More than the words of a sentence: an option, a path, a placeholder, a value, or a program that is no English word."""
    if any(ARGUMENT.match(word.text) for word in statement.words[1:]):
        return True
    if base in FLAT or base in ENGLISH_TOO:
        return base not in ENGLISH_TOO and len(statement.words) <= 3
    return len(statement.words) <= 6


def _options(statement: Statement) -> bool:
    return any(True for _ in option_words(statement.words[1:]))


def _synopsis(statement: Statement) -> bool:
    return any(word.text[:1] in "<[" for word in statement.words[1:])


def _columns(candidate: _Candidate) -> bool:
    """Wide gaps right after the first words: a line of output."""
    words, text = candidate.statement.words, candidate.leaf.section.text
    pairs = zip(words[:2], words[1:3], strict=False)
    return any(b.start - a.end > 1 and "\\" not in text[a.end : b.start] and not ARGUMENT.match(b.text) for a, b in pairs)


def _prose(statement: Statement, grammar: Grammar) -> bool:
    """Running English: words such as `the`, a first word with a colon, a sentence that ends."""
    texts = [word.text for word in statement.words]
    if len(texts) > 1 and (texts[1] in ("=", ":", "==", "=>", "->", "-", "–", "—") or texts[1][0] in "=+"):
        return True
    stops = sum(1 for text in texts[1:] if text in STOP_WORDS)
    if stops >= 2 or stops and not _options(statement):
        return True
    return len(texts) > 3 and texts[-1].endswith((".", ":")) and len(texts[-1]) > 2 and not _options(statement)


def _uses(candidate: _Candidate, grammar: Grammar) -> Iterator[CommandUse]:
    """The use, or several when a word of the name holds alternatives (`start|stop`)."""
    statement, section = candidate.statement, candidate.leaf.section
    words = statement.words
    taken = name_length(words, grammar)
    base = base_name(words[0].text)
    left = words[0].end - len(base)
    role: Role = "defines" if candidate.labelled or candidate.place == "strong" or _synopsis(statement) else "uses"
    confidence = _confidence(candidate)
    alternatives = _alternatives(words, taken)
    if alternatives:
        for piece in alternatives:
            name = " ".join([base, *(w.text for w in words[1:taken]), piece])
            yield CommandUse(section, name, left, words[taken].end, words, taken + 1, role, confidence, candidate.leaf)
        return
    name = " ".join([base, *(w.text for w in words[1:taken])])
    yield CommandUse(section, name, left, words[taken - 1].end, words, taken, role, confidence, candidate.leaf)


def _alternatives(words: tuple[Word, ...], taken: int) -> list[str]:
    if not takes_alternatives(words, taken):
        return []
    match = re.fullmatch(r"\{?([a-z][a-z-]+(?:\|[a-z][a-z-]+)+)\}?", words[taken].text)
    return match[1].split("|") if match else []


def _confidence(candidate: _Candidate) -> float:
    if candidate.labelled or candidate.statement.prompt == "$":
        return 0.95
    return {"shell": 0.9, "open": 0.85, "strong": 0.8, "inline": 0.85 if candidate.cued else 0.75}.get(candidate.place, 0.6)
