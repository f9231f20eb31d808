"""Every difference between the ledger and the stores is found, named by document, and nothing is changed."""

from dataclasses import replace

from memory_pipeline import TAG

from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, embeddings_of

from .conftest import B, found, only


def test_an_index_as_an_ingest_leaves_it_agrees(index):
    made = found(index)
    assert made.agrees and made.documents == 2 and made.drift_pct == 0 and not made.unfinished
    assert [(compared.counts.chunks, compared.counts.points) for compared in made.compared] == [(3, 3)]


def test_nodes_edges_and_chunk_nodes_that_differ_are_counted(index):
    section = index.graph.section_ids([B])[B][1]
    chunk = index.graph.chunks([B], index.version)[B][0]
    index.graph.write_chunks([], [chunk.id], [])
    assert only(index).chunks == {index.version: 1} and only(index).rows == 0
    index.graph.delete_sections([section])
    assert only(index).chunks == {index.version: 2} and only(index).rows > 3


def test_links_and_sections_without_a_document_are_counted(index):
    (link,) = ((section, *ends[0]) for section, ends in index.graph.links(TAG).items())
    index.graph.write_links([], [link])
    assert found(index).links == 1 and not found(index).agrees
    sections = index.graph.section_ids([B])[B]
    index.graph._drop_nodes({("Document", B)})
    del index.graph._ledger[B]
    assert sorted(found(index).orphans) == sorted(sections)


def test_a_document_that_failed_is_nothing_to_repair(index):
    index.pages["b.md"] = b"\xe4 is not UTF-8"
    index.run(index.planned())
    index.artifacts.delete(PARSED, ["docs/b.md"])
    assert found(index).inconsistencies == () and found(index).documents == 2


def test_an_artifact_that_is_lost_or_of_other_inputs_is_named(index):
    (b,) = (one for one in index.graph.ledger() if one.source_uri == "b.md")
    index.graph.write_ledger([replace(b, parse_fingerprint="of before")])
    assert (only(index).entry.source_uri, only(index).artifacts) == ("b.md", (PARSED,))
    index.graph.write_ledger([b])
    index.artifacts.delete(EXTRACTED, ["docs/b.md"])
    index.artifacts.delete(embeddings_of(index.version), ["docs/b.md"])
    assert only(index).artifacts == (EXTRACTED, embeddings_of(index.version))


def test_an_unfinished_ingest_is_told(index):
    index.graph.save_collection(Collection(tag=TAG, root="/docs", started_ingest_id="2"))
    assert found(index).unfinished and found(index).agrees
