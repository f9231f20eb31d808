"""Sample queries and derived queries, asked of an index in memory."""

from dataclasses import replace

import pytest
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.core.checks.query_checks import PATH_SIGN, QUESTION_VECTORS, ask_queries
from wekadocs_assets.core.checks.query_results import QueryResults
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.recipe import IndexId

PAGE = b"""# Gates

## Opening

The guard opens the northern gate every morning before the first caravan of traders arrives.

## Closing

At nightfall two soldiers close the heavy iron doors and count the keys on their ring.
"""
ANSWERED, UNANSWERED = "who opens the northern gate", "zeppelin"


class Meaning(HashEmbedder):
    """Counts the questions that it encodes."""

    has_meaning = True
    asked = 0

    def encode_questions(self, questions):
        self.asked += len(questions)
        return super().encode_questions(questions)


def ask(index: MemoryIndex, *samples: str, may_encode: bool = True, derived: int = 10) -> QueryResults:
    pipeline = replace(index.pipeline, sample_queries={TAG: samples}, derived_queries=derived)
    return ask_queries(pipeline, pipeline.indexes[0].id, TAG, may_encode=may_encode)


@pytest.fixture
def index() -> MemoryIndex:
    made = MemoryIndex({"gates.md": PAGE}, embedder=Meaning())
    made.run(made.planned())
    made.graph.save_collection(Collection(tag=TAG, root="/docs"))
    return made


def test_a_sample_query_has_the_quotes_of_the_first_result_as_evidence(index):
    answered, unanswered = ask(index, ANSWERED, UNANSWERED).sample_queries
    assert answered.evidence[0].path == PATH_SIGN.join(("gates.md", "Gates", "Opening"))
    assert "opens the northern gate" in answered.evidence[0].quote and 0 < answered.confidence <= 1
    assert (unanswered.q, unanswered.evidence) == (UNANSWERED, ())


def test_derived_queries_find_the_sections_that_they_were_made_from(index):
    (derived,) = ask(index).derived_queries
    assert (derived.asked, derived.found, derived.skipped) == (2, 2, 0) and derived.confidence > 0
    (fewer,) = ask(index, derived=1).derived_queries
    assert fewer.asked == 1


def test_vectors_of_questions_are_kept_and_new_derived_ones_wait_for_the_model(index):
    ask(index, ANSWERED, derived=1)
    assert index.embedder.asked == 2 and index.artifacts.headers(
        f"{QUESTION_VECTORS}/{index.embedder.model_part}", [TAG]
    )
    (derived,) = ask(index, ANSWERED, may_encode=False).derived_queries
    assert (derived.asked, derived.skipped, index.embedder.asked) == (1, 1, 2)
    (derived,) = ask(index, ANSWERED).derived_queries
    assert (derived.asked, derived.skipped, index.embedder.asked) == (2, 0, 3)


def test_a_new_sample_query_is_encoded_at_once(index):
    ask(index, ANSWERED, derived=0)
    results = ask(index, ANSWERED, "where are the keys", may_encode=False, derived=0)
    assert index.embedder.asked == 2 and len(results.sample_queries) == 2


def test_without_the_model_of_the_active_version_no_query_is_asked(index):
    pipeline = replace(index.pipeline, sample_queries={TAG: (ANSWERED,)})
    results = ask_queries(pipeline, IndexId("in_memory", "gone.c64", ""), TAG, may_encode=True)
    assert [sample.evidence for sample in results.sample_queries] == [()]
    assert results.derived_queries[0].problem.startswith("the model of gone.c64 is not available")
