"""What an ingest asks the index, what it concludes, and that each of its checks fails when it should."""

import json
from dataclasses import replace

import pytest
from places import Snapshot

from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.app import answering, bootstrap
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.ports.vectors import Point
from wekadocs_assets.core.search.answer import Query
from wekadocs_assets.defs.checks import REPORT_CHECKS

BODY = "The {0} valve of pump {0} lets nine litres of {0} water through each {0} minute while it is {0} open."
WORDS = "amber birch cedar delta ember fjord grove heron inlet jetty knoll larch maple nadir".split()


def fill(place):
    for word in WORDS:
        (place.docs / f"{word}.md").write_text(f"# Page {word}\n\n## Valve {word}\n\n{BODY.format(word)}\n")
    return place


@pytest.fixture
def filled(place):
    """Fourteen pages with a section each that says something of its own."""
    return fill(place)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Snapshot:
    return Snapshot.of(tmp_path_factory.mktemp("ingested") / "now", lambda place: fill(place).run())


@pytest.fixture
def ingested(snapshot, monkeypatch):
    """`filled` after its first ingest."""
    with snapshot.restored(monkeypatch) as place:
        yield place


def checks(result) -> dict[str, bool]:
    return {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}


def report(place, result) -> dict:
    folder = place.docs.parent / "reports" / "ingest" / result.run_id
    return json.loads((folder / "ingest_report.json").read_text())


def test_an_index_that_finds_its_own_sections_is_ready(filled, monkeypatch):
    monkeypatch.setenv("SAMPLE_QUERIES", json.dumps({"docs": ["how much water does the cedar valve let through"]}))
    result = filled.run()
    found = report(filled, result)
    assert result.success and all(checks(result).values())
    assert found["ready_for_queries"] is True and found["ready_reason"] == ""
    (derived,) = found["derived_queries"]
    assert (derived["asked"], derived["found"], derived["skipped"]) == (14, 14, 0)
    (sample,) = found["sample_queries"]
    assert 0 < sample["confidence"] <= 1 and sample["evidence"][0]["path"].startswith("cedar.md › ")
    assert "litres of cedar water" in sample["evidence"][0]["quote"]


def deleted_points(place) -> None:
    vectors, version = place.pipeline.vectors, place.pipeline.active.embedding_version
    vectors.delete(version, [point.id for point in vectors.scan(version)][:5])


def points_of_other_texts(place) -> None:
    """With the payload of what they should hold, so that nothing but asking can notice."""
    pipeline = place.pipeline
    version, model = pipeline.active.embedding_version, HashEmbedder()
    vector = model.encode(["something else"])[0]
    stored = list(pipeline.vectors.scan(version))
    pipeline.vectors.upsert(version, [Point(p.id, vector, "something else", p.payload) for p in stored])


def an_entity_that_nothing_reaches(place) -> None:
    place.pipeline.graph._write(
        lambda run: run("CREATE (n:Command {id: 'x', tag: 'docs', kind: 'Command', name: 'lost'})")
    )


def a_link_to_nowhere(place) -> None:
    (place.docs / "linking.md").write_text("# Links\n\nSee [the other page](absent.md).\n")


def an_empty_page(place) -> None:
    (place.docs / "empty.md").write_bytes(b"")


def a_bad_page(place) -> None:
    (place.docs / "bad.md").write_bytes(b"\x00\x00")


def a_query_without_an_answer(place) -> None:
    pass


@pytest.mark.parametrize(
    ("damage", "failing", "red"),
    [
        (a_bad_page, {"every_document_is_in"}, True),
        (deleted_points, {"graph_and_vectors_agree"}, True),
        (points_of_other_texts, {"sections_are_found_by_their_text"}, True),
        (a_query_without_an_answer, {"sample_queries_are_answered"}, True),
        (an_entity_that_nothing_reaches, {"no_entity_is_orphaned"}, False),
        (an_empty_page, {"no_document_is_empty", "no_page_is_short"}, False),
        (a_link_to_nowhere, {"links_lead_somewhere"}, False),
    ],
)
def test_each_check_fails_when_it_should(ingested, monkeypatch, damage, failing, red):
    damage(ingested)
    if damage is a_query_without_an_answer:
        monkeypatch.setenv("SAMPLE_QUERIES", json.dumps({"docs": ["quixotic zeppelin"]}))
    (ingested.docs / "more.md").write_text("# One more\n\nA page.\n")
    result = ingested.run()
    found = checks(result)
    assert failing <= {name for name, passed in found.items() if not passed}
    assert {spec.name for spec in REPORT_CHECKS} == found.keys() and result.success is not red
    assert report(ingested, result)["ready_for_queries"] is not red


