"""Questions that the corpus asks of itself: a sentence of a section, without its title, must find that section again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from wekadocs_assets.core.ports.graph_reader import GraphReader
from wekadocs_assets.core.search.evidence import units
from wekadocs_assets.core.search.words import content_words

FEWEST_WORDS, MOST_WORDS = 5, 14
"""Content words of a derived question: fewer say too little, more is no question but a copy."""
LONGEST = 400
"""Characters of a stretch that are looked at."""
LOOKED_AT = 3
"""Times the wanted number: some sections with a title of their own have no sentence that would do."""
FOUND_WITHIN = 5
"""The section must be among so many first ones."""


@dataclass(frozen=True, slots=True)
class DerivedQuestion:
    question: str
    section_id: str


def derive(reader: GraphReader, tag: str, most: int) -> list[DerivedQuestion]:
    """Of the eligible sections with the smallest ids, so that an edit changes few."""
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
    """The richest stretch of the text, without the title's exact string; '' when it says too little.

    repeated: stretches that stand in other sections too, so that they are no question after this one.
    """
    found = (text[start:end] for start, end in units(text))
    stretches = (_without(title, stretch) for stretch in found if stretch not in repeated)
    best = max(map(_beginning, stretches), key=lambda found: found[1], default=("", 0))
    return best[0] if best[1] >= FEWEST_WORDS else ""


def _without(title: str, stretch: str) -> str:
    """White space is one blank here, as it will be in the question; what the removal brings together may be the title again."""
    name = re.escape(" ".join(title.split()))
    said, named = " ".join(stretch.split()), re.compile(rf"(?<!\w){name}(?!\w)", re.IGNORECASE)
    while title.strip() and named.search(said):
        said = " ".join(named.sub(" ", said).split())
    return said


def _beginning(stretch: str) -> tuple[str, int]:
    """Its words as they stand, until enough of them say something, and how many do."""
    taken: list[str] = []
    said: set[str] = set()
    for word in stretch[:LONGEST].split():
        taken.append(word)
        said |= content_words(word).keys()
        if len(said) >= MOST_WORDS:
            break
    return " ".join(taken), len(said)
