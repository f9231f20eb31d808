"""Reads a page once for all extractors: its leaves, code blocks and command uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from wekadocs_assets.core.extractors.command_candidates import (
    Candidate,
    CodeBlock,
    candidates_in_code,
    candidates_in_text,
    is_synopsis,
    read_block,
)
from wekadocs_assets.core.extractors.command_evidence import is_command, proves_program
from wekadocs_assets.core.extractors.command_line import Word
from wekadocs_assets.core.extractors.command_name import Grammar, base_name, name_length, takes_alternatives
from wekadocs_assets.core.extractors.leaves import Leaf, leaves_of
from wekadocs_assets.core.models import Document, Role, Section, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandUse:
    """A command on the page. The mention of its name is section.text[start:end].

    words: the whole command line; name_words: how many of them form the name.
    """

    section: Section
    name: str
    start: int
    end: int
    words: tuple[Word, ...]
    name_words: int
    role: Role
    confidence: float
    leaf: Leaf


@dataclass(slots=True, kw_only=True)
class PageReading:
    """A document, its collection's vocabulary, and what was read from them, each list in reading order."""

    document: Document
    vocabulary: Vocabulary
    leaves: list[Leaf] = field(default_factory=list)
    blocks: list[CodeBlock] = field(default_factory=list)
    uses: list[CommandUse] = field(default_factory=list)
    grammar: Grammar = field(default_factory=Grammar)


def read_page(document: Document, vocabulary: Vocabulary) -> PageReading:
    """Collects candidates, learns programs and names from the certain ones, then keeps those that are commands."""
    reading = PageReading(document=document, vocabulary=vocabulary)
    reading.leaves = [leaf for section in document.sections for leaf in leaves_of(section)]
    candidates: list[Candidate] = []
    functions: set[str] = set()
    for leaf in reading.leaves:
        if leaf.kind == "code":
            block = read_block(leaf)
            reading.blocks.append(block)
            functions |= block.script.functions if block.script else set()
            candidates.extend(candidates_in_code(block))
        else:
            candidates.extend(candidates_in_text(leaf))
    grammar = reading.grammar
    grammar.vocabulary_programs = vocabulary.programs
    grammar.programs |= vocabulary.programs
    for candidate in candidates:
        if proves_program(candidate):
            grammar.programs.add(base_name(candidate.statement.words[0].text))
    grammar.programs -= functions
    accepted = [c for c in candidates if is_command(c, grammar, functions)]
    for candidate in accepted:
        grammar.learn(candidate.statement.words, candidate.labelled or candidate.place == "strong")
    reading.uses = [use for candidate in accepted for use in _uses(candidate, grammar)]
    return reading


def _uses(candidate: Candidate, grammar: Grammar) -> Iterator[CommandUse]:
    """The use of the candidate's command, or one for each alternative in its name (`start|stop`)."""
    statement, section = candidate.statement, candidate.leaf.section
    words = statement.words
    name_words = name_length(words, grammar)
    base = base_name(words[0].text)
    start = words[0].end - len(base)
    role: Role = "defines" if candidate.labelled or candidate.place == "strong" or is_synopsis(statement) else "uses"
    confidence = _confidence(candidate)
    name = " ".join([base, *(w.text for w in words[1:name_words])])
    use = CommandUse(
        section=section,
        name=name,
        start=start,
        end=words[name_words - 1].end,
        words=words,
        name_words=name_words,
        role=role,
        confidence=confidence,
        leaf=candidate.leaf,
    )
    alternatives = _alternatives(words, name_words)
    if not alternatives:
        yield use
    for subcommand in alternatives:
        yield replace(use, name=f"{name} {subcommand}", end=words[name_words].end, name_words=name_words + 1)


def _alternatives(words: tuple[Word, ...], name_words: int) -> list[str]:
    if not takes_alternatives(words, name_words):
        return []
    match = re.fullmatch(r"\{?([a-z][a-z-]+(?:\|[a-z][a-z-]+){1,30})\}?", words[name_words].text)
    return match[1].split("|") if match else []


def _confidence(candidate: Candidate) -> float:
    if candidate.labelled or candidate.statement.prompt == "$":
        return 0.95
    return {"shell": 0.9, "unknown": 0.85, "strong": 0.8, "inline": 0.85 if candidate.cued else 0.75}.get(
        candidate.place, 0.6
    )
