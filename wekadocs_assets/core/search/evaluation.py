"""How good the answers are, on questions whose right sections are known: hits, ranks, quotes, intervals, comparison.

A section is right when its page and its heading are those of the question's row, or of one of its also_in_sections.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from urllib.parse import unquote

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search.answer import Answer, Result
from wekadocs_assets.core.search.words import WORD

DEPTH = 10
RESAMPLES, SEED = 2_000, 7
QUOTED = 0.6
"""A quote carries the answer when it holds this share of the answer's words."""
PERMALINKS = "\u00b6\uf0c1"
"""What page builders put behind a heading."""


@dataclass(frozen=True, slots=True)
class Question:
    """targets: (page, heading) of each section that answers; answer: words of the first one, '' where not told."""

    id: str
    question: str
    targets: tuple[tuple[str, str], ...]
    kind: str = ""
    paraphrase: bool = False
    tag: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """rank: of the first right section, 0 if it is not among the first ten; quoted: whether its quotes hold the answer."""

    question: Question
    rank: int
    confidence: float
    quoted: bool | None = None
    features: Mapping[str, float] = field(default_factory=dict)


def question_of(row: Mapping, tag_field: str = "") -> Question:
    """A row of a questions file; one without id, question, doc and heading: ConfigurationError."""
    try:
        also = [(str(other["doc"]), str(other["heading"])) for other in row.get("also_in_sections") or ()]
        targets = ((str(row["doc"]), str(row["heading"])), *also)
        tag = str(row[tag_field]) if tag_field else ""
        return Question(
            str(row["id"]), str(row["question"]), targets, str(row.get("kind") or ""), bool(row.get("paraphrase")), tag,
            str(row.get("answer") or ""),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"a question lacks {error}", "a row has id, question, doc and heading, and the field that --tag-from names"
        ) from None


def judged(question: Question, answer: Answer) -> Outcome:
    found = answer.results[:DEPTH]
    rank = next((rank for rank, result in enumerate(found, 1) if is_right(result, question)), 0)
    quoted = _is_quoted(found[rank - 1], question.answer) if rank and question.answer else None
    return Outcome(question, rank, answer.confidence, quoted, answer.features)


def is_right(result: Result, question: Question) -> bool:
    headings = {_heading(result.title), *map(_heading, result.heading_path[-1:])} - {""}
    return any(
        _same_page(result.source_uri, page) and _heading(heading) in headings for page, heading in question.targets
    )


def figures(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """hit@1, hit@5 and MRR@10: overall, for paraphrases and the others, by kind and by collection."""
    groups: dict[str, list[Outcome]] = {"overall": list(outcomes)}
    for outcome in outcomes:
        question = outcome.question
        groups.setdefault("paraphrase" if question.paraphrase else "not paraphrase", []).append(outcome)
        for name in filter(None, (question.kind and f"kind {question.kind}", question.tag and f"tag {question.tag}")):
            groups.setdefault(name, []).append(outcome)
    return {
        name: _figures(group)
        for name, group in sorted(groups.items(), key=lambda item: (item[0] != "overall", item[0]))
    }


def interval(outcomes: Sequence[Outcome], measure: Callable[[Sequence[Outcome]], float]) -> tuple[float, float]:
    """95 % bootstrap interval of a measure over the questions; seeded, so that a run gives what the last one gave."""
    return middle([measure([outcomes[place] for place in places]) for places in drawings(len(outcomes))])


def middle(drawn: Sequence[float]) -> tuple[float, float]:
    """Between which 95 % of the drawn values lie."""
    ranked = sorted(drawn)
    return ranked[int(0.025 * len(ranked))], ranked[int(0.975 * len(ranked))]


def drawings(size: int) -> Iterator[list[int]]:
    """Places of as many items, drawn with replacement, again and again."""
    import numpy

    chance = numpy.random.default_rng(SEED)
    return (chance.integers(size, size=size).tolist() for _ in range(RESAMPLES))


def hit_at(k: int) -> Callable[[Sequence[Outcome]], float]:
    return lambda outcomes: fmean(0 < outcome.rank <= k for outcome in outcomes)


def reciprocal_rank(outcomes: Sequence[Outcome]) -> float:
    return fmean(1 / outcome.rank if outcome.rank else 0.0 for outcome in outcomes)


MEASURES = {"hit@1": hit_at(1), "hit@5": hit_at(5), "mrr@10": reciprocal_rank}


def quoted(outcomes: Sequence[Outcome]) -> float | None:
    """Of the questions whose right section is among the first five: how often its quotes hold the answer."""
    told = [outcome.quoted for outcome in outcomes if outcome.quoted is not None and 0 < outcome.rank <= 5]
    return fmean(told) if told else None


def compared(outcomes: Sequence[Outcome], earlier: Mapping[str, int]) -> dict[str, list[str]]:
    """earlier: rank by question id of another run -> ids of the questions that came up and those that went down."""
    moved = {"better": [], "worse": []}
    for outcome in outcomes:
        before = earlier.get(outcome.question.id)
        if before is not None and (before or DEPTH + 1) != (outcome.rank or DEPTH + 1):
            better = (outcome.rank or DEPTH + 1) < (before or DEPTH + 1)
            moved["better" if better else "worse"].append(outcome.question.id)
    return moved


def _figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    return {"questions": len(outcomes)} | {name: round(measure(outcomes), 4) for name, measure in MEASURES.items()}


def _is_quoted(result: Result, answer: str) -> bool:
    wanted = {word.casefold() for word in WORD.findall(answer)}
    held = {word.casefold() for quote in result.evidence for word in WORD.findall(quote.quote)}
    return bool(wanted) and len(wanted & held) >= QUOTED * len(wanted)


def _heading(text: str) -> str:
    """Without the marks that a page's source or builder puts there, in one case."""
    plain = " ".join(re.sub(r"[`*\\]", "", text).split())
    return plain.rstrip(PERMALINKS).rstrip().casefold()


def _same_page(source_uri: str, page: str) -> bool:
    found, wanted = (unquote(name.replace("\\", "/").split("#")[0].split("?")[0]) for name in (source_uri, page))
    wanted = "/".join(part for part in wanted.split("/") if part not in ("", "."))
    return bool(wanted) and (found == wanted or found.endswith(f"/{wanted}"))
