"""Asks the index what it must be able to answer: configured sample queries, and questions derived from its own text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from wekadocs_assets.core.artifacts import dump_vectors, load_vectors
from wekadocs_assets.core.checks.derived_questions import FOUND_WITHIN, DerivedQuestion, derive
from wekadocs_assets.core.models import Vector
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.ports.vectors import Embedder
from wekadocs_assets.core.recipe import IndexId
from wekadocs_assets.core.search.answer import Answer, Query
from wekadocs_assets.core.search.searcher import Searcher

SURE = 0.5
"""A sample query has evidence when a quote holds a word of it, or when its answer is at least this likely right."""
QUESTION_VECTORS = "question_vectors"
PATH_SIGN = " › "


@dataclass(frozen=True, slots=True)
class Evidence:
    section_id: str
    path: str
    quote: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A configured query of a collection with what was found; no evidence: it is not answered."""

    tag: str
    q: str
    confidence: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A derived question, the section that it was made of, and whether that is among the first ones."""

    q: str
    section_id: str
    confidence: float
    found: bool


@dataclass(frozen=True, slots=True)
class Derived:
    """A collection's derived questions. skipped: not asked, because the model would have been loaded for them alone."""

    tag: str
    asked: int = 0
    found: int = 0
    skipped: int = 0
    confidence: float = 0.0
    questions: tuple[Asked, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Trials:
    samples: tuple[Sample, ...]
    derived: Derived


def run_trials(pipeline: Pipeline, served: IndexId, tag: str, *, may_encode: bool) -> Trials:
    """may_encode: whether this ingest has encoded text anyway; else questions without a kept vector wait for one that does."""
    samples = pipeline.sample_queries.get(tag, ())
    embedder = next((i.embedder for i in pipeline.indexes if i.version == served.embedding_version), None)
    if embedder is None:
        problem = f"the model of {served.embedding_version} cannot be had, so nothing could be asked"
        return Trials(tuple(Sample(tag, q, 0.0, ()) for q in samples), Derived(tag, problem=problem))
    derived = derive(pipeline.graph.reader(), tag, pipeline.derived_queries)
    texts = [*samples, *(question.question for question in derived)]
    vectors = _vectors(pipeline, embedder, tag, texts, may_encode)
    searcher = Searcher(
        graph=pipeline.graph,
        vectors=pipeline.vectors,
        embedder=embedder,
        embedding_version=served.embedding_version,
        lock=pipeline.lock,
        confidence=pipeline.confidence,
    )
    return Trials(
        tuple(_sample(searcher, tag, q, vectors[q]) for q in samples),
        _derived(searcher, tag, derived, vectors),
    )


def as_facts(trials: Trials) -> dict:
    """As it stands in the report."""
    return {
        "sample_queries": [asdict(sample) for sample in trials.samples],
        "derived_queries": [asdict(trials.derived)],
    }


def _sample(searcher: Searcher, tag: str, q: str, vector: Vector) -> Sample:
    answer = searcher.search(Query(question=q, tag=tag), vector)
    return Sample(tag, q, answer.confidence, _evidence(answer))


def _evidence(answer: Answer) -> tuple[Evidence, ...]:
    """What the first section says to the question; nothing when it says nothing of it.

    A section that is a heading alone has no text to be quoted: when the answer is sure, its path is what there is to show.
    """
    if not answer.results:
        return ()
    first = answer.results[0]
    if answer.confidence < SURE and not any(quote.marks for quote in first.evidence):
        return ()
    path = PATH_SIGN.join((first.source_uri, *first.heading_path))
    quotes = [quote.quote for quote in first.evidence] or [""]
    return tuple(Evidence(first.section_id, path, quote) for quote in quotes)


def _derived(searcher: Searcher, tag: str, questions: Sequence[DerivedQuestion], vectors: dict[str, Vector]) -> Derived:
    asked = [question for question in questions if question.question in vectors]
    answers = [
        searcher.first_sections(Query(question=q.question, tag=tag, k=FOUND_WITHIN), vectors[q.question]) for q in asked
    ]
    told = tuple(
        Asked(question.question, question.section_id, confidence, question.section_id in sections)
        for question, (sections, confidence) in zip(asked, answers, strict=True)
    )
    mean = round(sum(one.confidence for one in told) / len(told), 4) if told else 0.0
    found = sum(one.found for one in told)
    return Derived(tag, len(told), found, len(questions) - len(told), mean, told)


def _vectors(
    pipeline: Pipeline, embedder: Embedder, tag: str, texts: Sequence[str], may_encode: bool
) -> dict[str, Vector]:
    """By text, from the artifact where it has them.

    What is new is encoded if that is allowed, or if none is kept yet, or for a sample query that somebody has just set.
    """
    kept = _kept(pipeline, embedder, tag)
    missing = [text for text in dict.fromkeys(texts) if text not in kept]
    is_set = any(query not in kept for query in pipeline.sample_queries.get(tag, ()))
    if missing and (may_encode or is_set or not kept or not embedder.has_meaning):
        kept |= dict(zip(missing, embedder.encode_questions(missing), strict=True))
        wanted = {text: kept[text] for text in texts}
        header = ArtifactHeader(embedder.model_part, "")
        pipeline.artifacts.write(_asset(embedder), tag, header, dump_vectors(wanted))
    return {text: kept[text] for text in texts if text in kept}


def _kept(pipeline: Pipeline, embedder: Embedder, tag: str) -> dict[str, Vector]:
    try:
        return load_vectors(pipeline.artifacts.read(_asset(embedder), tag))
    except KeyError:
        return {}


def _asset(embedder: Embedder) -> str:
    return f"{QUESTION_VECTORS}/{embedder.model_part}"
