"""Answers a question: candidates, ranking, evidence, graph context, confidence; read from top to bottom.

Add a stage of a search here, its computation in a module of its own. Settings and open stores come from app/answering.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import KINDS, Vector
from wekadocs_assets.core.ports.stores import GraphStore, Lock
from wekadocs_assets.core.ports.vectors import Embedder, Hit, VectorStore, Within
from wekadocs_assets.core.search import knowledge
from wekadocs_assets.core.search.answer import Answer, Query, Result
from wekadocs_assets.core.search.confidence import MODEL, Model
from wekadocs_assets.core.search.evidence import quotes, share, snippet
from wekadocs_assets.core.search.hybrid import WEIGHTS, Ranked, Weights, all_tied, rank, shortlist
from wekadocs_assets.core.search.knowledge import Passage
from wekadocs_assets.core.search.lookup import check_tag
from wekadocs_assets.core.search.question import question, replace_lone_surrogates
from wekadocs_assets.core.search.section_url import section_url
from wekadocs_assets.core.search.words import content_words, drop_stop_words

MOST_RESULTS, MOST_CANDIDATES, WITHIN_ONE_HOLD = 50, 1600, 20
WORDLESS = "the question contains only stop words"
EMPTY = "the index is empty: nothing has been ingested yet (ingestctl ingest FOLDER)"
SWITCHED = "another index became active during this search: ask again"
MOST_MARGIN = 0.2
"""Cap of the `margin` feature: larger margins do not improve the confidence model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searcher:
    """Stores, model and settings of a search. embedding_version: of the active index, '' before the first ingest.

    clock: seconds, for timings. base_urls: by tag, for the URLs of results (section_url.py).
    """

    graph: GraphStore
    vectors: VectorStore
    embedder: Embedder
    embedding_version: str
    lock: Lock
    base_urls: Mapping[str, str] = field(default_factory=dict)
    weights: Weights = WEIGHTS
    confidence: Model = MODEL
    clock: Callable[[], float] = lambda: 0.0

    def search_all(self, queries: Iterable[Query]) -> Iterator[Answer]:
        """Answers in order. WITHIN_ONE_HOLD queries share one hold of the lock: few store openings, and writers wait briefly."""
        if self.embedding_version:
            self.embedder.encode_question("loads the model, which takes seconds, before the first hold")
        remaining = iter(queries)
        while some := list(islice(remaining, WITHIN_ONE_HOLD)):
            with self.lock.reading():
                found = [self.search(query) for query in some]
            yield from found

    def search(self, query: Query, vector: Vector | None = None) -> Answer:
        """An invalid question, or an unknown tag or kind: ConfigurationError. vector: the question's, if already encoded."""
        query, timings = validated(query), Timings(self.clock)
        words = content_words(query.question)
        if not words or not self.embedding_version:
            check_tag(self.graph.collections(), query.tag)
            return Answer(question=query.question, confidence=0.0, results=(), reason=EMPTY if words else WORDLESS)
        with timings.of("encoding"):
            vector = self.embedder.encode_question(query.question) if vector is None else vector
        with self.lock.reading():  # embedded stores open once, and no writer changes them meanwhile
            within, notes = self._within(query)
            with timings.of("candidates"):
                ranked, weights = self._ranked(query.question, vector, words, within, query.k)
            with timings.of("explanation"):
                ranked, found = self._existing(ranked, query.k)
                results = self._results(query.question, ranked[: query.k], found, weights)
            if not results:
                return Answer(
                    question=query.question,
                    confidence=0.0,
                    results=(),
                    reason=self._why_nothing(query),
                    notes=notes,
                    features={},
                    timings_ms=timings.ms,
                )
        features, confidence = self._confidence(ranked, found, weights)
        return Answer(
            question=query.question,
            confidence=confidence,
            results=tuple(results),
            reason="",
            notes=notes,
            features=features,
            timings_ms=timings.ms,
        )

    def first_sections(self, query: Query, vector: Vector) -> tuple[list[str], float]:
        """Ids of the first k sections and the confidence, without evidence and graph context."""
        words = content_words(query.question)
        with self.lock.reading():
            ranked, weights = self._ranked(query.question, vector, words, Within(query.tag or None), query.k)
            ranked, found = self._existing(ranked, query.k)
        if not ranked:
            return [], 0.0
        _, confidence = self._confidence(ranked, found, weights)
        return [one.section_id for one in ranked[: query.k]], confidence

    def _confidence(
        self, ranked: Sequence[Ranked], found: Mapping[str, Passage], weights: Mapping[str, float]
    ) -> tuple[dict[str, float], float]:
        """Features, and the probability that the first section is right."""
        features = features_of(ranked, found[ranked[0].section_id], weights)
        return features, round(self.confidence.probability(features), 4)

    def _ranked(
        self, question: str, vector: Vector, words: Mapping[str, str], within: Within, k: int
    ) -> tuple[list[Ranked], dict[str, float]]:
        """All candidate sections, best first, and the weight of the question's words by stem."""
        near, by_words, settings = self._candidates(drop_stop_words(question), vector, within)
        scores = (
            self.vectors.best_scores(self.embedding_version, list(words.values()))
            if near or by_words
            else [0.0] * len(words)
        )
        weighed = _word_weights(list(words), scores)
        attainable = sum(weighed.values())
        sections = self._chunks_of(shortlist(near, by_words, attainable, k, settings))
        return rank(vector, by_words, sections, attainable, settings), weighed

    def _candidates(self, text: str, vector: Vector, within: Within) -> tuple[list[Hit], list[Hit], Weights]:
        """Vector and BM25 candidates; with a higher limit while all candidates of a list tie, up to MOST_CANDIDATES."""
        weights = self.weights if self.embedder.has_meaning else replace(self.weights, meaning=0.0)
        while True:
            near, by_words = self.vectors.candidates(self.embedding_version, vector, text, within, weights.candidates)
            tied = all_tied(near, weights.candidates) or all_tied(by_words, weights.candidates)
            if not tied or weights.candidates >= MOST_CANDIDATES:
                return near, by_words, weights
            weights = replace(weights, candidates=4 * weights.candidates)

    def _existing(self, ranked: Sequence[Ranked], k: int) -> tuple[list[Ranked], dict[str, Passage]]:
        """The first k + 1 sections that exist in the graph; an interrupted write can leave points without a section."""
        found = knowledge.passages(self.graph.reader(), [one.section_id for one in ranked[: 2 * k + 1]])
        return [one for one in ranked if one.section_id in found][: k + 1], found

    def _chunks_of(self, wanted: Sequence[str]) -> dict[str, list[tuple[str, Vector]]]:
        """(chunk id, vector) of every chunk by section, sorted by chunk id."""
        found: dict[str, list[tuple[str, Vector]]] = defaultdict(list)
        for point in self.vectors.scan(self.embedding_version, section_ids=wanted, with_vectors=True):
            if point.vector is not None:
                found[point.payload["section_id"]].append((point.payload["chunk_id"], point.vector))
        return {section: sorted(chunks, key=lambda chunk: chunk[0]) for section, chunks in found.items()}

    def _results(
        self,
        question: str,
        shown: Sequence[Ranked],
        found: Mapping[str, Passage],
        weights: Mapping[str, float],
    ) -> list[Result]:
        if not shown:
            return []
        found = {one.section_id: found[one.section_id] for one in shown}
        reader, ids = self.graph.reader(), list(found)
        entities, steps = knowledge.entities(reader, ids, question), knowledge.procedures(reader, ids)
        around = knowledge.neighbours(reader, list(found.values()))
        spans = self._spans(shown, found)
        return [
            Result(
                **section_facts(found[one.section_id], self.base_urls),
                score=one.score,
                **_evidence(found[one.section_id], weights, spans[one.chunk_id]),
                entities=tuple(entities.get(one.section_id, ())),
                procedures=tuple(steps.get(one.section_id, ())),
                parent=around[one.section_id][0],
                next=around[one.section_id][1],
                signals=one.signals,
            )
            for one in shown
        ]

    def _spans(self, shown: Sequence[Ranked], found: Mapping[str, Passage]) -> dict[str, tuple[int, int]]:
        """(start, end) of each best chunk in its section's text, by chunk id; the whole text without a Chunk node."""
        nodes = self.graph.reader().nodes("Chunk", [one.chunk_id for one in shown])
        spans = {key: (row["start"], row["end"]) for key, row in nodes.items()}
        return {one.chunk_id: spans.get(one.chunk_id, (0, len(found[one.section_id].text))) for one in shown}

    def _within(self, query: Query) -> tuple[Within, tuple[str, ...]]:
        known = {collection.tag: collection for collection in self.graph.collections()}
        check_tag(known.values(), query.tag)
        reader = self.graph.reader()
        documents: tuple[str, ...] | None = None
        sections: tuple[str, ...] | None = None
        if query.prefix:
            documents = tuple(row["id"] for row in reader.documents(query.tag, query.prefix))
        if query.kind:
            sections = tuple(reader.mentioning(query.kind, query.tag))
        chosen = [known[query.tag]] if query.tag else known.values()
        notes = (f"an ingest of '{c.tag}' is not finished: documents may be missing" for c in chosen if c.is_unfinished)
        return Within(query.tag or None, documents, sections), tuple(notes)

    def _why_nothing(self, query: Query) -> str:
        if not self.vectors.count(self.embedding_version):
            info = self.graph.stored()
            return EMPTY if not info or info.embedding_version == self.embedding_version else SWITCHED
        if query.tag and not self.vectors.count(self.embedding_version, query.tag):
            return f"collection '{query.tag}' has no documents in the index"
        return "no section matches these filters" if query.prefix or query.kind else "no section was found"