def test_too_few_questions_are_counted_not_judged(place):
    for word in WORDS[:5]:
        (place.docs / f"{word}.md").write_text(f"# Page {word}\n\n{BODY.format(word)}\n")
    place.run()
    points_of_other_texts(place)
    place.write("more.md")
    result = place.run()
    (derived,) = report(place, result)["derived_queries"]
    assert derived["asked"] == 5 > derived["found"] and checks(result)["sections_are_found_by_their_text"]


def test_an_empty_index_is_not_ready(place):
    an_empty_page(place)
    result = place.run()
    found = report(place, result)
    assert not result.success and found["ready_for_queries"] is False and found["ready_reason"] == "the index is empty"


def test_an_ingest_with_nothing_to_do_asks_nothing_and_repeats_the_verdict(filled, monkeypatch):
    first = report(filled, filled.run())
    monkeypatch.setattr("wekadocs_assets.core.stages.conclude.ask_queries", lambda *_, **__: pytest.fail("asked"))
    second = report(filled, filled.run())
    assert second["derived_queries"] == first["derived_queries"] and second["ready_for_queries"] is True


def watched_encoder(monkeypatch) -> list[str]:
    """Takes every question that is encoded from now on."""
    encoded, encode = [], HashEmbedder.encode_questions
    monkeypatch.setattr(
        HashEmbedder, "encode_questions", lambda self, asked: encoded.extend(asked) or encode(self, asked)
    )
    return encoded


@pytest.mark.slow
def test_a_rename_encodes_no_question(filled, monkeypatch):
    """Its sections have new ids, so other questions are asked: those without a vector wait for an ingest that encodes."""
    monkeypatch.setattr(HashEmbedder, "has_meaning", True)
    monkeypatch.setenv("DERIVED_QUERIES", "5")
    filled.run()
    encoded = watched_encoder(monkeypatch)
    for word in WORDS[:7]:
        (filled.docs / f"{word}.md").rename(filled.docs / f"{word}-2.md")
    (derived,) = report(filled, filled.run())["derived_queries"]
    assert encoded == [] and derived["skipped"] > 0 and derived["asked"] + derived["skipped"] == 5
    filled.write("more.md")
    (derived,) = report(filled, filled.run())["derived_queries"]
    assert encoded and derived["skipped"] == 0 and derived["asked"] == 5


@pytest.mark.slow
def test_a_verdict_that_was_not_good_is_found_anew(filled, monkeypatch):
    monkeypatch.setenv("SAMPLE_QUERIES", json.dumps({"docs": ["quixotic zeppelin"]}))
    assert report(filled, filled.run())["ready_for_queries"] is False
    assert report(filled, filled.run())["ready_for_queries"] is False
    monkeypatch.delenv("SAMPLE_QUERIES")
    assert report(filled, filled.run())["ready_for_queries"] is True
    monkeypatch.setenv("SAMPLE_QUERIES", json.dumps({"docs": ["quixotic zeppelin"]}))
    assert report(filled, filled.run())["ready_for_queries"] is False


@pytest.mark.slow
def test_a_sample_query_that_was_just_set_is_encoded_once(filled, monkeypatch):
    """Whatever the ingest does: the verdict depends on it."""
    monkeypatch.setattr(HashEmbedder, "has_meaning", True)
    filled.run()
    encoded = watched_encoder(monkeypatch)
    monkeypatch.setattr(HashEmbedder, "encode_question", lambda *_: pytest.fail("encoded, and not kept"))
    monkeypatch.setenv("SAMPLE_QUERIES", json.dumps({"docs": ["quixotic zeppelin"]}))
    for _ in range(2):
        assert report(filled, filled.run())["ready_for_queries"] is False
    assert encoded == ["quixotic zeppelin"]


