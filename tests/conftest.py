"""What several tiers share: a data folder of its own, a command line that runs as people run it, and real servers."""

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import in_process
import pytest
from servers.access import Neo4jAccess
from servers.neo4j import Neo4jServer
from servers.neo4j import missing as neo4j_missing
from servers.postgres import PostgresServer
from servers.postgres import missing as postgres_missing
from servers.redis import RedisServer
from servers.redis import missing as redis_missing
from servers.required import require, unavailable
from servers.s3 import S3Server
from servers.wipe import wipe_data, wipe_schema

from wekadocs_assets.config.settings import Settings

ROOT = Path(__file__).parents[1]
pytest_plugins = ("tiers",)


@dataclass(frozen=True)
class Home:
    """A data folder with a copy of documents; `ingestctl` runs a verb on it in this process, `process` in a new one."""

    folder: Path
    docs: Path
    environment: dict[str, str]

    def ingestctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return in_process.ingestctl(arguments, self.environment, self.folder)

    def process(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """For tests of the process itself; they are marked so."""
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
    clean = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    environment = clean | {
        "WEKADOCS_HOME": str(folder / "data"),
        "REPORTS_DIR": str(folder / "reports"),
        "EMBEDDING_MODEL": "hash",
        "PYTHONWARNINGS": "ignore,default::ResourceWarning",  # what a process leaves open is on its stderr
    }
    return Home(folder, place, environment)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty data folder and an empty folder of documents."""
    return make_home(tmp_path)


@pytest.fixture(scope="session")
def new_home() -> Callable[..., Home]:
    """`make_home`, for a test that needs several."""
    return make_home


@pytest.fixture(scope="session")
def ingested_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """samples/ ingested once; tests only read it."""
    made = make_home(tmp_path_factory.mktemp("ingested"), ROOT / "samples")
    done = made.ingestctl("ingest", str(made.docs))
    assert done.returncode == 0, done.stderr
    return made


# Servers. A server of the environment goes by names of its own (…_TEST_…): tests wipe what they are given, and must
# never be given a production server that happens to be in the environment.


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jAccess]:
    """One Neo4j for all tests, with whatever the test before left in it; see `neo4j` and `neo4j_bare`."""
    if uri := os.environ.get("NEO4J_TEST_URI"):
        user, password = os.environ.get("NEO4J_TEST_USER", "neo4j"), os.environ.get("NEO4J_TEST_PASSWORD", "")
        yield Neo4jAccess(uri, user, password, os.environ.get("NEO4J_TEST_DATABASE", "neo4j"))
        return
    require(neo4j_missing())
    with Neo4jServer(tmp_path_factory.mktemp("neo4j")) as server:
        yield Neo4jAccess(server.uri, server.user, server.password, server.database)


@pytest.fixture(scope="session")
def neo4j_driver(neo4j_server: Neo4jAccess):
    """One driver for all tests: what wipes the server, and what looks into it from the side."""
    from neo4j import GraphDatabase

    with GraphDatabase.driver(neo4j_server.uri, auth=(neo4j_server.user, neo4j_server.password)) as driver:
        yield driver


@pytest.fixture
def neo4j(neo4j_server: Neo4jAccess, neo4j_driver) -> Neo4jAccess:
    """Neo4j without a node. Constraints and indexes of earlier tests may be there: making them anew costs 0.5 s."""
    wipe_data(neo4j_driver, neo4j_server.database)
    return neo4j_server


@pytest.fixture
def neo4j_bare(neo4j: Neo4jAccess, neo4j_driver) -> Neo4jAccess:
    """Neo4j as on its first day: no node, no constraint, no index."""
    wipe_schema(neo4j_driver, neo4j.database)
    return neo4j


@pytest.fixture
def own_neo4j(tmp_path: Path) -> Iterator[Neo4jServer]:
    """A running Neo4j of this test alone, which may kill it and start it again."""
    require(neo4j_missing())
    with Neo4jServer(tmp_path / "neo4j") as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of one Redis for all tests."""
    if url := os.environ.get("REDIS_TEST_URL"):
        yield url
        return
    require(redis_missing())
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis of this test alone, which may kill it."""
    require(redis_missing())
    with RedisServer(tmp_path / "redis") as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of one PostgreSQL database for all tests."""
    if url := os.environ.get("POSTGRES_TEST_URL"):
        yield url
        return
    require(postgres_missing())
    with PostgresServer(tmp_path_factory.mktemp("postgres")) as server:
        yield server.url


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    """A running PostgreSQL of this test alone, which may kill it and start it again."""
    require(postgres_missing())
    with PostgresServer(tmp_path / "postgres") as server:
        yield server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """One S3 server for all tests: moto's, a package of the tests, so it is always there."""
    with S3Server() as server:
        yield server


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """The server as this process sees it, through the environment; clients are kept by their arguments alone, so they are forgotten."""
    from s3fs import S3FileSystem

    S3FileSystem.clear_instance_cache()
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    yield s3_server
    S3FileSystem.clear_instance_cache()


@pytest.fixture
def judged(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Makes this process a user with these rights alone."""

    def become(*allowed: str) -> None:
        for name, value in s3.stranger(*allowed).items():
            monkeypatch.setenv(name, value)
        s3.check_rights(True)

    yield become
    s3.check_rights(False)


@pytest.fixture(scope="session")
def qdrant_server() -> str:
    """The URL of a Qdrant server: only from the environment, for no package registry has one."""
    url = os.environ.get("QDRANT_TEST_URL")
    return url or unavailable("a Qdrant server is missing: set QDRANT_TEST_URL", promised=False)


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
