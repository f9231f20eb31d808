"""`ingestctl search` and `eval` as people and programs use them."""

import json
import shutil
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
PAGES = {
    "valves.md": "# Valves\n\nA valve lets water through.\n\n## Open a valve\n\n1. Run the command:\n\n"
    "```\nvalvectl open --all\n```\n\n2. Wait for [green] light.\n",
    "pumps.md": "# Pumps\n\n## Pump limits\n\nA pump moves at most 90 litres a minute.\n",
}
QUESTIONS = [
    {"id": "q1", "question": "how many litres does a pump move", "doc": "pumps.md", "heading": "Pump limits",
     "answer": "at most 90 litres a minute", "kind": "limit", "corpus": "docs"},
    {"id": "q2", "question": "open valves", "doc": "valves.md", "heading": "Open a valve", "paraphrase": True, "corpus": "docs"},
    {"id": "q3", "question": "what is green", "doc": "absent.md", "heading": "Nowhere", "corpus": "docs"},
]  # fmt: skip


def fill(home):
    for name, text in PAGES.items():
        (home.docs / name).write_text(text)
    assert home.ingest()[0] == 0
    return home


@pytest.fixture(scope="module")
def filled(new_home, tmp_path_factory):
    """Ingested once; tests only ask it."""
    return fill(new_home(tmp_path_factory.mktemp("filled")))


@pytest.fixture
def own(home):
    """Filled for one test, which may change it."""
    return fill(home)


def write_questions(home, rows: list) -> Path:
    path = home.folder / "questions.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return path


def test_an_answer_is_one_json_object_on_stdout(filled):
    done = filled.ingestctl("search", "how many litres does a pump move", "--json")
    answer = json.loads(done.stdout)
    first = answer["results"][0]
    assert done.returncode == 0 and answer["query"] == "how many litres does a pump move"
    assert 0 < answer["confidence"] <= 1 and {"encoding", "candidates", "explanation"} <= answer["timings_ms"].keys()
    assert (first["source_uri"], first["heading_path"][-1], first["anchor"]) == (
        "pumps.md",
        "Pump limits",
        "pump-limits",
    )
    (quote,) = first["evidence"]
    assert quote == {"quote": "A pump moves at most 90 litres a minute.", "start": 0, "end": 40}
    assert {
        "section_id",
        "tag",
        "title",
        "score",
        "snippet",
        "entities",
        "procedures",
        "parent",
        "next",
    } <= first.keys()


def test_a_neo4j_that_holds_graph_and_vectors_answers_too(home, new_home, tmp_path, neo4j):
    """The samples by both: the same verdict and first section, told alike. Lucene's words are stemmed in its own way, so
    scores differ in the last digits, and further sections may."""
    other = new_home(tmp_path / "on_neo4j")
    other.environment.update(NEO4J_URI=neo4j.uri, NEO4J_USER=neo4j.user, NEO4J_PASSWORD=neo4j.password, VECTORS="neo4j")
    results = []
    for each in (home, other):
        shutil.copytree(SAMPLES, each.docs, dirs_exist_ok=True)
        each.environment["SAMPLE_QUERIES"] = json.dumps({"docs": ["how is a topic deleted"]})
        results.append(each.ingest())
    assert [(code, result["ready_for_queries"]) for code, result in results] == [(0, True), (0, True)]
    for question in ("how is a topic deleted", "which port does the daemon talk over", "install the server"):
        embedded, on_neo4j = (json.loads(each.ingestctl("search", question, "--json").stdout) for each in (home, other))
        assert embedded.pop("timings_ms") and on_neo4j.pop("timings_ms")
        first, theirs = embedded["results"][0], on_neo4j["results"][0]
        assert 0 < theirs.pop("score") <= 1.1 and 0 < first.pop("score") <= 1 and first == theirs


def test_people_see_rank_path_and_quote(filled):
    done = filled.ingestctl("search", "open", "all", "valves", "-k", "1", "--explain")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and "confidence" in lines[0]
    assert "1. Valves › Open a valve" in lines and "   docs: valves.md#open-a-valve" in lines
    assert "valvectl open --all" in done.stdout and "cosine" in lines[-1] and "word_share" in lines[-1]


@pytest.mark.slow
def test_text_is_shown_as_it_is(own):
    """Brackets, backslashes and what other programs take for an emoji."""
    (own.docs / "shares.md").write_text(
        "# Share :smile: [/red] paths\n\n```\nmount \\\\\\server\\share [bold]now\n```\n"
    )
    assert own.ingest()[0] == 0
    done = own.ingestctl("search", "mount the server share now", "-k", "1")
    assert done.returncode == 0 and "1. Share :smile: [/red] paths" in done.stdout
    assert "mount \\\\\\server\\share [bold]now" in done.stdout
    rows = [{"id": "a[/x]", "question": "what of \\[/red] paths", "doc": "shares.md", "heading": "x", "kind": "[/x]"}]
    assert own.ingestctl("eval", str(write_questions(own, rows))).returncode == 0


