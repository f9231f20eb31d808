"""What several tiers share: an ingested data folder of its own, and a command line that runs as people run it."""

import json
import os
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
        return subprocess.run(command, capture_output=True, text=True, env=self.environment, cwd=self.folder, timeout=timeout)

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
