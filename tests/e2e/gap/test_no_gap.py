"""A reader polls while pages are replaced; `python -m gap` is the long form."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]


def play(folder: Path, stores: str, polls: int, ingests: int, **environment: str) -> dict:
    """The counts of the driver, which runs in a process of its own: it forks, and this one has threads and open stores."""
    counts = folder / "counts.json"
    options = ["--polls", str(polls), "--ingests", str(ingests), "--stores", stores, "--json", str(counts)]
    done = subprocess.run(
        [sys.executable, "-m", "gap", *options],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{TESTS}:{TESTS / 'e2e'}", **environment},
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(counts.read_text())


def assert_enough_was_seen(counts: dict, polls: int, ingests: int) -> None:
    assert counts["polls_while_ingesting"] >= polls and counts["ingests"] >= ingests
    assert counts["checked_pages"] > ingests and not counts["violations"]


@pytest.mark.slow
@pytest.mark.process
def test_no_page_is_ever_empty_while_it_is_replaced(tmp_path):
    assert_enough_was_seen(play(tmp_path, "embedded", 200, 5), 200, 5)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("stores", ["neo4j", "neo4j-edge"])
def test_the_same_on_neo4j(tmp_path, neo4j, stores):
    server = {"NEO4J_URI": neo4j.uri, "NEO4J_USER": neo4j.user, "NEO4J_PASSWORD": neo4j.password}
    assert_enough_was_seen(play(tmp_path, stores, 200, 3, **server), 200, 3)
