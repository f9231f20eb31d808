"""An ingest on a disk that takes no more: exit code 3, the place by name, no hang, no page that is blamed for it; the next
ingest does the rest.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from test_servers_away import LONG

PAGES, FIRST = 100, 50
PAGE = 4096


def write_pages(home, count: int, more: str = "") -> None:
    for number in range(count):
        text = f"# Page {number}\n\nRun `gatectl open --gate {number}`.{more}\n\n## More\n\n{LONG} {number}\n"
        (home.docs / f"p{number:03}.md").write_text(text)


def ingest_with_files_up_to(home, size: int) -> tuple[int, list[dict], str]:
    """Every write beyond that many bytes of a file fails, in whatever library: EFBIG where a full disk has ENOSPC."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    done = subprocess.run(
        [sys.executable, "-m", "wekadocs_assets.cli.main", "ingest", str(home.docs), "--json"],
        env=home.environment | {"RETRY_SECONDS": "1"}, cwd=home.folder, preexec_fn=limit,
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.fixture(scope="module")
def clean_export(new_home, tmp_path_factory) -> Path:
    home = new_home(tmp_path_factory.mktemp("clean"))
    write_pages(home, PAGES)
    assert home.ingest()[0] == 0
    assert home.ingestctl("export", "export").returncode == 0
    return home.folder / "export"


def finishes(home, clean_export: Path) -> bool:
    code, result = home.ingest()
    assert code == 0 and result["drift_pct"] == 0, result["stderr"]
    compared = home.ingestctl("export", "export", "--compare", str(clean_export), "--json")
    return compared.returncode == 0 and json.loads(compared.stdout)["differences"] == {}


def told(code: int, events: list[dict], err: str) -> str:
    """The error's line, for an ingest that ended as it should."""
    assert code == 3 and "Traceback" not in err and "hint: " in err, err
    assert not [event for event in events if event.get("status") == "failed"]
    assert not events or (events[-1]["event"] == "result" and events[-1]["errors"])
    return next(line for line in err.splitlines() if line.startswith("error: "))


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize(("size", "place"), [(3 * PAGE, "graph.lbug"), (500 * PAGE, "vectors")])
def test_a_first_ingest_that_finds_no_room(home, clean_export, size, place):
    write_pages(home, PAGES)
    assert place in told(*ingest_with_files_up_to(home, size))
    assert finishes(home, clean_export)


@pytest.mark.slow
@pytest.mark.process
def test_an_ingest_that_dagster_finds_no_room_to_record(home, clean_export):
    write_pages(home, FIRST, " And more.")
    assert home.ingest()[0] == 0
    write_pages(home, PAGES)
    assert "Dagster's storage" in told(*ingest_with_files_up_to(home, 3 * PAGE))
    assert finishes(home, clean_export)


@pytest.mark.slow
@pytest.mark.process
def test_a_graph_that_finds_no_room_in_the_midst_of_an_ingest(home, clean_export):
    write_pages(home, FIRST, " And more.")
    assert home.ingest()[0] == 0
    write_pages(home, PAGES)
    size = (home.folder / "data" / "graph.lbug").stat().st_size // PAGE * PAGE
    assert "graph.lbug" in told(*ingest_with_files_up_to(home, size))
    assert finishes(home, clean_export)
