"""What people see of an ingest while it runs: `status` and `tail`, on the embedded Valkey and on a Redis server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from wekadocs_assets.core.jobs.states import STAGE_OF, TERMINAL

STAGES = ["PENDING", *STAGE_OF.values(), "POSTCHECKS", "REPORTING", "DONE"]


@pytest.fixture(params=["embedded", pytest.param("redis", marks=pytest.mark.slow)])
def lively(request, home):
    """A home whose progress goes to a server, and nothing in it yet."""
    if request.param == "redis":
        url = request.getfixturevalue("redis_server")
        with Redis.from_url(url) as client:
            client.flushdb()
        home.environment["REDIS_URL"] = url
    return home


def lines(done: subprocess.CompletedProcess[str]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def write(home, name: str, text: str = "Of gates.") -> None:
    (home.docs / name).write_text(f"# {name}\n\n{text}\n")


def jobs(home) -> list[dict]:
    (ingest, *_) = lines(home.ingestctl("status", "--json"))
    (told,) = lines(home.ingestctl("status", ingest["ingest_id"], "--json"))
    return told["jobs"]


def test_a_whole_jobs_life(lively):
    write(lively, "a.md")
    code, result = lively.ingest()
    assert code == 0
    (ingest,) = lines(lively.ingestctl("status", "--json"))
    assert ingest["ingest_id"] == result["ingest_id"]
    assert (ingest["status"], ingest["percent"], ingest["documents"]) == ("DONE", 100, {"DONE": 1})
    (job,) = jobs(lively)
    assert job["status"] == "DONE" and job["attempt"] == 1 and set(job["stats"]) >= set(STAGE_OF.values())
    tail = lively.ingestctl("tail", job["job_id"][:10], "--json")
    events = lines(tail)
    assert tail.returncode == 0 and {event["stage"] for event in events} == set(STAGES)
    percents = [event["percent"] for event in events]
    assert percents == sorted(percents) and (percents[0], percents[-1]) == (0, 100)
    assert [event["stage"] for event in events if event["stage"] in TERMINAL] == ["DONE"]
    whole = lines(lively.ingestctl("tail", result["ingest_id"], "--json"))
    assert lines(lively.ingestctl("tail", result["run_ids"][0][:13], "--json")) == whole, "a run is as good a name"
    assert (whole[0]["stage"], whole[-1]["stage"], whole[-1]["percent"]) == ("PENDING", "DONE", 100)


def test_invalid_input_ends_in_error(lively):
    write(lively, "good.md")
    (lively.docs / "bad.md").write_bytes(b"\xe4 is not UTF-8")
    code, _ = lively.ingest()
    assert code == 1
    bad, good = jobs(lively)
    assert good["status"] == "DONE" and bad["status"] == "ERROR"
    assert bad["error"]["stage"] == "PARSING" and "UTF-8" in bad["error"]["reason"]
    tail = lively.ingestctl("tail", bad["job_id"])
    assert tail.returncode == 1 and "ERROR" in tail.stdout.splitlines()[-1]
    assert "bad.md" in lively.ingestctl("status", bad["ingest_id"]).stdout


@pytest.mark.slow
def test_an_unchanged_document_changes_nothing_and_an_edit_is_another_job(lively):
    write(lively, "a.md")
    lively.ingest()
    (first,) = jobs(lively)
    lively.ingest()
    assert jobs(lively) == [first]
    write(lively, "a.md", "Of tides.")
    lively.ingest()
    states = [job for ingest in lines(lively.ingestctl("status", "--json")) for job in [ingest]]
    assert len(states) == 2


@pytest.mark.slow
def test_the_same_bytes_again_are_another_attempt_of_the_same_job(lively):
    write(lively, "a.md")
    lively.ingest()
    (first,) = jobs(lively)
    (lively.docs / "a.md").unlink()
    write(lively, "b.md")
    lively.ingest("--allow-mass-delete")
    write(lively, "a.md")
    lively.ingest()
    told = lines(lively.ingestctl("status", first["job_id"], "--json"))[0]
    assert told["attempt"] == 2 and told["status"] == "DONE"


@pytest.mark.slow
@pytest.mark.process
def test_tail_follows_an_ingest_of_another_process_while_it_runs(lively):
    for number in range(40):
        write(lively, f"p{number}.md")
    command = [sys.executable, "-m", "wekadocs_assets.cli.main"]
    options = {"env": lively.environment, "cwd": lively.folder, "text": True, "stdout": subprocess.PIPE}
    ingest = subprocess.Popen([*command, "ingest", str(lively.docs), "--json"], stderr=subprocess.DEVNULL, **options)
    for line in ingest.stdout:
        if json.loads(line)["event"] == "progress":
            break
    (running,) = lines(lively.ingestctl("status", "--json"))
    with subprocess.Popen([*command, "tail", running["ingest_id"], "--json"], **options) as tail:
        told, _ = tail.communicate(timeout=120)
    ingest.stdout.read()
    assert ingest.wait() == 0 and tail.returncode == 0
    ingest.stdout.close()
    events = [json.loads(line) for line in told.splitlines()]
    assert events[-1]["stage"] == "DONE" and events[-1]["percent"] == 100


def test_an_id_that_nobody_knows_is_told(lively):
    told = lively.ingestctl("status", "nobody")
    assert told.returncode == 2 and "nobody" in told.stderr and "ingestctl status" in told.stderr
    assert lively.ingestctl("status").stdout.startswith("No ingest is known")


def test_other_programs_read_it_with_plain_commands(home, redis_server):
    with Redis.from_url(redis_server, decode_responses=True) as client:
        client.flushdb()
        home.environment["REDIS_URL"] = redis_server
        write(home, "a.md")
        _, result = home.ingest()
        (state,) = client.keys("ingest:state:*")
        job = client.hget(state, "job_id")
        assert state == f"ingest:state:{job}" and client.hget(state, "status") == "DONE"
        assert client.xlen(f"ingest:events:{job}") == len(client.xrange(f"ingest:events:{job}")) > 10
        ((_, entries),) = client.xread({f"ingest:events:{result['ingest_id']}": "0"})
        assert entries[-1][1]["stage"] == "DONE"
        assert all(client.ttl(key) > 0 for key in client.keys())


def test_a_redis_that_is_away_changes_nothing_but_the_reports_word(home, own_redis):
    write(home, "a.md")
    home.environment["REDIS_URL"] = own_redis.url
    own_redis.kill()
    code, result = home.ingest()
    assert code == 0 and result["documents"]["ingested"] == 1
    report = json.loads(Path(result["report"]).read_text())
    assert "not fully published" in report["progress"] and "Redis" in report["progress"]


# A killed ingest, its jobs and how they go on


def killed_in(home, stage: str, pages: int = 130) -> None:
    """Killed when the first of several batches of this stage is done; a page is one chunk of its own."""
    for number in range(pages):
        write(home, f"p{number:03}.md", f"Of gate {number} and its keeper.")
    command = [sys.executable, "-m", "wekadocs_assets.cli.main", "ingest", str(home.docs), "--json"]
    ingest = subprocess.Popen(
        command, env=home.environment, cwd=home.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    for line in ingest.stdout:
        told = json.loads(line)
        if told.get("stage") == stage:
            break
    ingest.kill()
    ingest.wait()
    ingest.stdout.close()


def kept(home, asset: str) -> int:
    """Artifacts of an asset."""
    return sum(path.is_file() for path in (home.folder / "data" / "artifacts").rglob("*") if f"/{asset}" in str(path))


@pytest.mark.process
def test_a_crash_in_parsing_resumes(lively):
    killed_in(lively, "PARSING")
    done = kept(lively, "parsed_documents")
    assert 50 <= done < 130
    code, result = lively.ingest()
    assert code == 0 and result["documents"]["ingested"] == 130
    assert result["work"]["documents_parsed"] == 130 - done, "a resume does no work twice"
    assert {(job["status"], job["attempt"]) for job in jobs(lively)} == {("DONE", 2)}


@pytest.mark.slow
@pytest.mark.process
def test_a_crash_in_embedding_resumes(lively):
    lively.environment["CHUNK_TOKENS"] = "256"
    killed_in(lively, "EMBEDDING")
    done = kept(lively, "section_embeddings")
    assert 50 <= done <= 130
    code, result = lively.ingest()
    assert code == 0 and result["documents"]["ingested"] == 130
    assert result["work"]["documents_parsed"] == 0
    assert result["work"]["chunks_embedded"] == 130 - done, "a resume does no work twice"
    assert {(job["status"], job["attempt"]) for job in jobs(lively)} == {("DONE", 2)}


@pytest.mark.slow
@pytest.mark.process
def test_jobs_of_an_ingest_that_died_come_to_their_end_when_the_next_one_comes(lively):
    killed_in(lively, "PARSING")
    (died,) = lines(lively.ingestctl("status", "--json"))
    assert died["status"] == "RUNNING"
    for page in sorted(lively.docs.iterdir())[1:]:
        page.unlink()
    assert lively.ingest()[0] == 0
    ended = {ingest["ingest_id"]: ingest for ingest in lines(lively.ingestctl("status", "--json"))}
    assert ended[died["ingest_id"]]["status"] == "ERROR"
    assert ended[died["ingest_id"]]["documents"] == {"ERROR": 129}


@pytest.mark.slow
def test_ids_are_deterministic(lively, new_home, tmp_path):
    write(lively, "a.md")
    lively.ingest()
    other = new_home(tmp_path / "other")
    write(other, "a.md")
    other.ingest()
    (one,), (two,) = jobs(lively), jobs(other)
    assert one["job_id"] == two["job_id"] and one["checksum"] == two["checksum"]
    done = lively.ingestctl("export", str(tmp_path / "one"))
    compared = other.ingestctl("export", str(tmp_path / "two"), "--compare", str(tmp_path / "one"))
    assert done.returncode == compared.returncode == 0, compared.stdout


def test_parsers_extractors_and_graph_builder_are_really_called(lively):
    write(lively, "a.md", "Run `gatectl open --force` to open.\n\n## Then\n\n1. Look at it.\n2. Run `gatectl close`.")
    lively.ingest()
    (job,) = jobs(lively)
    assert all(job["stats"][stage] > 0 for stage in STAGE_OF.values())
    shown = json.loads(lively.ingestctl("show", "a.md", "--json").stdout)
    assert [section["title"] for section in shown["sections"]] == ["a.md", "Then"]
    kinds = {entity["kind"] for entity in shown["entities"]}
    assert {"Command", "Procedure", "Step"} <= kinds and shown["mentions"] and shown["edges"] and shown["chunks"]