def test_sample_queries_of_a_collection_that_is_not_there_are_told(filled, monkeypatch):
    monkeypatch.setenv("SAMPLE_QUERIES", json.dumps({"dosc": ["how is the valve opened"]}))
    result = filled.run()
    (warning,) = report(filled, result)["warnings"]
    assert "'dosc'" in warning["warning"] and result.success


def test_a_verdict_is_each_collections_own(filled, monkeypatch):
    other = filled.docs.parent / "other"
    other.mkdir()
    (other / "bad.md").write_bytes(b"\xe4 is not UTF-8")
    (other / "good.md").write_text("# Good\n\nA page.\n")
    monkeypatch.setenv("COLLECTIONS", f"docs={filled.docs},other={other}")
    found = report(filled, filled.run())
    told = {row["tag"]: (row["ready_for_queries"], row["ready_reason"]) for row in found["collections"]}
    assert told["docs"] == (True, "") and told["other"][0] is False and "bad.md" in told["other"][1]
    assert found["ready_for_queries"] is False


def test_a_heading_alone_is_evidence_when_it_is_surely_the_answer(filled, monkeypatch):
    filled.write("moorings.md", body="## Quixotic zeppelin moorings\n\n### Of masts\n\nThey are tall.")
    monkeypatch.setenv("SAMPLE_QUERIES", json.dumps({"docs": ["quixotic zeppelin moorings"]}))
    found = report(filled, filled.run())
    (sample,) = found["sample_queries"]
    assert sample["confidence"] > 0.5 and found["ready_for_queries"] is True
    assert "Quixotic zeppelin moorings" in sample["evidence"][0]["path"] and sample["evidence"][0]["quote"] == ""


def test_a_collection_that_was_emptied_leaves_the_index_ready(filled, monkeypatch):
    other = filled.docs.parent / "other"
    other.mkdir()
    (other / "only.md").write_text("# Only\n\nA page.\n")
    monkeypatch.setenv("COLLECTIONS", f"docs={filled.docs},other={other}")
    filled.run()
    (other / "only.md").write_bytes(b"")
    assert report(filled, filled.run())["ready_for_queries"] is True


def test_points_of_sections_that_the_graph_lost_are_passed_over(ingested, searcher):
    first, second = searcher.search(Query(question="litres of cedar water", k=2)).results
    bootstrap.open_stores(read_settings()).graph.delete_sections([first.section_id])
    answer = searcher.search(Query(question="litres of cedar water", k=1))
    assert [result.section_id for result in answer.results] == [second.section_id]
    assert answer.features["cosine"] == second.signals["cosine"]


@pytest.fixture
def searcher(ingested):
    return answering.open_searcher(read_settings())


def test_an_answer_quotes_the_text_as_it_is_now(ingested, searcher):
    (ingested.docs / "cedar.md").write_text("# Page cedar\n\n## Valve cedar\n\nThe cedar valve is closed since June.\n")
    ingested.run()
    answer = searcher.search(Query(question="is the cedar valve open", k=1))
    (quote,) = answer.results[0].evidence
    assert quote.quote == "The cedar valve is closed since June." and answer.results[0].source_uri == "cedar.md"


def test_filters_keep_to_tag_place_and_kind(ingested, searcher):
    place = ingested.docs / "pumps" / "one.md"
    place.parent.mkdir()
    place.write_text("# Pumps\n\nRun the valve:\n\n```\nvalvectl open --all\n```\n")
    ingested.run()
    found = searcher.search(Query(question="open the valve", prefix="pumps/", k=9))
    assert {result.source_uri for result in found.results} == {"pumps/one.md"}
    commands = searcher.search(Query(question="open the valve", kind="Command", k=9))
    assert {result.source_uri for result in commands.results} == {"pumps/one.md"}
    assert [entity.name for entity in commands.results[0].entities if entity.kind == "Command"] == ["valvectl open"]
    assert (
        searcher.search(Query(question="open the valve", prefix="nowhere/")).reason
        == "no section matches these filters"
    )


def test_what_the_question_names_is_told_first(ingested, searcher):
    (ingested.docs / "gate.md").write_text("# Gate\n\nRun:\n\n```\ngatectl open --force-now\n```\n")
    ingested.run()
    answer = searcher.search(Query(question="what does Gatectl Open do with --force-now", k=1))
    assert {entity.name for entity in answer.results[0].entities if entity.asked} == {"gatectl open", "force-now"}


