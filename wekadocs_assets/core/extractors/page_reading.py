"""Finds the command lines of a page, in code, inline code, table rows and damaged prose, once for all extractors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from wekadocs_assets.core.extractors.command_candidates import (
    Candidate,
    CodeBlock,
    in_code,
    in_text,
    is_synopsis,
    read_block,
)
from wekadocs_assets.core.extractors.command_evidence import holds, teaches
from wekadocs_assets.core.extractors.command_line import Word
from wekadocs_assets.core.extractors.command_name import Grammar, base_name, name_length, takes_alternatives
from wekadocs_assets.core.extractors.leaves import Leaf, leaves
from wekadocs_assets.core.models import Document, Role, Section, Vocabulary


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
    candidates: list[Candidate] = []
    functions: set[str] = set()
    for leaf in reading.leaves:
        if leaf.kind == "code":
            block = read_block(leaf)
            reading.blocks.append(block)
            functions |= block.script.functions if block.script else set()
            candidates.extend(in_code(block))
        else:
            candidates.extend(in_text(leaf))
    grammar = reading.grammar
    grammar.known = vocabulary.programs
    grammar.programs |= vocabulary.programs
    for candidate in candidates:
        if teaches(candidate, grammar):
            grammar.programs.add(base_name(candidate.statement.words[0].text))
    grammar.programs -= functions
    held = [c for c in candidates if holds(c, grammar, functions)]
    for candidate in held:
        grammar.learn(candidate.statement.words, candidate.labelled or candidate.place == "strong")
    reading.uses = [use for candidate in held for use in _uses(candidate, grammar)]
    return reading


def _uses(candidate: Candidate, grammar: Grammar) -> Iterator[CommandUse]:
    """The use, or several when a word of the name holds alternatives (`start|stop`)."""
    statement, section = candidate.statement, candidate.leaf.section
    words = statement.words
    taken = name_length(words, grammar)
    base = base_name(words[0].text)
    left = words[0].end - len(base)
    role: Role = "defines" if candidate.labelled or candidate.place == "strong" or is_synopsis(statement) else "uses"
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
    match = re.fullmatch(r"\{?([a-z][a-z-]+(?:\|[a-z][a-z-]+){1,30})\}?", words[taken].text)
    return match[1].split("|") if match else []


def _confidence(candidate: Candidate) -> float:
    if candidate.labelled or candidate.statement.prompt == "$":
        return 0.95
    return {"shell": 0.9, "open": 0.85, "strong": 0.8, "inline": 0.85 if candidate.cued else 0.75}.get(
        candidate.place, 0.6
    )
