"""What doctor reports of any graph store: its schema and how much is in it."""

from wekadocs_assets.adapters.memory.graph import InMemoryGraph
from wekadocs_assets.core.checks.diagnosis import ok
from wekadocs_assets.core.checks.graph_diagnosis import content_verdict, schema_verdict
from wekadocs_assets.core.models import Collection, GraphInfo


def test_the_schema_is_named_by_version_and_store_and_an_empty_place_by_its_name():
    assert schema_verdict(GraphInfo("0123456789", 3), "/data/graph") == ok("schema version 3, store 01234567")
    assert schema_verdict(None, "/data/graph") == ok("/data/graph is empty: the first ingest creates the schema")


def test_nodes_are_counted_by_kind_and_relationships_in_all():
    graph = InMemoryGraph()
    graph.save_collection(Collection(tag="docs", root="/docs"))
    counts = graph.counts()
    counts["relationships"] |= {"MENTIONS": 2, "LINKS_TO": 1}
    assert content_verdict(counts) == ok("1 collections, 0 documents, 0 sections, 0 chunks, 3 relationships")
