"""One ranking of sections out of two of chunks, by meaning and by words; fused here, so that every engine's answer is the same.

Engines fuse too, but they break ties at random, and ties are the rule there. So the stores only find candidates; fused
scores are rounded coarser than the noise of the engines, and equal ones go by id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wekadocs_assets.core.models import Matrix, Vector
from wekadocs_assets.core.ports.vectors import Hit

if TYPE_CHECKING:
    pass

DIGITS = 4
"""Engines sum in single precision: cosines were seen to differ by 1.4e-7, bm25 scores by 2.2e-6 relatively."""
NOISE = 1e-5


@dataclass(frozen=True, slots=True)
class Weights:
    """How sections are ranked: `meaning * cosine + words * (bm25 / attainable) ** power`, by a section's best chunk.

    attainable: what a text that is best for each word of the question at once would score. The figures are hit@1 and
    hit@5 on 100 questions over two corpora (docs/search.md has the ablation, intervals and what was tried in vain).

    candidates: chunks that each search gives; 20 to 200 read alike, the right section is among 100 for .94 of them.
    meaning: 0 where vectors know no meaning.
    words, power: squared, a chance meeting of words cannot outvote the meaning: .66 / .75 against .63 / .71 unsquared and
        .62 / .69 with both scores stretched to 0..1; powers 2 to 3 and weights .5 to 2 read alike.
    section_mean: weight of the mean vector of a chunk's section beside its own; 0, .5 and 1 read alike here, on another
        set of questions it brought .02.
    looked_at: sections whose chunks are all fetched; the others stand too far behind to come among the first ten.
    """

    candidates: int = 100
    meaning: float = 1.0
    words: float = 1.0
    power: float = 2.0
    section_mean: float = 0.5
    looked_at: int = 30


WEIGHTS = Weights()
Sections = Mapping[str, Sequence[tuple[str, Vector]]]
"""(chunk id, vector) of every chunk, by section id."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A section with its best chunk. score: fused; signals: what it was made from.

    cosine: of the section's nearest chunk; with_section: of the best chunk together with the section's mean; words: bm25 of
    the best chunk as a share of what is attainable.
    """

    section_id: str
    chunk_id: str
    score: float
    signals: Mapping[str, float] = field(default_factory=dict)


def looked_at(
    near: Sequence[Hit], wordy: Sequence[Hit], attainable: float, k: int, weights: Weights = WEIGHTS
) -> list[str]:
    """Ids of the sections worth a closer look, by what the two lists say alone.

    A chunk that is not among the nearest is taken to be as near as the last of them.
    """
    near, wordy = whole_groups(near, weights.candidates), whole_groups(wordy, weights.candidates)
    farthest = min((hit.score for hit in near), default=0.0)
    cosines = {hit.chunk_id: hit.score for hit in near}
    said = {hit.chunk_id: hit.score / attainable for hit in wordy if attainable}
    best: dict[str, float] = {}
    for hit in (*near, *wordy):
        score = _fused(cosines.get(hit.chunk_id, farthest), said.get(hit.chunk_id, 0.0), weights)
        best[hit.section_id] = max(score, best.get(hit.section_id, score))
    return sorted(best, key=lambda section: (-best[section], section))[: max(weights.looked_at, k)]


def rank(
    question: Vector, wordy: Sequence[Hit], sections: Sections, attainable: float, weights: Weights = WEIGHTS
) -> list[Ranked]:
    """Best first, each section once. wordy: candidates by bm25; sections: those to be ranked, whole.

    A chunk that bm25 did not find is taken to have no word of the question.
    """
    if not sections:
        return []
    by_words = {hit.chunk_id: hit.score for hit in whole_groups(wordy, weights.candidates)}
    nearest: dict[str, float] = {}
    best: dict[str, Ranked] = {}
    for section, chunk, cosine, blended in _cosines(question, sections, weights.section_mean):
        words = by_words.get(chunk, 0.0) / attainable if attainable else 0.0
        score = _fused(blended, words, weights)
        nearest[section] = max(cosine, nearest.get(section, cosine))
        known = best.get(section)
        if known is None or (-score, chunk) < (-known.score, known.chunk_id):
            best[section] = Ranked(
                section, chunk, score, {"with_section": round(blended, DIGITS), "words": round(words, DIGITS)}
            )
    told = (replace(o, signals={"cosine": round(nearest[o.section_id], DIGITS), **o.signals}) for o in best.values())
    return sorted(told, key=lambda one: (-one.score, one.section_id))


def _fused(cosine: float, words: float, weights: Weights) -> float:
    return round(weights.meaning * cosine + weights.words * words**weights.power, DIGITS)


def whole_groups(hits: Sequence[Hit], limit: int) -> Sequence[Hit]:
    """Without the last of equal scores where the limit may have cut among them: which of them an engine kept is chance."""
    if len(hits) < limit or are_all_alike(hits, limit):
        return hits
    last = hits[-1].score
    return [hit for hit in hits if not _is_as_good(hit.score, last)]


def are_all_alike(hits: Sequence[Hit], limit: int) -> bool:
    """Whether the limit cut among equal scores and nothing else is there."""
    return bool(hits) and len(hits) >= limit and _is_as_good(hits[0].score, hits[-1].score)


def _is_as_good(score: float, last: float) -> bool:
    return score - last <= NOISE * abs(score)


def _cosines(question: Vector, sections: Sections, weight: float) -> Iterator[tuple[str, str, float, float]]:
    """(section id, chunk id, the chunk's cosine, that of the chunk together with its section's mean)."""
    import numpy

    counts = [len(chunks) for chunks in sections.values()]
    vectors = numpy.asarray([vector for chunks in sections.values() for _, vector in chunks], dtype=numpy.float32)
    sums = numpy.add.reduceat(vectors, numpy.cumsum([0, *counts[:-1]]), axis=0)
    means = numpy.repeat(_unit(sums), counts, axis=0)
    plain, both = (vectors @ question).tolist(), (_unit(vectors + weight * means) @ question).tolist()
    ids = [(section, chunk) for section, chunks in sections.items() for chunk, _ in chunks]
    return (pair + figures for pair, figures in zip(ids, zip(plain, both, strict=True), strict=True))


def _unit(vectors: Matrix) -> Matrix:
    import numpy

    lengths = numpy.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / numpy.where(lengths > 0, lengths, 1)
