"""The README's commands in a fresh clone, as a newcomer types them (all but `make test`, which runs this)."""

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """A clone of what is committed. Its environment is made by its own Makefile; that the packages of the running
    environment are on PYTHONPATH saves it the download of gigabytes that pip would otherwise install a second time.
    """
    folder = tmp_path_factory.mktemp("fresh") / "wekadocs_assets"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    ours = ("WEKADOCS", "DAGSTER", "REPORTS", "EMBEDDING", "COLLECTIONS", "VENV", "MAKE", "MFLAGS", "PYTEST")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return folder, environment | {"PYTHONPATH": sysconfig.get_path("purelib"), "PYTHON": sys.executable}


def run(clone, *command: str) -> subprocess.CompletedProcess[str]:
    folder, environment = clone
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1200)


def table_labels(output: str) -> list[str]:
    """The left column of the table that an ingest prints."""
    labels = [line.split("  ")[1].strip() for line in output.splitlines() if line.startswith("  ")]
    return [label for label in labels if label]


def sample_output() -> str:
    readme = (ROOT / "README.md").read_text()
    (sample,) = re.findall(r"^```console\n\$ make ingest.*?^```", readme, re.DOTALL | re.MULTILINE)
    return sample


def plan_report_and_next(output: str, folder: str) -> list[str]:
    """These lines of an output of `make ingest`, in order, without the parts that differ between two machines and two ingests."""
    lines = [line for line in output.splitlines() if line.startswith(("Plan for ", "Report: ", "Next: "))]
    return [re.sub(r"/ingest/[^/]+/", "/ingest/ID/", line.replace(folder, "FOLDER")) for line in lines]


@pytest.mark.slow
@pytest.mark.process
def test_make_ingest_installs_ingests_the_samples_and_says_where_the_report_is(clone):
    done = run(clone, "make", "ingest")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "5 new" in done.stderr and "Next: " in done.stdout
    (report,) = (clone[0] / "reports").glob("ingest/*/ingest_report.md")
    assert str(report) in done.stderr
    assert table_labels(sample_output()) == table_labels(done.stderr)
    sample = plan_report_and_next(sample_output(), "/home/you/wekadocs_assets")
    assert sample == plan_report_and_next(f"{done.stderr}\n{done.stdout}", str(clone[0])) and len(sample) == 3
    text = report.read_text()
    assert "All documents are up to date." in text and "all-minilm" in text, "the packaged model, not a stand-in"


@pytest.mark.slow
@pytest.mark.process
def test_it_is_the_clone_that_was_installed(clone):
    done = run(clone, ".venv/bin/python", "-c", "import wekadocs_assets; print(wekadocs_assets.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(clone[0])


@pytest.mark.slow
@pytest.mark.process
def test_make_ingest_again_installs_nothing_and_does_nothing(clone):
    done = run(clone, "make", "ingest", "DOCS=samples")
    assert done.returncode == 0 and "Nothing to do" in done.stderr and "pip" not in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.process
def test_show_and_export_work_as_the_readme_says(clone):
    shown = run(clone, ".venv/bin/ingestctl", "show", "troubleshooting.md", "--json")
    commands = {entity["name"] for entity in json.loads(shown.stdout)["entities"] if entity["kind"] == "Command"}
    assert "tidegate consumer list" in commands
    assert run(clone, ".venv/bin/ingestctl", "export", "export").returncode == 0
    assert (clone[0] / "export" / "sections.parquet").is_file()


@pytest.mark.slow
@pytest.mark.process
def test_the_job_runs_in_ci_as_the_readme_says(clone):
    clone[1]["DAGSTER_HOME"] = str(clone[0])
    dagster = (".venv/bin/python", "-m", "dagster")
    done = run(clone, *dagster, "job", "execute", "-m", "wekadocs_assets.definitions", "-j", "ingest")
    assert done.returncode == 0, done.stderr[-3000:]
    validated = run(clone, *dagster, "definitions", "validate", "-m", "wekadocs_assets.definitions")
    assert validated.returncode == 0, validated.stderr[-3000:]


@pytest.mark.slow
@pytest.mark.process
def test_a_clone_stays_clean_after_all_that(clone):
    status = run(clone, "git", "status", "--porcelain").stdout.split("\n")
    assert [line for line in status if line and "export/" not in line] == []
