"""A few histories of edits and kills in the test suite; `make crash-test N=1000` plays as many as are asked for."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from crash.corpus import Corpus, random_action
from crash.judgement import differences

TESTS = Path(__file__).parents[2]
SEED = "short"


def play(folder: Path, stores: str, kills: int, **environment: str) -> dict:
    """The counts of the driver, which runs in a process of its own: it forks, and this one has threads and open stores."""
    counts = folder / "counts.json"
    options = ["--kills", str(kills), "--seed", SEED, "--stores", stores, "--folder", str(folder / "histories")]
    done = subprocess.run(
        [sys.executable, "-m", "crash", *options, "--json", str(counts)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{TESTS}:{TESTS / 'e2e'}", **environment},
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(counts.read_text())


@pytest.mark.slow
@pytest.mark.process
def test_whatever_was_killed_the_index_ends_as_a_clean_run_makes_it(tmp_path):
    counts = play(tmp_path, "embedded", 12)
    assert counts["kills"] >= 12 and counts["comparisons"] == counts["histories"] >= 1
    assert len(counts["killed_at"]) > 3, "the fault points are not come by any more"


@pytest.mark.slow
@pytest.mark.process
def test_the_same_on_neo4j(tmp_path, neo4j):
    server = {"NEO4J_URI": neo4j.uri, "NEO4J_USER": neo4j.user, "NEO4J_PASSWORD": neo4j.password}
    counts = play(tmp_path, "neo4j", 5, **server)
    assert counts["kills"] >= 5 and counts["comparisons"] == counts["histories"] >= 1


def test_a_row_that_is_there_once_too_often_or_not_at_all_is_a_difference():
    row, other = {"id": "a", "vector": b"\x00\x01"}, {"id": "a", "vector": b"\x00\x02"}
    assert differences({"points": [row]}, {"points": [row]}) == []
    for ours in ([row, row], [], [other]):
        assert differences({"points": ours}, {"points": [row]}), ours


def test_a_seed_makes_the_same_folders_and_edits_again(tmp_path):
    def folder(name: str) -> dict[str, bytes]:
        chance = random.Random(SEED)
        corpus = Corpus([tmp_path / name], chance)
        for _ in range(30):
            corpus.act(random_action(chance), chance)
        root = tmp_path / name
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    assert folder("one") == folder("other") != {}
