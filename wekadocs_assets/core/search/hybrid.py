"""Fuses two rankings of chunks, by vector and by BM25, into one ranking of sections; every engine gives the same result.

Engines can fuse rankings too, but they break ties in random order, and ties are frequent. Stores therefore only return
candidates. Fused scores are rounded more coarsely than the rounding noise of the engines; ties are sorted by id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wekadocs_assets.core.models import Matrix, Vector
from wekadocs_assets.core.ports.vectors import Hit

DIGITS = 4
"""Engines sum in single precision: measured differences are 1.4e-7 for cosines and 2.2e-6 (relative) for BM25."""
NOISE = 1e-5
"""Relative; BM25 scores that differ by less are equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """score = meaning * cosine + words * (bm25 / attainable) ** power, of the section's best chunk.

    attainable: sum over the question's words of the best BM25 score for each. The figures below are hit@1 and hit@5 on
    100 questions over two corpora; docs/search.md has the ablation with intervals.

    candidates: chunks that each search returns; 20 to 200 perform alike, and 100 contain the right section for .94.
    meaning: 0 for embedders without semantics.
    words, power: squaring keeps a few shared words from outweighing the cosine: .66 / .75, against .63 / .71 without and
        .62 / .69 with both scores scaled to 0..1; powers 2 to 3 and weights .5 to 2 perform alike.
    section_mean: weight of the section's mean vector added to the chunk's own; 0, .5 and 1 perform alike here, and .5
        gained .02 on another set of questions.
    shortlist_size: sections whose chunks are all fetched and scored exactly.
    """

    candidates: int = 100
    meaning: float = 1.0
    words: float = 1.0
    power: float = 2.0
    section_mean: float = 0.5
    shortlist_size: int = 30


WEIGHTS = Weights()
Sections = Mapping[str, Sequence[tuple[str, Vector]]]
"""(chunk id, vector) of every chunk, by section id."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A section with its best chunk and its fused score.

    signals: cosine of the section's nearest chunk; with_section: cosine of the best chunk after adding the section's mean;
    words: BM25 of the best chunk divided by the attainable score.
    """

    section_id: str
    chunk_id: str
    score: float
    signals: Mapping[str, float] = field(default_factory=dict)


def shortlist(
    near: Sequence[Hit], by_words: Sequence[Hit], attainable: float, k: int, weights: Weights = WEIGHTS
) -> list[str]:
    """Ids of the most promising sections, scored from the two candidate lists only; best first.

    A chunk that is missing in the vector list gets the lowest cosine of that list.
    """
    near, by_words = without_cut_ties(near, weights.candidates), without_cut_ties(by_words, weights.candidates)
    farthest = min((hit.score for hit in near), default=0.0)
    cosines = {hit.chunk_id: hit.score for hit in near}
    shares = {hit.chunk_id: hit.score / attainable for hit in by_words if attainable}
    best: dict[str, float] = {}
    for hit in (*near, *by_words):
        score = _fused(cosines.get(hit.chunk_id, farthest), shares.get(hit.chunk_id, 0.0), weights)
        best[hit.section_id] = max(score, best.get(hit.section_id, score))
    return sorted(best, key=lambda section: (-best[section], section))[: max(weights.shortlist_size, k)]


def rank(
    question: Vector, by_words: Sequence[Hit], sections: Sections, attainable: float, weights: Weights = WEIGHTS
) -> list[Ranked]:
    """Sections, best first. question: shape (dimensions,); by_words: BM25 candidates; sections: all chunks of each.

    A chunk that is missing in the BM25 list scores 0 there.
    """
    if not sections:
        return []
    bm25 = {hit.chunk_id: hit.score for hit in without_cut_ties(by_words, weights.candidates)}
    nearest: dict[str, float] = {}
    best: dict[str, Ranked] = {}
    for section, chunk, cosine, blended in _cosines(question, sections, weights.section_mean):
        words = bm25.get(chunk, 0.0) / attainable if attainable else 0.0
        score = _fused(blended, words, weights)
        nearest[section] = max(cosine, nearest.get(section, cosine))
        known = best.get(section)
        if known is None or (-score, chunk) < (-known.score, known.chunk_id):
            best[section] = Ranked(
                section, chunk, score, {"with_section": round(blended, DIGITS), "words": round(words, DIGITS)}
            )
    complete = (
        replace(o, signals={"cosine": round(nearest[o.section_id], DIGITS), **o.signals}) for o in best.values()
    )
    return sorted(complete, key=lambda one: (-one.score, one.section_id))


def _fused(cosine: float, words: float, weights: Weights) -> float:
    score: float = weights.meaning * cosine + weights.words * words**weights.power
    return round(score, DIGITS)


def without_cut_ties(hits: Sequence[Hit], limit: int) -> Sequence[Hit]:
    """The hits without those that tie with the last one, if the list reached the limit: the engine may have cut the tie."""
    if len(hits) < limit or all_tied(hits, limit):
        return hits
    last = hits[-1].score
    return [hit for hit in hits if not _ties(hit.score, last)]


def all_tied(hits: Sequence[Hit], limit: int) -> bool:
    """Whether the list reached the limit and all its scores are equal."""
    return bool(hits) and len(hits) >= limit and _ties(hits[0].score, hits[-1].score)


def _ties(score: float, last: float) -> bool:
    return score - last <= NOISE * abs(score)


def _cosines(question: Vector, sections: Sections, weight: float) -> Iterator[tuple[str, str, float, float]]:
    """(section id, chunk id, cosine of the chunk, cosine of the chunk plus the weighted mean of its section)."""
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

    lengths: Matrix = numpy.linalg.norm(vectors, axis=-1, keepdims=True)
    lengths[~(lengths > 0)] = 1
    unit: Matrix = vectors / lengths
    return unit
