"""What several tiers share: an ingested data folder of its own, and a command line that runs as people run it."""

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Home:
    """A data folder with a copy of documents; `ingestctl` runs a verb on it in a process of its own."""

    folder: Path
    docs: Path
    environment: dict[str, str]

    def ingestctl(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "wekadocs_assets.cli.main", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, env=self.environment, cwd=self.folder, timeout=timeout
        )

    def ingest(self, *arguments: str) -> tuple[int, dict]:
        """Exit code and the result event of `ingest --json` on the documents."""
        done = self.ingestctl("ingest", str(self.docs), "--json", *arguments)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines, done.stderr
        return done.returncode, lines[-1] | {"stderr": done.stderr}


def make_home(folder: Path, docs: Path | None = None) -> Home:
    """The hash embedder: tests of the pipeline need equal vectors for equal text, not meaning."""
    place = folder / "docs"
    if docs:
        shutil.copytree(docs, place)
    else:
        place.mkdir(parents=True)
    clean = {k: v for k, v in os.environ.items() if not k.endswith(("_URI", "_URL")) and k != "COLLECTIONS"}
    environment = clean | {
        "WEKADOCS_HOME": str(folder / "data"),
        "REPORTS_DIR": str(folder / "reports"),
        "EMBEDDING_MODEL": "hash",
        "PYTHONWARNINGS": "ignore",
    }
    return Home(folder, place, environment)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty data folder and an empty folder of documents."""
    return make_home(tmp_path)


@pytest.fixture(scope="session")
def ingested_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """samples/ ingested once; tests only read it."""
    made = make_home(tmp_path_factory.mktemp("ingested"), ROOT / "samples")
    done = made.ingestctl("ingest", str(made.docs))
    assert done.returncode == 0, done.stderr
    return made


VERSIONED = (
    "dagster",
    "ladybug",
    "qdrant-edge-py",
    "sentence-transformers",
    "torch",
    "markdown-it-py",
    "lxml",
    "pytest",
)


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    """Beside a junit file also summary.json: counts, failures and versions, for those who read results by program."""
    junit = config.getoption("xmlpath")
    if not junit:
        return
    stats = terminalreporter.stats
    outcomes = ("passed", "failed", "error", "skipped", "xfailed")
    summary = {
        "exit_status": int(exitstatus),
        "counts": {outcome: len(stats.get(outcome, [])) for outcome in outcomes},
        "failures": [report.nodeid for outcome in ("failed", "error") for report in stats.get(outcome, [])],
        "skips": [
            f"{r.nodeid}: {r.longrepr[2] if isinstance(r.longrepr, tuple) else r.longrepr}"
            for r in stats.get("skipped", [])
        ],
        "versions": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in VERSIONED},
    }
    Path(junit).with_name("summary.json").write_text(json.dumps(summary, indent=1) + "\n")