class Timings:
    """Milliseconds by stage."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.ms: dict[str, float] = {}

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        began = self._clock()
        yield
        self.ms[stage] = round((self._clock() - began) * 1000, 2)


def validated(query: Query) -> Query:
    """The query with normalised texts. Invalid k, kind or question: ConfigurationError."""
    if not 1 <= query.k <= MOST_RESULTS:
        raise ConfigurationError(f"{query.k} results cannot be given", f"ask for 1 to {MOST_RESULTS}")
    if query.kind and query.kind not in KINDS:
        raise ConfigurationError(f"there is no entity kind '{query.kind}'", f"known: {', '.join(KINDS)}")
    return replace(
        query,
        question=question(query.question),
        tag=replace_lone_surrogates(query.tag),
        prefix=replace_lone_surrogates(query.prefix),
    )


def _word_weights(stems: Sequence[str], scores: Sequence[float]) -> dict[str, float]:
    """A word without a match weighs as much as the rarest of the others."""
    highest = max(scores, default=0.0) or 1.0
    return {word: score or highest for word, score in zip(stems, scores, strict=True)}


def features_of(ranked: Sequence[Ranked], first: Passage, weights: Mapping[str, float]) -> dict[str, float]:
    """Inputs of the confidence model by name (confidence.FEATURES)."""
    margin = min(ranked[0].score - ranked[1].score, MOST_MARGIN) if len(ranked) > 1 else 0.0
    text = " ".join((first.document_title, *first.heading_path, first.text))
    return {
        "cosine": ranked[0].signals["cosine"],
        "margin": round(margin, 4),
        "word_share": round(share(text, weights), 4),
    }


def section_facts(passage: Passage, base_urls: Mapping[str, str]) -> dict[str, Any]:
    """The fields of every result that identify a section."""
    return {
        "section_id": passage.id,
        "document_id": passage.document_id,
        "tag": passage.tag,
        "source_uri": passage.source_uri,
        "document_title": passage.document_title,
        "title": passage.title,
        "heading_path": passage.heading_path,
        "anchor": passage.anchor,
        "url": section_url(base_urls.get(passage.tag, ""), passage.source_uri, passage.anchor),
    }


def _evidence(passage: Passage, weights: Mapping[str, float], span: tuple[int, int]) -> dict[str, Any]:
    found = quotes(passage.text, weights, span, " ".join((passage.document_title, *passage.heading_path)))
    return {"evidence": found, "snippet": snippet(passage.text, found)}
