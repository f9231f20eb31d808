"""Searches the active index with the sample queries (from the settings) and the derived queries (from its own text).

The classes of the results are in query_results.py. The decision whether they are good enough belongs to readiness.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from wekadocs_assets.core.artifacts import dump_vectors, load_vectors
from wekadocs_assets.core.checks.derived_questions import FOUND_WITHIN, DerivedQuestion, derive
from wekadocs_assets.core.checks.query_results import DerivedQueries, DerivedQuery, Evidence, QueryResults, SampleQuery
from wekadocs_assets.core.models import Vector
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.ports.stores import ArtifactHeader
from wekadocs_assets.core.ports.vectors import Embedder
from wekadocs_assets.core.recipe import IndexId
from wekadocs_assets.core.search.answer import Answer, Query
from wekadocs_assets.core.search.searcher import Searcher

SURE = 0.5
"""Minimum confidence with which a result counts as evidence although no quote contains a word of the sample query."""
QUESTION_VECTORS = "question_vectors"
PATH_SIGN = " › "


def ask_queries(pipeline: Pipeline, active: IndexId, tag: str, *, may_encode: bool) -> QueryResults:
    """Runs the sample queries and derived queries of one collection against the active index.

    may_encode: whether the model may encode new derived queries, because this ingest has loaded it already. If not,
    those without a stored vector are skipped (exceptions: see _vectors).
    """
    samples = pipeline.sample_queries.get(tag, ())
    embedder = next((i.embedder for i in pipeline.indexes if i.version == active.embedding_version), None)
    if embedder is None:
        problem = f"the model of {active.embedding_version} is not available, so no query could be asked"
        unanswered = tuple(SampleQuery(tag, q, 0.0, ()) for q in samples)
        return QueryResults(unanswered, (DerivedQueries(tag=tag, problem=problem),))
    derived = derive(pipeline.graph.reader(), tag, pipeline.derived_queries)
    texts = [*samples, *(question.question for question in derived)]
    vectors = _vectors(pipeline, embedder, tag, texts, may_encode)
    searcher = Searcher(
        graph=pipeline.graph,
        vectors=pipeline.vectors,
        embedder=embedder,
        embedding_version=active.embedding_version,
        lock=pipeline.lock,
        confidence=pipeline.confidence,
    )
    return QueryResults(
        tuple(_sample(searcher, tag, q, vectors[q]) for q in samples),
        (_derived(searcher, tag, derived, vectors),),
    )


def _sample(searcher: Searcher, tag: str, q: str, vector: Vector) -> SampleQuery:
    answer = searcher.search(Query(question=q, tag=tag), vector)
    return SampleQuery(tag, q, answer.confidence, _evidence(answer))


def _evidence(answer: Answer) -> tuple[Evidence, ...]:
    """The quotes of the first result; empty if that result does not answer the query.

    A section without text below its heading has no quote: if the confidence is at least SURE, its path is the evidence.
    """
    if not answer.results:
        return ()
    first = answer.results[0]
    if answer.confidence < SURE and not any(quote.marks for quote in first.evidence):
        return ()
    path = PATH_SIGN.join((first.source_uri, *first.heading_path))
    quotes = [quote.quote for quote in first.evidence] or [""]
    return tuple(Evidence(first.section_id, path, quote) for quote in quotes)


def _derived(
    searcher: Searcher, tag: str, questions: Sequence[DerivedQuestion], vectors: dict[str, Vector]
) -> DerivedQueries:
    known = [question for question in questions if question.question in vectors]
    answers = [
        searcher.first_sections(Query(question=q.question, tag=tag, k=FOUND_WITHIN), vectors[q.question]) for q in known
    ]
    asked = tuple(
        DerivedQuery(question.question, question.section_id, confidence, question.section_id in sections)
        for question, (sections, confidence) in zip(known, answers, strict=True)
    )
    return DerivedQueries(
        tag=tag,
        asked=len(asked),
        found=sum(query.found for query in asked),
        skipped=len(questions) - len(asked),
        confidence=round(sum(query.confidence for query in asked) / len(asked), 4) if asked else 0.0,
        questions=asked,
    )


def _vectors(
    pipeline: Pipeline, embedder: Embedder, tag: str, texts: Sequence[str], may_encode: bool
) -> dict[str, Vector]:
    """Vectors by text, read from the artifact if stored there. Texts that are not encoded are left out.

    Missing texts are encoded, and the artifact is written, if `may_encode` is set, a sample query has no vector yet,
    nothing is stored, or the embedder is a hash (`has_meaning` is False).
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
