"""Documents in a bucket, as people ingest them: changes, nothing to do, a part, and what goes wrong."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from buckets import Bucket

PAGES = {
    "guide/start.md": b"# Start\n\nRun `tidegate start --fast` first. See [the end](../end.md).\n",
    "guide/stop.md": b"# Stop\n\nRun `tidegate stop`.\n",
    "end.md": b"# End\n\nThe end of it.\n",
    "page.html": b"<h1>Page</h1><p>Words of a page.</p>",
}

EDITED = b"# Start\n\nRun `tidegate start --slow` first. See [the end](../last.md).\n"


@pytest.fixture
def bucket(s3_server) -> Bucket:
    made = Bucket(s3_server)
    made.write(PAGES | {"logo.png": b"\x89PNG", ".hidden/a.md": b"# Hidden\n"})
    return made


@pytest.fixture
def remote(home, s3_server):
    return replace(home, environment=home.environment | s3_server.environment)


def ingest(home, *arguments: str) -> tuple[int, dict]:
    done = home.ingestctl("ingest", *arguments, "--json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def counts(result: dict) -> dict[str, int]:
    return {name: count for name, count in result["documents"].items() if count}


def test_a_bucket_is_ingested_and_kept_true_as_it_changes(remote, bucket, new_home, tmp_path):
    code, result = ingest(remote, bucket.url)
    assert code == 0 and counts(result) == {"ingested": 4}
    code, result = ingest(remote, bucket.url + "/")
    assert code == 0 and counts(result) == {"unchanged": 4} and result["run_ids"] == []
    bucket.write({"guide/start.md": EDITED, "last.md": PAGES["end.md"]})
    bucket.delete("guide/stop.md", "end.md")
    code, result = ingest(remote)
    assert code == 0 and counts(result) == {"ingested": 1, "unchanged": 1, "renamed": 1, "deleted": 1}
    assert result["chunks"]["embedded"] == 1
    assert counts(ingest(remote)[1]) == {"unchanged": 3}

    folder = new_home(tmp_path / "folder")
    (folder.docs / "guide").mkdir()
    for name, content in {
        "guide/start.md": EDITED,
        "last.md": PAGES["end.md"],
        "page.html": PAGES["page.html"],
    }.items():
        (folder.docs / name).write_bytes(content)
    assert folder.ingest()[0] == 0
    assert remote.ingestctl("export", str(tmp_path / "of-bucket")).returncode == 0
    compared = folder.ingestctl(
        "export", str(tmp_path / "of-folder"), "--compare", str(tmp_path / "of-bucket"), "--json"
    )
    assert compared.returncode == 0 and json.loads(compared.stdout)["differences"] == {}, compared.stdout


@pytest.mark.slow
def test_a_part_of_a_bucket_deletes_nothing(remote, bucket):
    ingest(remote, bucket.url)
    bucket.delete("guide/stop.md")
    bucket.write({"guide/start.md": b"# Changed\n"})
    assert counts(ingest(remote, f"{bucket.url}/guide/")[1])["ingested"] == 1
    bucket.write({"guide/start.md": b"# Changed again\n"})
    assert counts(ingest(remote, f"{bucket.url}/guide/start.md")[1])["ingested"] == 1
    assert counts(ingest(remote)[1])["deleted"] == 1


@pytest.mark.slow
@pytest.mark.process
def test_a_bucket_may_be_named_by_COLLECTIONS_and_the_job_takes_it(remote, bucket):
    environment = remote.environment | {"COLLECTIONS": f"handbook={bucket.url}/"}
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "wekadocs_assets.definitions", "-j", "ingest"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=remote.folder)
    assert done.returncode == 0, done.stderr[-3000:]
    code, result = ingest(replace(remote, environment=environment))
    assert code == 0 and counts(result) == {"unchanged": 4}


@pytest.mark.slow
def test_a_bucket_that_is_gone_or_empty_deletes_nothing(remote, bucket, s3_server):
    ingest(remote, bucket.url)
    bucket.delete(*PAGES, "logo.png", ".hidden/a.md")
    refused = remote.ingestctl("ingest", "--allow-mass-delete")
    assert refused.returncode == 2 and f"{bucket.url} does not exist" in refused.stderr and "hint: " in refused.stderr
    bucket.write({"": b""})
    guarded = remote.ingestctl("ingest")
    assert guarded.returncode == 2 and "--allow-mass-delete" in guarded.stderr
    assert counts(ingest(remote, "--allow-mass-delete")[1]) == {"deleted": 4}


@pytest.mark.process
def test_without_the_package_or_the_server_it_says_so(remote, bucket):
    without = "import sys; sys.modules['s3fs'] = None; from wekadocs_assets.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", without, "ingest", bucket.url],
        capture_output=True, text=True, env=remote.environment, cwd=remote.folder,
    )  # fmt: skip
    assert done.returncode == 2 and "wekadocs-assets[s3]" in done.stderr
    away = remote.environment | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    done = replace(remote, environment=away).process("ingest", bucket.url)
    assert done.returncode == 3 and "AWS_ENDPOINT_URL" in done.stderr
