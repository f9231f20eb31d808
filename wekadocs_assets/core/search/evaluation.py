"""Measures answers on questions with known sections: hit@k, MRR, quotes, bootstrap intervals, comparison of two runs.

A section is right when its page and heading equal those of the question's row, or of one of its also_in_sections.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any
from urllib.parse import unquote

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search.answer import Answer, Result
from wekadocs_assets.core.search.words import WORD

DEPTH = 10
RESAMPLES, SEED = 2_000, 7
QUOTED = 0.6
"""A quote contains the answer when it has this share of the answer's words."""
PERMALINKS = "\u00b6\uf0c1"
"""Characters that page builders append to a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """targets: (page, heading) of each right section; answer: words of the first one, '' where the row has none."""

    id: str
    question: str
    targets: tuple[tuple[str, str], ...]
    kind: str = ""
    paraphrase: bool = False
    tag: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """rank: of the first right section, from 1; 0 if it is not among the first ten. quoted: its quotes contain the answer."""

    question: Question
    rank: int
    confidence: float
    quoted: bool | None = None
    features: Mapping[str, float] = field(default_factory=dict)


def question_of(row: Mapping[str, Any], tag_field: str = "") -> Question:
    """From a row of a questions file. Without id, question, doc or heading: ConfigurationError."""
    try:
        also = [(str(other["doc"]), str(other["heading"])) for other in row.get("also_in_sections") or ()]
        targets = ((str(row["doc"]), str(row["heading"])), *also)
        tag = str(row[tag_field]) if tag_field else ""
        return Question(
            id=str(row["id"]),
            question=str(row["question"]),
            targets=targets,
            kind=str(row.get("kind") or ""),
            paraphrase=bool(row.get("paraphrase")),
            tag=tag,
            answer=str(row.get("answer") or ""),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"a question lacks {error}", "a row has id, question, doc and heading, and the field that --tag-from names"
        ) from None


def judge(question: Question, answer: Answer) -> Judgement:
    found = answer.results[:DEPTH]
    rank = next((rank for rank, result in enumerate(found, 1) if is_right(result, question)), 0)
    quoted = _is_quoted(found[rank - 1], question.answer) if rank and question.answer else None
    return Judgement(
        question=question, rank=rank, confidence=answer.confidence, quoted=quoted, features=answer.features
    )


def is_right(result: Result, question: Question) -> bool:
    headings = {_heading(result.title), *map(_heading, result.heading_path[-1:])} - {""}
    return any(
        _same_page(result.source_uri, page) and _heading(heading) in headings for page, heading in question.targets
    )


def figures(outcomes: Sequence[Judgement]) -> dict[str, dict[str, float]]:
    """hit@1, hit@5 and MRR@10, each 0..1: overall, for paraphrases and the others, by kind and by collection."""
    groups: dict[str, list[Judgement]] = {"overall": list(outcomes)}
    for outcome in outcomes:
        question = outcome.question
        groups.setdefault("paraphrase" if question.paraphrase else "not paraphrase", []).append(outcome)
        for name in filter(None, (question.kind and f"kind {question.kind}", question.tag and f"tag {question.tag}")):
            groups.setdefault(name, []).append(outcome)
    return {
        name: _figures(group)
        for name, group in sorted(groups.items(), key=lambda item: (item[0] != "overall", item[0]))
    }


def interval(outcomes: Sequence[Judgement], measure: Callable[[Sequence[Judgement]], float]) -> tuple[float, float]:
    """95 % percentile bootstrap interval of a measure over the questions; seeded, so it is reproducible."""
    return central_interval([measure([outcomes[place] for place in places]) for places in resamples(len(outcomes))])


def central_interval(drawn: Sequence[float]) -> tuple[float, float]:
    """The 2.5th and the 97.5th percentile."""
    ranked = sorted(drawn)
    return ranked[int(0.025 * len(ranked))], ranked[int(0.975 * len(ranked))]


def resamples(size: int) -> Iterator[list[int]]:
    """RESAMPLES lists of `size` indices in 0..size-1, drawn with replacement."""
    import numpy

    chance = numpy.random.default_rng(SEED)
    return (chance.integers(size, size=size).tolist() for _ in range(RESAMPLES))


def hit_at(k: int) -> Callable[[Sequence[Judgement]], float]:
    return lambda outcomes: fmean(0 < outcome.rank <= k for outcome in outcomes)


def reciprocal_rank(outcomes: Sequence[Judgement]) -> float:
    return fmean(1 / outcome.rank if outcome.rank else 0.0 for outcome in outcomes)


MEASURES = {"hit@1": hit_at(1), "hit@5": hit_at(5), "mrr@10": reciprocal_rank}


def quoted(outcomes: Sequence[Judgement]) -> float | None:
    """Share of questions with a right section among the first five whose quotes contain the answer; None: no answers known."""
    known = [outcome.quoted for outcome in outcomes if outcome.quoted is not None and 0 < outcome.rank <= 5]
    return fmean(known) if known else None


def compared(outcomes: Sequence[Judgement], earlier: Mapping[str, int]) -> dict[str, list[str]]:
    """Ids of questions with a better and with a worse rank than before. earlier: rank by question id of another run."""
    moved: dict[str, list[str]] = {"better": [], "worse": []}
    for outcome in outcomes:
        before = earlier.get(outcome.question.id)
        if before is not None and (before or DEPTH + 1) != (outcome.rank or DEPTH + 1):
            better = (outcome.rank or DEPTH + 1) < (before or DEPTH + 1)
            moved["better" if better else "worse"].append(outcome.question.id)
    return moved


def _figures(outcomes: Sequence[Judgement]) -> dict[str, float]:
    return {"questions": len(outcomes)} | {name: round(measure(outcomes), 4) for name, measure in MEASURES.items()}


def _is_quoted(result: Result, answer: str) -> bool:
    wanted = {word.casefold() for word in WORD.findall(answer)}
    held = {word.casefold() for quote in result.evidence for word in WORD.findall(quote.quote)}
    return bool(wanted) and len(wanted & held) >= QUOTED * len(wanted)


def _heading(text: str) -> str:
    """Without markup and permalink characters, case folded."""
    plain = " ".join(re.sub(r"[`*\\]", "", text).split())
    return plain.rstrip(PERMALINKS).rstrip().casefold()


def _same_page(source_uri: str, page: str) -> bool:
    found, wanted = (unquote(name.replace("\\", "/").split("#")[0].split("?")[0]) for name in (source_uri, page))
    wanted = "/".join(part for part in wanted.split("/") if part not in ("", "."))
    return bool(wanted) and (found == wanted or found.endswith(f"/{wanted}"))
