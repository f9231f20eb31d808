"""The command line as people run it: processes, exit codes, what stands on stdout and what on stderr."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wekadocs_assets.core.ids import partition_key

PAGE = "# {0}\n\nWords of {0}.\n"


def write(home, name: str, content: str | bytes = "") -> None:
    path = home.docs / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else (content or PAGE.format(name)).encode())


def errors(result: dict) -> dict[str, str]:
    return {error["source_uri"]: f"{error['stage']}: {error['error']}" for error in result["errors"]}


def test_plan_progress_and_result_are_json_lines_on_stdout(home):
    write(home, "a.md")
    done = home.ingestctl("ingest", str(home.docs), "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and [e["event"] for e in events] == ["plan", *["progress"] * 5, "result"]
    assert events[0]["new"] == 1 and events[-2]["percent"] == 85
    result = events[-1]
    assert {
        "ingest_id",
        "run_ids",
        "documents",
        "chunks",
        "report",
        "ready_for_queries",
        "errors",
        "timings_ms",
    } <= result.keys()
    assert result["documents"]["ingested"] == 1 and result["ready_for_queries"] is True


def test_a_second_ingest_does_nothing_and_ends_with_a_result(home):
    write(home, "a.md")
    home.ingest()
    code, result = home.ingest()
    assert code == 0 and result["run_ids"] == []
    assert result["documents"] == {"ingested": 0, "unchanged": 1, "renamed": 0, "deleted": 0, "failed": 0, "blocked": 0}


def test_a_dry_run_prints_the_plan_and_changes_nothing(home):
    write(home, "a.md")
    done = home.ingestctl("ingest", str(home.docs), "--dry-run", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["new"] == 1
    assert home.ingest()[1]["documents"]["ingested"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/no/such/folder"], "no such file or folder"),
        ([], "no path was given"),
        (["docs", "--tag", "a/b"], "cannot be a tag"),
        (["docs", "docs/x", "--tag", "t"], "--tag names one collection"),
        (["docs"], "no document found"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_hint(home, arguments, words):
    (home.docs / "x").mkdir()
    done = home.ingestctl("ingest", *arguments)
    assert done.returncode == 2 and words in done.stderr and "hint: " in done.stderr and done.stdout == ""


def test_a_known_tag_with_another_root_is_refused_and_can_be_rebound(home):
    write(home, "a.md")
    home.ingest()
    moved = home.folder / "elsewhere"
    home.docs.rename(moved)
    refused = home.ingestctl("ingest", str(moved), "--tag", "docs")
    assert refused.returncode == 2 and "--rebind" in refused.stderr
    rebound = home.ingestctl("ingest", str(moved), "--tag", "docs", "--rebind", "--json")
    assert rebound.returncode == 0 and json.loads(rebound.stdout.splitlines()[-1])["documents"]["unchanged"] == 1


def test_a_part_of_a_known_root_deletes_nothing(home):
    for name in ("a.md", "sub/b.md", "sub/c.md"):
        write(home, name)
    home.ingest()
    (home.docs / "sub/c.md").unlink()
    write(home, "sub/b.md", "# changed\n")
    done = home.ingestctl("ingest", str(home.docs / "sub"), "--json")
    plan, *_, result = [json.loads(line) for line in done.stdout.splitlines()]
    assert plan["changed"] == 1 and plan["deleted"] == 0 and result["documents"]["ingested"] == 1
    assert home.ingest()[1]["documents"]["deleted"] == 1


def test_deletions_are_guarded_and_can_be_left_out(home):
    for number in range(22):
        write(home, f"{number}.md")
    home.ingest()
    for number in range(12):
        (home.docs / f"{number}.md").unlink()
    refused = home.ingestctl("ingest", str(home.docs))
    assert refused.returncode == 2 and "--allow-mass-delete" in refused.stderr
    assert home.ingest("--no-delete")[1]["documents"]["unchanged"] == 10
    assert home.ingest("--allow-mass-delete")[1]["documents"]["deleted"] == 12


def test_bad_input_is_named_with_its_reason_and_everything_else_is_done(home):
    write(home, "good.md")
    write(home, "empty.md", b"")
    write(home, "binary.md", b"\x89PNG\r\n\x1a\n" + bytes(200))
    write(home, "broken.md", b"# Title\n\ncaf\xe9 \xff\xfe and on\n")
    write(home, "unclosed.html", "<div " + "x" * 50)
    write(home, "other.json", '{"name": "package", "version": "1"}')
    write(home, "page.json", '{"object": "page", "id": "1", "properties": {}}')
    outside = home.folder / "outside.md"
    outside.write_text("# Outside\n")
    (home.docs / "link.md").symlink_to(outside)
    (home.docs / "loop").symlink_to(home.docs)
    code, result = home.ingest()
    assert code == 1
    assert {"binary.md", "broken.md", "other.json", "link.md"} <= errors(result).keys()
    assert not {"good.md", "empty.md", "page.json"} & errors(result).keys()
    assert all(error["hint"] for error in result["errors"]), result["errors"]
    report = json.loads(Path(result["report"]).read_text())
    warned = {w["source_uri"] for w in report["warnings"]}
    assert {"empty.md", "page.json"} <= warned
    assert result["documents"]["ingested"] >= 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_without_read_permission_is_named(home):
    write(home, "a.md")
    write(home, "secret.md")
    (home.docs / "secret.md").chmod(0)
    code, result = home.ingest()
    assert code == 1 and "secret.md" in errors(result) and result["documents"]["ingested"] == 1


def test_odd_names_are_ingested_right(home):
    names = [
        "a b.md",
        'it\'s "quoted".md',
        "dots...md",
        "a,b[c].md",
        "ü/emoji 🦭.md",
        "UPPER.md",
        "upper.md",
        "x" * 200 + ".md",
    ]
    names.append("/".join(["y" * 96] * 3) + ".md")
    for name in names:
        write(home, name)
    code, result = home.ingest()
    assert code == 0, result
    assert result["documents"]["ingested"] == len(names)
    shown = home.ingestctl("show", "ü/emoji 🦭.md", "--json")
    assert json.loads(shown.stdout)["ledger"]["partition_key"] == partition_key("docs", "ü/emoji 🦭.md")


def test_two_names_that_differ_by_unicode_form_only_are_not_mixed_up(home):
    write(home, "caf\u00e9.md", "# Composed\n")
    write(home, "cafe\u0301.md", "# Decomposed\n")
    code, result = home.ingest()
    assert code == 1 and result["documents"]["ingested"] == 1 and len(result["errors"]) == 1


@pytest.mark.slow
def test_an_unreadable_document_is_named_again_though_nothing_is_to_be_done(home):
    write(home, "a.md")
    home.ingest()
    (home.docs / "gone.md").symlink_to(home.folder / "nowhere.md")
    for _ in range(2):
        code, result = home.ingest()
        assert code == 1 and "gone.md" in errors(result)
        assert json.loads(Path(result["report"]).read_text())["errors"]


@pytest.mark.process
def test_an_ingest_that_was_killed_is_finished_by_the_next_one(home):
    for number in range(40):
        write(home, f"{number}.md")
    process = subprocess.Popen(
        [sys.executable, "-m", "wekadocs_assets.cli.main", "ingest", str(home.docs), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=home.environment, cwd=home.folder,
    )  # fmt: skip
    for line in process.stdout:
        if json.loads(line).get("stage") == "EXTRACTING":
            process.kill()
            break
    process.communicate()
    code, result = home.ingest()
    assert code == 0 and result["drift_pct"] == 0
    report = json.loads(Path(result["report"]).read_text())
    assert report["graph"]["documents"] == 40 and report["vector"]["points"] == 40


@pytest.mark.slow
@pytest.mark.process
def test_a_second_ingest_of_the_same_folder_waits_and_then_says_who_holds_it(home):
    for number in range(60):
        write(home, f"{number}.md")
    first = subprocess.Popen(
        [sys.executable, "-m", "wekadocs_assets.cli.main", "ingest", str(home.docs), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=home.environment, cwd=home.folder,
    )  # fmt: skip
    first.stdout.readline()
    impatient = home.environment | {"LOCK_TIMEOUT": "0.2"}
    second = subprocess.run(
        [sys.executable, "-m", "wekadocs_assets.cli.main", "ingest", str(home.docs)],
        capture_output=True, text=True, env=impatient, cwd=home.folder,
    )  # fmt: skip
    first.communicate()
    assert first.returncode == 0 and second.returncode == 4 and "hint: " in second.stderr


def test_show_tells_sections_and_ledger_and_names_near_misses(ingested_home):
    shown = ingested_home.ingestctl("show", "cli-reference.md", "--json")
    found = json.loads(shown.stdout)
    assert {"document", "sections", "chunks", "entities", "mentions", "edges", "ledger"} <= found.keys()
    texts = {section["id"]: section["text"] for section in found["sections"]}
    names = {entity["id"]: entity for entity in found["entities"]}
    assert found["mentions"]
    for mention in found["mentions"]:
        assert texts[mention["section_id"]][mention["start"] : mention["end"]].strip()
        assert mention["entity_id"] in names
    assert "The tidegate command line" in ingested_home.ingestctl("show", "cli-reference.md").stdout
    missed = ingested_home.ingestctl("show", "reference")
    assert missed.returncode == 2 and "cli-reference.md" in missed.stderr


@pytest.mark.slow
def test_two_indexes_of_the_same_content_export_the_same(ingested_home, home, tmp_path):
    first = tmp_path / "first"
    assert ingested_home.ingestctl("export", str(first)).returncode == 0
    for path in sorted(ingested_home.docs.rglob("*"), reverse=True):
        if path.is_file():
            write(home, str(path.relative_to(ingested_home.docs)), path.read_bytes())
    home.ingestctl("ingest", str(home.docs), "--tag", "docs")
    again = home.ingestctl("export", str(tmp_path / "second"), "--compare", str(first), "--json")
    assert json.loads(again.stdout)["differences"] == {} and again.returncode == 0
    write(home, "more.md")
    home.ingest()
    third = home.ingestctl("export", str(tmp_path / "third"), "--compare", str(first), "--json")
    assert third.returncode == 1 and "documents" in json.loads(third.stdout)["differences"]


@pytest.mark.slow
@pytest.mark.process
def test_dagster_job_execute_ingests_the_known_collections_and_ends_with_1_when_a_document_failed(home):
    write(home, "a.md")
    environment = home.environment | {"COLLECTIONS": f"docs={home.docs}", "DAGSTER_HOME": ""}
    environment.pop("DAGSTER_HOME")
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "wekadocs_assets.definitions", "-j", "ingest"]
    good = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=home.folder)
    assert good.returncode == 0, good.stderr[-3000:]
    write(home, "bad.md", b"\x00\x00\x00")
    bad = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=home.folder)
    assert bad.returncode == 1
    assert home.ingest()[1]["documents"]["failed"] == 1, "the terminal sees the same stores"


def test_an_ingest_with_nothing_to_do_repeats_a_bad_verdict(home):
    write(home, "a.md")
    _, result = home.ingest()
    report = json.loads(Path(result["report"]).read_text())
    with open(result["report"], "w") as file:
        json.dump(report | {"drift_pct": 12.5}, file)
    code, again = home.ingest()
    assert (code, again["drift_pct"]) == (1, 12.5)


def test_a_report_folder_that_cannot_be_written_is_refused_before_any_work(home):
    write(home, "a.md")
    (home.folder / "reports").write_text("a file")
    done = home.ingestctl("ingest", str(home.docs))
    assert done.returncode == 2 and "REPORTS_DIR" in done.stderr and "PARSING" not in done.stderr


@pytest.mark.slow
def test_an_ingest_that_dagster_cannot_start_is_an_error_and_goes_on_later(home):
    write(home, "a.md")
    home.ingest()
    write(home, "b.md")
    shutil.rmtree(home.folder / "data" / "dagster")
    (home.folder / "data" / "dagster").write_text("in the way")
    done = home.ingestctl("ingest", str(home.docs), "--json")
    assert done.returncode != 0 and "error: " in done.stderr
    (home.folder / "data" / "dagster").unlink()
    assert home.ingest()[0] == 0
