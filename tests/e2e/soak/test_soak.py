"""The short form of `python -m soak`, on a daemon and a Redis of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from servers.redis import missing
from servers.required import require

TESTS = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.process
def test_whatever_is_killed_the_index_is_that_of_a_clean_ingest(tmp_path):
    require(missing())
    done = subprocess.run(
        [sys.executable, "-m", "soak", "--minutes", "1.2", "--seed", "3", "--keep", str(tmp_path / "soak")],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": f"{TESTS}:{TESTS / 'e2e'}"}, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
