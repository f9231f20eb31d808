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
sys.argv = ["ingestctl", *{arguments!r}]
try:
    main()
except SystemExit as stop:
    code = stop.code
print("LOADED", [name for name in {heavy!r} if name in sys.modules], "CODE", code)
"""


def run(arguments: list[str], environment: dict[str, str] | None = None) -> str:
    script = SCRIPT.format(arguments=arguments, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=300)
    return done.stdout.strip().splitlines()[-1] + done.stderr[-2000:] * ("CODE 0" not in done.stdout)


@pytest.mark.parametrize("arguments", [["--help"], *([verb, "--help"] for verb in VERBS)], ids=" ".join)
def test_help_loads_nothing_heavy(arguments):
    assert run(arguments) == "LOADED [] CODE 0"


def test_an_ingest_with_nothing_to_do_loads_nothing_heavy(ingested_home):
    assert run(["ingest", str(ingested_home.docs)], ingested_home.environment) == "LOADED [] CODE 0"


def test_every_verb_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    assert [verb for verb in VERBS if f"ingestctl {verb}" not in readme] == []


def test_every_setting_is_in_the_table_of_settings():
    from wekadocs_assets.config.page import page

    written = (ROOT / "docs" / "configuration.md").read_text()
    assert written == page(), "python -m wekadocs_assets.config.page > docs/configuration.md"
