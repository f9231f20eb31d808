"""The suite's own rules, each broken once by a small suite: a tier that leaks fails, and Ctrl-C ends the suite."""

import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CONFIG = "[pytest]\ntestpaths = tests\naddopts = --strict-markers -p tiers -p no:cacheprovider\n"
RULES = {
    "tests/e2e/test_leaks.py": """
import subprocess
import pytest

def test_starts_a_process():
    subprocess.run(["true"], check=True)

@pytest.mark.process
def test_starts_a_process_and_says_so():
    subprocess.run(["true"], check=True)

@pytest.fixture
def redis_server():
    return "redis://127.0.0.1:1"

def test_uses_a_server(redis_server):
    pass

def test_uses_a_server_behind_its_back(request):
    request.getfixturevalue("redis_server")
""",
    "tests/e2e/test_in_vain.py": """
import pytest

@pytest.mark.process
def test_starts_none():
    pass

def test_is_honest():
    pass
""",
    "tests/unit/test_unit.py": """
import subprocess
import pytest

@pytest.mark.process
def test_starts_a_process():
    subprocess.run(["true"], check=True)

@pytest.fixture
def own_redis():
    return None

def test_uses_a_server(own_redis):
    pass
""",
}
UNCLOSED = """
def test_leaves_a_file_open():
    open(__file__)

def test_closes_its_file():
    open(__file__).close()
"""
LONG_INGEST = """
from pathlib import Path
from conftest import make_home

def test_a_long_ingest(tmp_path):
    home = make_home(tmp_path)
    for number in range(200):
        (home.docs / f"{number}.md").write_text(f"# Page {number}\\n\\nOf page {number}.\\n")
    home.ingestctl("ingest", str(home.docs))

def test_the_next_one():
    Path(__file__).with_name("next").touch()
"""


def suite(folder: Path, files: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    for name, text in {"pytest.ini": CONFIG, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=folder, env=environment | {"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.process
def test_a_tier_that_leaks_fails(tmp_path):
    with suite(tmp_path, RULES, "-rA") as started:
        said, _ = started.communicate(timeout=120)
    outcomes = dict(reversed(found) for found in re.findall(r"^(PASSED|FAILED) tests/(\S+)", said, re.MULTILINE))
    assert outcomes == {
        "e2e/test_leaks.py::test_starts_a_process": "FAILED",
        "e2e/test_leaks.py::test_starts_a_process_and_says_so": "PASSED",
        "e2e/test_leaks.py::test_uses_a_server": "PASSED",
        "e2e/test_leaks.py::test_uses_a_server_behind_its_back": "FAILED",
        "e2e/test_in_vain.py::test_starts_none": "FAILED",
        "e2e/test_in_vain.py::test_is_honest": "PASSED",
        "unit/test_unit.py::test_starts_a_process": "FAILED",
        "unit/test_unit.py::test_uses_a_server": "FAILED",
    }, said
    assert re.search(r"^e2e, process +\d+ tests", said, re.MULTILINE), said


@pytest.mark.process
def test_a_file_that_a_test_leaves_open_fails_it(tmp_path):
    """By the warnings filters of pyproject.toml, which the small suite takes over."""
    config = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    filters = "".join(f"    {line}\n" for line in config["filterwarnings"])
    files = {"tests/unit/test_files.py": UNCLOSED, "pytest.ini": f"{CONFIG}filterwarnings =\n{filters}"}
    with suite(tmp_path, files, "-rA") as started:
        said, _ = started.communicate(timeout=120)
    assert "FAILED tests/unit/test_files.py::test_leaves_a_file_open" in said and "unclosed file" in said, said
    assert "PASSED tests/unit/test_files.py::test_closes_its_file" in said, said


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupt_during_an_ingest_ends_the_suite(tmp_path, number):
    """The ingest takes the signal and ends by 130, so pytest itself never sees it."""
    with suite(tmp_path, {"tests/e2e/test_long.py": LONG_INGEST}, "-p", "conftest", "--basetemp", "made") as started:
        end = time.monotonic() + 120
        while not (tmp_path / "made/test_a_long_ingest0/data/artifacts/parsed_documents").exists():
            assert time.monotonic() < end and started.poll() is None, started.communicate()[0]
            time.sleep(0.05)
        started.send_signal(number)
        said, _ = started.communicate(timeout=120)
    assert started.returncode == pytest.ExitCode.INTERRUPTED and "KeyboardInterrupt" in said, said
    assert not (tmp_path / "tests/e2e/next").exists()
