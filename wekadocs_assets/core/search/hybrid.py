"""One ranking of sections out of two of chunks: by meaning and by words, fused here so that every engine agrees.

Engines fuse too, but they break ties at random, and ties are the rule there. So the stores only find candidates; their
scores are rounded, because engines sum in single precision, and equal ones go by id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wekadocs_assets.core.vector_ports import Hit, Vector

if TYPE_CHECKING:
    import numpy

DIGITS = 5
"""Cosines of engines were seen to differ by 1.4e-7, bm25 scores by 2.2e-6 relatively: coarser than both."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How sections are ranked; each value with its reason and what it brought (docs/search.md has the ablation).

    candidates: chunks that each of the two searches gives.
    by_meaning: share of the cosine in the fused score, the rest is bm25's.
    section_mean: weight of the mean vector of a chunk's section beside the chunk's own (both of unit length).
    """

    candidates: int = 100
    by_meaning: float = 0.5
    section_mean: float = 1.0


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Ranked:
    """A section with its best chunk. score: fused, in 0..1; signals: what it was made from."""

    section_id: str
    chunk_id: str
    score: float
    signals: Mapping[str, float] = field(default_factory=dict)


def rank(
    question: Vector,
    near: Sequence[Hit],
    wordy: Sequence[Hit],
    sections: Mapping[str, Sequence[tuple[str, Vector]]],
    weights: Weights = WEIGHTS,
) -> list[Ranked]:
    """Best first, each section once, by its best chunk.

    near, wordy: candidates by cosine and by bm25; sections: (chunk id, vector) of every chunk of their sections, so that
    a chunk found by words alone has its cosine too. A chunk that bm25 did not find has no words of the question.
    """
    if not sections:
        return []
    chunks, cosines, blended = _cosines(question, sections, weights.section_mean)
    by_words = {hit.chunk_id: hit.score for hit in wordy}
    found = {hit.chunk_id for hit in near} | by_words.keys()
    meant, said = _stretched(blended), _stretched([by_words.get(chunk, 0.0) for chunk, _ in chunks])
    best: dict[str, Ranked] = {}
    for (chunk, section), cosine, mean, meaning, words in zip(chunks, cosines, blended, meant, said, strict=True):
        score = round(weights.by_meaning * meaning + (1 - weights.by_meaning) * words, DIGITS)
        known = best.get(section)
        if chunk in found and (known is None or (-score, chunk) < (-known.score, known.chunk_id)):
            signals = {"cosine": cosine, "with_section": mean, "bm25": by_words.get(chunk, 0.0)}
            best[section] = Ranked(
                section, chunk, score, {name: round(value, DIGITS) for name, value in signals.items()}
            )
    return sorted(best.values(), key=lambda ranked: (-ranked.score, ranked.section_id))


def _cosines(
    question: Vector, sections: Mapping[str, Sequence[tuple[str, Vector]]], weight: float
) -> tuple[list[tuple[str, str]], list[float], list[float]]:
    """(chunk, section) ids, the cosine of each chunk, and that of the chunk together with its section's mean."""
    import numpy

    ids = [(chunk, section) for section in sorted(sections) for chunk, _ in sections[section]]
    plain, blended = [], []
    for section in sorted(sections):
        vectors = numpy.asarray([vector for _, vector in sections[section]], dtype=numpy.float32)
        mean = _unit(vectors.mean(axis=0))
        plain += (vectors @ question).tolist()
        blended += (_unit(vectors + weight * mean) @ question).tolist()
    return ids, plain, blended


def _unit(vectors: numpy.ndarray) -> numpy.ndarray:
    import numpy

    lengths = numpy.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / numpy.where(lengths > 0, lengths, 1)


def _stretched(scores: Sequence[float]) -> list[float]:
    """To 0..1; all equal: 0."""
    low, high = min(scores), max(scores)
    return [(score - low) / (high - low) if high > low else 0.0 for score in scores]
