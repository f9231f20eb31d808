"""The JSON form of an answer."""

import json

from wekadocs_assets.core.search.answer import Answer, Quote, Result, SectionEntity, as_json

RESULT = Result(
    section_id="s",
    document_id="d",
    tag="docs",
    source_uri="a.md",
    document_title="A",
    title="Open",
    heading_path=("A", "Open"),
    anchor="open",
    url="",
    score=0.5,
    snippet="Run it.",
    evidence=(Quote("Run it.", 3, 10, ((0, 3),)),),
    entities=(SectionEntity(id="e", kind="Command", name="run", role="uses"),),
    signals={"cosine": 0.4},
)


def test_a_result_has_plain_values_and_its_signals_only_when_they_are_asked_for():
    answer = Answer(question="how", confidence=0.7, results=(RESULT,), features={"cosine": 0.4}, timings_ms={"x": 1.0})
    made = json.loads(json.dumps(as_json(answer)))
    (result,) = made["results"]
    assert (made["query"], made["confidence"], made["timings_ms"]) == ("how", 0.7, {"x": 1.0})
    assert result["heading_path"] == ["A", "Open"] and result["parent"] is None
    assert result["evidence"] == [{"quote": "Run it.", "start": 3, "end": 10}]
    assert "signals" not in result and "features" not in made
    explained = as_json(answer, explain=True)
    assert explained["results"][0]["signals"] == {"cosine": 0.4} and explained["features"] == {"cosine": 0.4}


def test_reason_and_notes_are_there_when_there_is_something_to_say():
    assert not {"reason", "notes"} & as_json(Answer(question="how", confidence=0.7, results=(RESULT,))).keys()
    empty = as_json(Answer(question="how", confidence=0.0, results=(), reason="nothing", notes=("unfinished",)))
    assert (empty["results"], empty["reason"], empty["notes"]) == ([], "nothing", ["unfinished"])