def test_half_a_surrogate_pair_breaks_nothing(filled):
    path = filled.folder / "odd.jsonl"
    path.write_text('{"id": "\\ud800", "question": "valve \\ud800 \u2028 open"}\n', "utf-8")
    done = filled.ingestctl("search", "--file", str(path), "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["id"] == "\ud800"
    assert filled.ingestctl("search", "valve", "--prefix", "\udcff").returncode == 0


@pytest.mark.parametrize(
    "queries",
    ['{"docs": "install"}', "[]", "{", '{"docs": [""]}', '{"docs": ["\\u0001"]}', json.dumps({"docs": ["x" * 3000]})],
)
def test_sample_queries_that_cannot_be_asked_are_refused_before_anything_is_done(home, queries):
    home.environment["SAMPLE_QUERIES"] = queries
    done = home.ingestctl("ingest", str(home.docs))
    assert done.returncode == 2 and "SAMPLE_QUERIES" in done.stderr


def test_many_questions_are_answered_a_row_each(filled):
    path = write_questions(filled, QUESTIONS)
    done = filled.ingestctl("search", "--file", str(path), "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and [row["id"] for row in rows] == ["q1", "q2", "q3"]
    assert all({"results", "confidence"} <= row.keys() for row in rows)


def test_a_run_is_measured_compared_and_calibrated(filled):
    path, run, results = write_questions(filled, QUESTIONS), filled.folder / "run.json", filled.folder / "results.jsonl"
    done = filled.ingestctl("eval", str(path), "--tag-from", "corpus", "--out", str(run), "--results", str(results))
    assert done.returncode == 0 and "95 % intervals" in done.stdout
    found = json.loads(run.read_text())
    assert found["figures"]["overall"] == {"questions": 3, "hit@1": 0.6667, "hit@5": 0.6667, "mrr@10": 0.6667}
    assert found["quoted"] == 1.0 and [row["rank"] for row in found["questions"]] == [1, 1, 0]
    assert len(results.read_text().splitlines()) == 3
    again = filled.ingestctl("eval", str(path), "--tag", "docs", "--compare", str(run), "--json")
    assert json.loads(again.stdout)["compared"] == {"better": [], "worse": []}
    few = filled.ingestctl("eval", str(path), "--calibrate", str(filled.folder / "model.json"))
    assert few.returncode == 2 and "too few to calibrate" in few.stderr


@pytest.mark.slow
def test_a_calibrated_model_is_used(own):
    known = [{**QUESTIONS[n % 2], "id": f"r{n}"} for n in range(16)]
    known += [{**QUESTIONS[2], "id": f"w{n}", "doc": f"absent-{n}.md"} for n in range(25)]
    model = own.folder / "model.json"
    done = own.ingestctl("eval", str(write_questions(own, known)), "--calibrate", str(model))
    assert done.returncode == 0 and "calibrated, on pages that the fit did not see: brier" in done.stdout
    own.environment["CONFIDENCE_MODEL"] = str(model)
    answers = [own.ingestctl("search", QUESTIONS[n]["question"], "--json").stdout for n in (0, 2)]
    sure, unsure = (json.loads(answer)["confidence"] for answer in answers)
    assert sure > 0.8 > 0.2 > unsure
    model.write_text("{}")
    broken = own.ingestctl("search", "valve")
    assert broken.returncode == 2 and "CONFIDENCE_MODEL" in broken.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "one question"),
        ([""], "the question is empty"),
        (["valve", "--tag", "absent"], "no collection 'absent'"),
        (["valve", "--kind", "Gadget"], "no entity kind"),
        (["valve", "-k", "0"], "0 results"),
        (["--file", "absent.jsonl"], "absent.jsonl cannot be read"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_ends_with_a_hint(filled, arguments, words):
    done = filled.ingestctl("search", *arguments)
    assert done.returncode == 2 and words in done.stderr and "hint: " in done.stderr and done.stdout == ""


def test_an_empty_index_says_so(home):
    done = home.ingestctl("search", "anything", "--json")
    assert done.returncode == 0 and "nothing has been ingested yet" in json.loads(done.stdout)["reason"]


def test_a_broken_line_of_questions_is_named(filled):
    path = filled.folder / "broken.jsonl"
    path.write_text('{"id": "q1", "question": "valve"}\n{"id": "q2"\n')
    done = filled.ingestctl("search", "--file", str(path), "--json")
    assert done.returncode == 2 and "line 2" in done.stderr
