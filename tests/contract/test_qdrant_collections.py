"""The names that the Qdrant adapter uses on a server that others use too: collections, the alias, what is not ours.

On the client's in-memory mode, which follows the server's rules as its authors know them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wekadocs_assets.adapters.qdrant.point_schema import INDEXED
from wekadocs_assets.adapters.qdrant.server import QdrantVectors
from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy
from wekadocs_assets.core.ports.vectors import Point

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

VERSION, OTHER = "hash-8-sum.c128-r1", "hash-8-sum.c64-r1"

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


@pytest.fixture
def memory() -> QdrantClient:
    from qdrant_client import QdrantClient

    return QdrantClient(":memory:")


def inside(client: QdrantClient, name: str = "docs") -> QdrantVectors:
    return QdrantVectors("http://in-memory", "", name, client=client)


def collection_of(**changed: Any) -> dict[str, Any]:
    """Our vectors, but for what is changed."""
    from qdrant_client import models

    ours = {
        "vectors_config": {"dense": models.VectorParams(size=8, distance=models.Distance.COSINE)},
        "sparse_vectors_config": {"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    }
    return ours | changed


def unlike_ours() -> dict[str, tuple[dict[str, Any], str]]:
    """What is there -> (how it was made, how the message calls it)."""
    from qdrant_client import models

    def dense(size: int, distance: str) -> models.VectorParams:
        return models.VectorParams(size=size, distance=models.Distance(distance))

    several = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
    tokens = models.VectorParams(size=8, distance=models.Distance.COSINE, multivector_config=several)
    return {
        "size": (collection_of(vectors_config={"dense": dense(4, "Cosine")}), "dense: 4 dimensions, Cosine"),
        "distance": (collection_of(vectors_config={"dense": dense(8, "Dot")}), "dense: 8 dimensions, Dot"),
        "unnamed": (collection_of(vectors_config=dense(8, "Cosine")), "unnamed: 8 dimensions, Cosine"),
        "many": (collection_of(vectors_config={"dense": tokens}), "dense: 8 dimensions, Cosine, several a point"),
        "no idf": (collection_of(sparse_vectors_config={"bm25": models.SparseVectorParams()}), "bm25: no idf"),
        "no bm25": (collection_of(sparse_vectors_config=None), "(dense: 8 dimensions, Cosine), expected"),
    }


@pytest.mark.parametrize("case", ["size", "distance", "unnamed", "many", "no idf", "no bm25"])
def test_a_collection_unlike_ours_is_refused_and_left_as_it_is(memory: QdrantClient, case: str) -> None:
    made, words = unlike_ours()[case]
    memory.create_collection(f"docs__{VERSION}", **made)
    before = memory.get_collection(f"docs__{VERSION}")
    with pytest.raises(ConfigurationError) as caught:
        inside(memory).open(VERSION, 8)
    assert f"docs__{VERSION}" in caught.value.message and words in caught.value.message
    assert "expected (dense: 8 dimensions, Cosine; bm25: idf)" in caught.value.message
    assert memory.get_collection(f"docs__{VERSION}") == before


def test_a_collection_that_disappears_and_is_made_again_has_another_id(memory: QdrantClient) -> None:
    made = inside(memory).open(VERSION, 8)
    memory.delete_collection(f"docs__{VERSION}")
    assert inside(memory).open(VERSION, 8) != made


def aliases(client: QdrantClient) -> dict[str, str]:
    return {alias.alias_name: alias.collection_name for alias in client.get_aliases().aliases}


def test_the_alias_moves_with_the_version_that_is_served(memory: QdrantClient) -> None:
    store = inside(memory)
    for version in (VERSION, OTHER):
        store.open(version, 8)
    assert aliases(memory) == {}
    store.upsert(OTHER, [Point(ids.point_id("c"), [1.0] + [0.0] * 7, "word", dict.fromkeys(INDEXED, "x"))])
    for version in (VERSION, OTHER, OTHER):
        store.serve(version)
        assert aliases(memory) == {"docs": f"docs__{version}"}
    assert memory.count("docs").count == 1


def test_an_alias_that_already_points_there_is_left_alone(memory: QdrantClient, monkeypatch) -> None:
    store = inside(memory)
    store.open(VERSION, 8)
    store.serve(VERSION)
    monkeypatch.delattr(type(memory), "update_collection_aliases")
    store.serve(VERSION)


def test_a_version_that_was_not_opened_is_not_served(memory: QdrantClient) -> None:
    store = inside(memory)
    store.open(VERSION, 8)
    store.serve(VERSION)
    with pytest.raises(StoreBusy, match=f"no vectors of {OTHER}"):
        store.serve(OTHER)
    assert aliases(memory) == {"docs": f"docs__{VERSION}"}


def test_dropping_the_old_version_leaves_the_alias_and_dropping_the_served_one_takes_it(memory: QdrantClient) -> None:
    store = inside(memory)
    for version in (VERSION, OTHER):
        store.open(version, 8)
    store.serve(OTHER)
    store.drop(VERSION)
    assert aliases(memory) == {"docs": f"docs__{OTHER}"}
    store.drop(OTHER)
    assert aliases(memory) == {}


def test_a_collection_with_the_name_of_the_alias_is_refused_before_anything_is_made(memory: QdrantClient) -> None:
    memory.create_collection("docs", **collection_of())
    with pytest.raises(ConfigurationError, match="has a collection under the name docs") as caught:
        inside(memory).open(VERSION, 8)
    assert "QDRANT_COLLECTION" in caught.value.hint
    assert [c.name for c in memory.get_collections().collections] == ["docs"]


def test_a_collection_that_took_the_name_since_is_refused_when_the_version_is_served(memory: QdrantClient) -> None:
    inside(memory).open(VERSION, 8)
    memory.create_collection("docs", **collection_of())
    with pytest.raises(ConfigurationError, match="has a collection under the name docs"):
        inside(memory).serve(VERSION)


def test_an_alias_to_somebody_elses_collection_is_not_taken_over(memory: QdrantClient) -> None:
    from qdrant_client import models

    memory.create_collection("theirs", **collection_of())
    alias = models.CreateAlias(collection_name="theirs", alias_name="docs")
    memory.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
    store = inside(memory)
    store.open(VERSION, 8)
    with pytest.raises(ConfigurationError, match="has an alias of theirs under the name docs"):
        store.serve(VERSION)
    assert aliases(memory) == {"docs": "theirs"}


def test_collections_of_other_names_are_not_ours(memory: QdrantClient) -> None:
    memory.create_collection("theirs", **collection_of())
    for name in ("docs-old", "docs_old", "do"):
        inside(memory, name).open(OTHER, 8)
    inside(memory).open(VERSION, 8)
    assert inside(memory).versions() == [VERSION]
    inside(memory).drop(OTHER)
    assert len(memory.get_collections().collections) == 5


@pytest.mark.parametrize("name", ["docs__old", "docs_"])
def test_a_name_that_cannot_be_told_from_its_versions_is_refused(memory: QdrantClient, name: str) -> None:
    with pytest.raises(ConfigurationError, match="QDRANT_COLLECTION"):
        inside(memory, name)
