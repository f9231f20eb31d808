"""Derives test questions from the documents: a sentence of a section, without the section's title.

A search for the question must find that section. Running the searches belongs to query_checks.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from wekadocs_assets.core.ports.graph_reader import GraphReader
from wekadocs_assets.core.search.evidence import units
from wekadocs_assets.core.search.words import content_words

FEWEST_WORDS, MOST_WORDS = 5, 14
"""Minimum and maximum number of content words in a derived question.

A sentence with fewer is skipped, a longer one is cut.
"""
LONGEST = 400
"""Maximum number of characters of a sentence that are used."""
LOOKED_AT = 3
"""Sections that are read per wanted question: some of them have no suitable sentence."""
FOUND_WITHIN = 5
"""A question succeeds if its section is among this many first results."""


@dataclass(frozen=True, slots=True)
class DerivedQuestion:
    """A question, and the id of the section that it was derived from."""

    question: str
    section_id: str


def derive(reader: GraphReader, tag: str, most: int) -> list[DerivedQuestion]:
    """Derives up to `most` questions from the collection.

    The sections with the smallest ids are used, so that an edit of a document changes few questions.
    """
    if most <= 0:
        return []
    ids = reader.once_titled(tag, LOOKED_AT * most)
    sections = reader.nodes("Section", ids)
    known = [sections[key] for key in ids if key in sections]
    stretches = Counter(
        stretch for row in known for stretch in {row["text"][start:end] for start, end in units(row["text"])}
    )
    repeated = {stretch for stretch, count in stretches.items() if count > 1}
    made = (
        DerivedQuestion(question, row["id"])
        for row in known
        if (question := question_from(row["title"], row["text"], repeated))
    )
    return [question for question, _ in zip(made, range(most), strict=False)]


def question_from(title: str, text: str, repeated: Collection[str] = ()) -> str:
    """The sentence of the text with the most content words, without the title; '' if it has fewer than FEWEST_WORDS.

    repeated: sentences that also occur in other sections. They are skipped, because they do not identify this section.
    """
    found = (text[start:end] for start, end in units(text))
    stretches = (_without(title, stretch) for stretch in found if stretch not in repeated)
    best = max(map(_beginning, stretches), key=lambda found: found[1], default=("", 0))
    return best[0] if best[1] >= FEWEST_WORDS else ""


def _without(title: str, stretch: str) -> str:
    """Removes the title, repeatedly because a removal can form the title again.

    Collapses white space to single blanks.
    """
    name = re.escape(" ".join(title.split()))
    said, named = " ".join(stretch.split()), re.compile(rf"(?<!\w){name}(?!\w)", re.IGNORECASE)
    while title.strip() and named.search(said):
        said = " ".join(named.sub(" ", said).split())
    return said


def _beginning(stretch: str) -> tuple[str, int]:
    """The unchanged first words, up to MOST_WORDS content words, and the number of content words among them."""
    taken: list[str] = []
    said: set[str] = set()
    for word in stretch[:LONGEST].split():
        taken.append(word)
        said |= content_words(word).keys()
        if len(said) >= MOST_WORDS:
            break
    return " ".join(taken), len(said)