@pytest.mark.slow
def test_sections_that_score_alike_are_told_in_one_order(ingested, searcher):
    """More of them than candidates are taken: which of them an engine gives is chance, and depends on how they were written."""
    for number in range(150):
        (ingested.docs / f"same-{number:03}.md").write_text("# Notice\n\nBoilerplate of the publisher.\n")
    ingested.run()
    vectors, version = bootstrap.open_stores(read_settings()).vectors[0], searcher.embedding_version
    first = [
        result.section_id for result in searcher.search(Query(question="boilerplate of the publisher", k=9)).results
    ]
    points = [p for p in vectors.scan(version, with_vectors=True) if p.payload["source_uri"].startswith("same-")]
    vectors.delete(version, [point.id for point in points])
    text = "Notice\n\nBoilerplate of the publisher."
    vectors.upsert(version, [Point(p.id, p.vector, text, p.payload) for p in reversed(points)])
    again = [
        result.section_id for result in searcher.search(Query(question="boilerplate of the publisher", k=9)).results
    ]
    assert len(first) == 9 and first == again


def test_many_questions_are_asked_within_several_holds(searcher):
    """So that whoever takes its time with the answers keeps no ingest from the stores."""
    answers = searcher.search_all(Query(question="cedar valve") for _ in range(30))
    next(answers)
    with bootstrap.open_stores(read_settings()).lock.writing():  # refused within a hold for reading
        pass
    assert sum(bool(answer.results) for answer in answers) == 29


HOSTILE = [
    "'; MATCH (n) DETACH DELETE n //",
    "NOT AND (",
    'title:"x" OR *',
    "\x00\x07 valve \u2028",
    "valve \ud800",
    "`$tag`",
]


@pytest.mark.parametrize("question", HOSTILE, ids=ascii)
def test_no_question_is_ever_a_query(ingested, searcher, question):
    before = bootstrap.open_stores(read_settings()).graph.counts()
    answer = searcher.search(Query(question=question))
    assert answer.results or answer.reason
    assert bootstrap.open_stores(read_settings()).graph.counts() == before


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (Query(question=""), "the question is empty"),
        (Query(question=" \x00\n"), "the question is empty"),
        (Query(question="valve " * 20_000), "120,000 characters"),
        (Query(question="valve", tag="absent"), "no collection 'absent'"),
        (Query(question="valve", kind="Gadget"), "no entity kind 'Gadget'"),
        (Query(question="valve", k=0), "0 results"),
    ],
)
def test_what_cannot_be_asked_is_told(searcher, query, words):
    with pytest.raises(ConfigurationError, match=words):
        searcher.search(query)


def test_a_question_of_stop_words_is_told_why_it_finds_nothing(searcher):
    answer = searcher.search(Query(question="how do I do it?"))
    assert answer.results == () and "only stop words" in answer.reason


def test_an_index_of_another_model_is_asked_by_that_model_or_told(ingested, monkeypatch):
    monkeypatch.setenv("CHUNK_TOKENS", "64")
    assert answering.open_searcher(read_settings()).search(Query(question="cedar valve")).results
    graph = bootstrap.open_stores(read_settings()).graph
    graph.activate("gone-model-384.c128-r1", '{"embedding_model": "/nowhere", "chunk_tokens": 128}')
    with pytest.raises(ConfigurationError, match="that model is not available here"):
        answering.open_searcher(read_settings())


def test_an_unfinished_ingest_is_told_with_the_answer(ingested, searcher):
    graph = bootstrap.open_stores(read_settings()).graph
    (collection,) = graph.collections()
    graph.save_collection(replace(collection, started_ingest_id="another"))
    answer = searcher.search(Query(question="cedar valve"))
    assert answer.results and answer.notes == ("an ingest of 'docs' is not finished: documents may be missing",)


def test_a_published_collection_gives_addresses(ingested, monkeypatch):
    monkeypatch.setenv("BASE_URLS", "docs=https://docs.example.com/v1/{stem}/")
    answer = answering.open_searcher(read_settings()).search(Query(question="litres of cedar water", k=1))
    assert answer.results[0].url == "https://docs.example.com/v1/cedar/#valve-cedar"
    assert answer.results[0].document_id == ids.document_id("docs", "cedar.md")
