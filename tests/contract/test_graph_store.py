"""One suite for every graph store: what is written is read back, and the graph depends on the documents alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from graph_documents import NASTY, TAG, Part, entry, page
from hypothesis import given, settings
from hypothesis import strategies as st

from wekadocs_assets.adapters.memory.graph import InMemoryGraph
from wekadocs_assets.core import ids
from wekadocs_assets.core.graph import schema
from wekadocs_assets.core.graph.builder import Subgraph, build
from wekadocs_assets.core.graph.diff import GraphChange, diff
from wekadocs_assets.core.models import Chunk, Collection, Failure
from wekadocs_assets.core.ports.stores import GraphStore


@pytest.fixture
def store(graph_store: GraphStore) -> GraphStore:
    return graph_store


def put(store: GraphStore, uri: str, parts: Sequence[Part], tag: str = TAG, **known) -> tuple[GraphChange, Subgraph]:
    """What the document_graph stage does with one document."""
    document, extraction = page(uri, parts, tag)
    new = build(document, extraction)
    change = diff(store.read([document.id]).get(document.id), new)
    store.apply([change], [entry(document, **known)])
    return change, new


def settle(store: GraphStore, change: GraphChange) -> None:
    """What the vector_points stage does once the new vectors are acknowledged."""
    store.delete_sections(change.stale_sections)


def document_id(uri: str, tag: str = TAG) -> str:
    return ids.document_id(tag, uri)


def content(store: GraphStore) -> dict[str, list]:
    return {name: list(store.export(name)) for name in (*schema.NODES, *schema.TYPES) if name != schema.SINGLETON}


def names(store: GraphStore, kind: str) -> list[str]:
    return sorted(row["name"] for row in store.export(kind))


def command(name: str) -> tuple[str, str]:
    return ("Command", name)


FULL = (
    Part("One", text=NASTY, mentions=(command("run"), ("Concept", NASTY)), links=("b.md", NASTY)),
    Part("Two", steps=("run", "stop"), solves="E1", mentions=(("Error", "E1"), ("Component", "disk"))),
    Part("Three", option="--size", mentions=(("Parameter", "-s"), ("Configuration", "--size"))),
)


def test_ledger_entries_are_read_by_document_as_well(store):
    put(store, "a.md", [Part("One")], checksum="a")
    put(store, "b.md", [Part("One")], checksum="b")
    entries = {entry.document_id: entry for entry in store.ledger()}
    assert store.entries([document_id("b.md"), "absent"]) == {document_id("b.md"): entries[document_id("b.md")]}
    assert store.entries([]) == {}


def test_a_new_store_has_an_id_that_stays_and_remembers_the_active_version(store):
    first = store.open()
    assert first.store_id and first.embedding_version == ""
    store.activate("model/1", "settings")
    assert store.open() == replace(first, embedding_version="model/1", embedded_by="settings")


def test_an_empty_store_answers_every_question(store):
    assert store.collections() == [] and store.ledger() == [] and store.ledger(TAG) == []
    assert (
        store.orphans(TAG) == {}
        and store.read(["x"]) == {}
        and store.section_ids(["x"]) == {}
        and store.chunks(["x"], "v") == {}
    )
    assert store.links(TAG) == {} and store.link_targets(TAG) == [] and store.link_anchors(TAG) == {}
    counts = store.counts()
    assert counts["nodes"].keys() == schema.NODES.keys() and tuple(counts["relationships"]) == schema.TYPES
    assert sum(counts["nodes"].values()) == 1 and not any(counts["relationships"].values())


def test_nothing_to_do_is_no_error(store):
    store.apply([], [])
    store.write_ledger([])
    store.write_chunks([], [], [])
    store.write_links([], [])
    store.delete_sections([])
    store.purge([])
    store.delete_sections(["absent"])
    store.purge(["absent"])
    store.write_chunks([], ["absent"], [])
    assert sum(store.counts()["nodes"].values()) == 1


def test_collections_are_remembered_by_tag(store):
    store.save_collection(Collection(tag="b", root="/srv/b"))
    store.save_collection(Collection(tag="a", root=NASTY))
    store.save_collection(Collection(tag="b", root="/srv/b", finished_ingest_id="ingest-1"))
    assert store.collections() == [
        Collection(tag="a", root=NASTY),
        Collection(tag="b", root="/srv/b", finished_ingest_id="ingest-1"),
    ]


def test_a_held_collection_is_written_like_any_other(store):
    with store.hold([TAG, "b"], "a test"), store.hold([TAG], "a test"):
        put(store, "a.md", FULL)
        store.save_collection(Collection(tag=TAG, root="/srv/a", finished_ingest_id="", started_ingest_id="ingest-1"))
        assert store.collections() == [
            Collection(tag=TAG, root="/srv/a", finished_ingest_id="", started_ingest_id="ingest-1")
        ]
    put(store, "b.md", FULL)
    assert len(store.ledger()) == 2
    assert store.collections() == [
        Collection(tag=TAG, root="/srv/a", finished_ingest_id="", started_ingest_id="ingest-1")
    ]
    assert store.counts()["nodes"]["Collection"] == 1


@pytest.mark.parametrize("uri", ["plain.md", NASTY, "ünïcode/😀 'x'.md"])
def test_a_ledger_entry_comes_back_as_it_was(store, uri):
    failure = Failure(
        stage="parsed_documents", error=NASTY, hint='say "no"\n', permanent=True, checksum="c" * 64, recipe="recipe"
    )
    document, _ = page(uri, [])
    written = replace(
        entry(document, checksum="c", size=2**40, mtime_ns=1_700_000_000_123_456_789, scanned_at=1_700_000_001),
        failure=failure,
    )
    store.write_ledger([written])
    assert store.ledger(TAG) == [written]
    assert store.ledger("other") == []
    store.write_ledger([replace(written, failure=None, graph_fingerprint="f")])
    assert store.ledger() == [replace(written, failure=None, graph_fingerprint="f")]


def test_the_ledger_is_sorted_by_tag_and_place(store):
    for tag, uri in (("b", "a.md"), ("a", "z.md"), ("a", "Z.md"), ("a", "é.md")):
        store.write_ledger([entry(page(uri, [], tag)[0])])
    assert [(e.tag, e.source_uri) for e in store.ledger()] == [
        ("a", "Z.md"),
        ("a", "z.md"),
        ("a", "é.md"),
        ("b", "a.md"),
    ]


def test_a_document_that_only_failed_is_in_the_ledger_and_not_in_the_graph(store):
    store.write_ledger([entry(page("bad.md", [])[0], checksum="c")])
    assert store.read([document_id("bad.md")]) == {}
    assert store.counts()["nodes"]["Document"] == 0
    assert store.link_anchors(TAG) == {}


def test_what_was_built_is_what_is_read(store):
    _, built = put(store, "a.md", FULL, checksum="c")
    assert store.read([document_id("a.md")]) == {document_id("a.md"): built}


def test_documents_that_share_entities_are_read_apart(store):
    _, first = put(store, "a.md", FULL)
    _, second = put(store, "b.md", FULL[::-1])
    assert store.read([document_id("b.md"), document_id("a.md"), "absent"]) == {
        document_id("a.md"): first,
        document_id("b.md"): second,
    }
    assert names(store, "Command") == ["run", "stop"]


def test_many_documents_in_one_call_are_as_many_calls(store):
    pages = [page(f"{n}.md", FULL) for n in range(5)]
    changes = [diff(None, build(*one)) for one in pages]
    store.apply(changes, [entry(document) for document, _ in pages])
    other = InMemoryGraph()
    for number in range(5):
        put(other, f"{number}.md", FULL)
    assert content(store) == content(other)


def test_applying_keeps_the_ledger_part_and_the_ledger_keeps_the_rest(store):
    change, built = put(store, "a.md", FULL, checksum="c")
    assert not change.empty
    (known,) = store.ledger()
    store.write_ledger([replace(known, vector_fingerprints={"edge/v": "v"})])
    assert store.read([document_id("a.md")])[document_id("a.md")] == built
    put(store, "a.md", [*FULL, Part("Four")], checksum="d", vector_fingerprints={"edge/v": "v"})
    assert (store.ledger()[0].checksum, store.ledger()[0].vector_fingerprints) == ("d", {"edge/v": "v"})


def test_an_unchanged_document_needs_no_write(store):
    put(store, "a.md", FULL)
    change, _ = put(store, "a.md", FULL)
    assert change.empty and not change.stale_sections


def test_superseded_sections_stay_readable_until_they_are_deleted(store):
    put(store, "a.md", FULL)
    change, built = put(store, "a.md", FULL[:1])
    gone = set(change.stale_sections)
    assert len(gone) == 2
    assert gone < set(store.section_ids([document_id("a.md")])[document_id("a.md")])
    assert names(store, "Error") == ["E1"]
    again, _ = put(store, "a.md", FULL[:1])
    assert again.empty and set(again.stale_sections) == gone
    settle(store, change)
    assert store.read([document_id("a.md")]) == {document_id("a.md"): built}
    assert names(store, "Error") == [] and names(store, "Step") == [] and names(store, "Parameter") == []
    assert names(store, "Command") == ["run"]


def test_a_section_that_comes_back_before_its_deletion_is_simply_there(store):
    _, built = put(store, "a.md", FULL)
    put(store, "a.md", FULL[:1])
    change, _ = put(store, "a.md", FULL)
    assert not change.stale_sections
    assert store.read([document_id("a.md")]) == {document_id("a.md"): built}


def test_an_entity_lives_while_any_document_mentions_it(store):
    put(store, "a.md", [Part("One", mentions=(command("run"), command("stop")))])
    put(store, "b.md", [Part("One", mentions=(command("run"),))])
    put(store, "a.md", [Part("One")])
    assert names(store, "Command") == ["run"]
    put(store, "b.md", [Part("One")])
    assert names(store, "Command") == []


def test_an_entity_moves_from_one_document_to_another_within_one_call(store):
    put(store, "a.md", [Part("One", mentions=(command("run"),))])
    (old, old_found), (new, new_found) = (
        page("a.md", [Part("One")]),
        page("b.md", [Part("One", mentions=(command("run"),))]),
    )
    changes = [diff(store.read([old.id])[old.id], build(old, old_found)), diff(None, build(new, new_found))]
    store.apply(changes, [entry(old), entry(new)])
    assert names(store, "Command") == ["run"]


def test_an_entity_lives_while_a_derived_edge_reaches_it(store):
    put(store, "a.md", [Part("One", mentions=(("Configuration", "--size"),), option="--size")])
    put(store, "a.md", [Part("One", option="--size")])
    assert names(store, "Configuration") == ["--size"] and names(store, "Command") == ["run"]
    put(store, "a.md", [Part("One")])
    assert names(store, "Configuration") == [] and names(store, "Command") == []


def test_steps_that_a_section_lost_are_gone_with_what_they_alone_ran(store):
    put(store, "a.md", [Part("One", steps=("run", "stop"))])
    put(store, "a.md", [Part("One", steps=("run",))])
    assert names(store, "Step") == ["Step 0"] and names(store, "Command") == ["run"]


def chunks_of(uri: str, parts: Sequence[Part], version: str = "v1", each: int = 2) -> list[Chunk]:
    document, _ = page(uri, parts)
    return [
        Chunk(
            id=ids.chunk_id(section.id, version, n),
            section_id=section.id,
            order=n,
            start=n,
            end=n + 1,
            checksum=f"c{n}",
            tokens=1,
            embedding_version=version,
        )
        for section in document.sections
        for n in range(each)
    ]


def test_chunks_are_read_in_order_by_version(store):
    put(store, "a.md", FULL)
    put(store, "b.md", FULL)
    first, second, other = chunks_of("a.md", FULL), chunks_of("a.md", FULL, "v2", 1), chunks_of("b.md", FULL)
    store.write_chunks([*first[::-1], *second, *other], [], [])
    wanted = [document_id("a.md"), document_id("b.md"), "absent"]
    assert store.chunks(wanted, "v1") == {document_id("a.md"): first, document_id("b.md"): other}
    assert store.chunks(wanted, "v2") == {document_id("a.md"): second}
    assert store.chunks(wanted, "v3") == {}


def test_chunks_are_replaced_deleted_and_committed_with_the_ledger(store):
    put(store, "a.md", FULL)
    first = chunks_of("a.md", FULL)
    store.write_chunks(first, [], [])
    changed = [replace(chunk, checksum="new") for chunk in first[:2]]
    (known,) = store.ledger()
    store.write_chunks(
        changed, [chunk.id for chunk in first[4:]], [replace(known, vector_fingerprints={"edge/v": "f"})]
    )
    assert store.chunks([document_id("a.md")], "v1") == {document_id("a.md"): [*changed, *first[2:4]]}
    assert store.counts()["relationships"]["HAS_CHUNK"] == 4
    assert store.ledger()[0].vector_fingerprints == {"edge/v": "f"}


def test_a_chunk_without_its_section_is_refused_and_nothing_is_written(store):
    put(store, "a.md", FULL)
    with pytest.raises(ValueError, match="does not hold"):
        store.write_chunks([*chunks_of("a.md", FULL), *chunks_of("b.md", FULL)], [], [])
    assert store.chunks([document_id("a.md")], "v1") == {}


def test_applying_a_document_leaves_its_chunks_and_links_alone(store):
    put(store, "a.md", FULL)
    store.write_chunks(chunks_of("a.md", FULL), [], [])
    section = store.section_ids([document_id("a.md")])[document_id("a.md")][0]
    store.write_links([(section, document_id("a.md"), "x")], [])
    put(store, "a.md", [replace(FULL[0], text="new"), *FULL[1:]])
    assert len(store.chunks([document_id("a.md")], "v1")[document_id("a.md")]) == 6
    assert store.links(TAG) == {section: [(document_id("a.md"), "x")]}


def test_deleting_a_section_takes_its_chunks_and_links(store):
    put(store, "a.md", FULL)
    put(store, "b.md", FULL[:1])
    store.write_chunks(chunks_of("a.md", FULL), [], [])
    change, _ = put(store, "a.md", FULL[1:])
    store.write_links([(change.stale_sections[0], document_id("b.md"), "")], [])
    settle(store, change)
    counts = store.counts()
    assert (counts["nodes"]["Chunk"], counts["relationships"]["HAS_CHUNK"]) == (4, 4)
    assert store.links(TAG) == {}


def test_links_are_told_apart_by_anchor_and_removed_one_by_one(store):
    put(store, "a.md", FULL[:1])
    put(store, "b.md", FULL[:1])
    (section,) = store.section_ids([document_id("a.md")])[document_id("a.md")]
    ends = [(section, document_id("b.md"), anchor) for anchor in ("", NASTY, "x")]
    store.write_links(ends, [])
    assert store.links(TAG) == {section: sorted((document, anchor) for _, document, anchor in ends)}
    store.write_links([], ends[1:])
    assert store.links(TAG) == {section: [(document_id("b.md"), "")]}
    assert store.links("other") == {}


def test_link_targets_and_anchors_are_those_of_the_tag(store):
    put(store, "a.md", FULL)
    put(store, "b.md", [Part("One", links=("a.md",))], tag="other")
    put(store, "c.md", [])
    section = store.section_ids([document_id("a.md")])[document_id("a.md")][0]
    assert store.link_targets(TAG) == [
        ("a.md", section, json.dumps(["b.md", NASTY], ensure_ascii=False, separators=(",", ":")))
    ]
    assert store.link_anchors(TAG) == {
        "a.md": (document_id("a.md"), frozenset({"one", "two", "three"})),
        "c.md": (document_id("c.md"), frozenset()),
    }


def test_purging_a_document_leaves_no_trace_of_it(store):
    put(store, "a.md", FULL)
    before = content(store)
    put(store, "b.md", [*FULL, Part("Four", steps=("only here",), mentions=(("Example", "x"),) * 0)])
    store.write_chunks(chunks_of("b.md", FULL), [], [])
    section = store.section_ids([document_id("a.md")])[document_id("a.md")][0]
    store.write_links([(section, document_id("b.md"), "")], [])
    store.purge([document_id("b.md")])
    assert content(store) == before
    assert [known.source_uri for known in store.ledger()] == ["a.md"]


def test_a_document_that_only_failed_is_purged_too(store):
    store.write_ledger([entry(page("bad.md", [])[0])])
    store.purge([document_id("bad.md")])
    assert store.ledger() == []


def test_collections_with_the_same_pages_do_not_touch_each_other(store):
    put(store, "a.md", FULL)
    before = content(store)
    put(store, "a.md", FULL, tag="other")
    ours, all_of_it = store.counts(TAG), store.counts()
    assert ours["nodes"]["Command"] == 2 and all_of_it["nodes"]["Command"] == 4
    assert all_of_it["relationships"] == {name: 2 * n for name, n in ours["relationships"].items()}
    store.purge([document_id("a.md", "other")])
    assert content(store) == before


def test_exported_edges_name_their_ends_and_are_sorted(store):
    put(store, "a.md", FULL)
    rows = list(store.export("HAS_PARAMETER"))
    assert [(row["from_label"], row["to_label"], row["required"]) for row in rows] == [
        ("Command", "Configuration", True)
    ]
    mentions = list(store.export("MENTIONS"))
    assert len(mentions) == store.counts()["relationships"]["MENTIONS"] == 7
    assert [row["id"] for row in store.export("Section")] == sorted(row["id"] for row in store.export("Section"))


def test_what_the_schema_does_not_know_is_not_exported(store):
    with pytest.raises(ValueError, match="Nonsense"):
        store.export("Nonsense")


PARTS = st.lists(
    st.builds(
        Part,
        title=st.sampled_from(["One", "Two", "Three", "Four"]),
        text=st.sampled_from(["text", "other text", NASTY]),
        mentions=st.lists(
            st.tuples(st.sampled_from(["Command", "Error", "Configuration"]), st.sampled_from(["run", "x", "y"])),
            max_size=3,
        ).map(tuple),
        steps=st.lists(st.sampled_from(["run", "stop"]), max_size=2).map(tuple),
        option=st.sampled_from(["", "x", "--size"]),
        solves=st.sampled_from(["", "x"]),
    ),
    max_size=4,
    unique_by=lambda part: part.title,
)
STEPS = st.lists(st.tuples(st.sampled_from(["a.md", "b.md", "c.md"]), st.none() | PARTS, st.booleans()), max_size=8)


@pytest.mark.slow_for("neo4j", "ladybug")
@settings(max_examples=20, deadline=None)
@given(steps=STEPS)
def test_the_graph_is_a_function_of_the_documents_and_not_of_their_history(fresh, steps):
    """None deletes the document; the flag says whether its superseded sections are deleted at once or at the end."""
    with fresh() as store:
        store.open()
        last = live(store, steps)
        other = InMemoryGraph()
        for uri, parts in sorted(last.items()):
            put(other, uri, parts)
        assert content(store) == content(other)
        assert [known.source_uri for known in store.ledger()] == sorted(last)


def live(store: GraphStore, steps: Sequence[tuple]) -> dict[str, tuple[Part, ...]]:
    """Carries out the history; what each document is in the end."""
    last: dict[str, tuple[Part, ...]] = {}
    for uri, parts, at_once in steps:
        if parts is None:
            store.purge([document_id(uri)])
            last.pop(uri, None)
            continue
        change, _ = put(store, uri, parts)
        last[uri] = tuple(parts)
        if at_once:
            settle(store, change)
    for uri, parts in last.items():
        settle(store, put(store, uri, parts)[0])
    return last
