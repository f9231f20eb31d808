"""A question to an answer on in-memory stores."""

import pytest
from memory_pipeline import TAG, MemoryIndex

from wekadocs_assets.adapters.data_folder.locks import FreeLock
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.search.answer import Query
from wekadocs_assets.core.search.searcher import Searcher

PAGES = {
    "gates.md": b"# Gates\n\nOf gates.\n\n## Open a gate\n\nRun `gatectl open --force`.\n",
    "pumps.md": b"# Pumps\n\n## Limits\n\nA pump moves at most 90 litres a minute.\n",
}


@pytest.fixture(scope="module")
def index() -> MemoryIndex:
    made = MemoryIndex(dict(PAGES))
    made.ingest()
    made.graph.save_collection(Collection(tag=TAG, root="/docs"))
    return made


@pytest.fixture
def searcher(index) -> Searcher:
    return Searcher(
        graph=index.graph,
        vectors=index.vectors,
        embedder=index.embedder,
        embedding_version=index.version,
        lock=FreeLock(),
    )


def test_the_section_that_says_it_comes_first_with_a_quote(searcher):
    answer = searcher.search(Query(question="how many litres does a pump move"))
    first = answer.results[0]
    assert (first.source_uri, first.title) == ("pumps.md", "Limits") and 0 < answer.confidence <= 1
    assert [quote.quote for quote in first.evidence] == ["A pump moves at most 90 litres a minute."]


def test_a_prefix_keeps_to_its_documents(searcher):
    answer = searcher.search(Query(question="how many litres does a pump move", prefix="gates"))
    assert {result.source_uri for result in answer.results} <= {"gates.md"}


def test_an_unknown_collection_is_an_error_and_an_index_without_a_version_a_reason(searcher, index):
    with pytest.raises(ConfigurationError, match="no collection 'absent'"):
        searcher.search(Query(question="pump", tag="absent"))
    empty = Searcher(
        graph=index.graph, vectors=index.vectors, embedder=index.embedder, embedding_version="", lock=FreeLock()
    )
    assert "empty" in empty.search(Query(question="pump")).reason
