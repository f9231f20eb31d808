"""What people wait for: help and an ingest with nothing to do load no framework and no model."""

import subprocess
import sys
from pathlib import Path

import pytest

from wekadocs_assets.cli.main import VERBS

ROOT = Path(__file__).parents[2]
HEAVY = ("dagster", "torch", "sentence_transformers", "transformers", "pandas", "mcp")
SCRIPT = """
import sys
from wekadocs_assets.cli.main import main
for arguments in {calls!r}:
    sys.argv = ["ingestctl", *arguments]
    try:
        main()
    except SystemExit as stop:
        print("CALLED", arguments, stop.code, [name for name in {heavy!r} if name in sys.modules])
"""


def run(calls: list[list[str]], environment: dict[str, str] | None = None) -> list[str]:
    """A line for each call, in one new process: the call, its exit code and what was loaded by then."""
    script = SCRIPT.format(calls=calls, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("CALLED")]


@pytest.mark.process
def test_help_loads_nothing_heavy():
    calls = [["--help"], *([verb, "--help"] for verb in VERBS)]
    assert run(calls) == [f"CALLED {arguments} 0 []" for arguments in calls]


@pytest.mark.process
def test_an_ingest_with_nothing_to_do_loads_nothing_heavy(ingested_home):
    call = ["ingest", str(ingested_home.docs)]
    assert run([call], ingested_home.environment) == [f"CALLED {call} 0 []"]


@pytest.mark.process
def test_reading_settings_loads_no_client_and_no_framework():
    script = "import sys, wekadocs_assets.config.settings as s; s.read_settings(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    heavy = {"dagster", "neo4j", "qdrant_client", "redis", "psycopg2", "sqlalchemy", "fsspec", "torch"}
    assert heavy & set(done.stdout.split()) == set()


def test_every_verb_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    assert [verb for verb in VERBS if f"ingestctl {verb}" not in readme] == []


def test_every_setting_is_in_the_table_of_settings():
    from wekadocs_assets.config.page import page

    written = (ROOT / "docs" / "configuration.md").read_text()
    assert written == page(), "python -m wekadocs_assets.config.page > docs/configuration.md"
