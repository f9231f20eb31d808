"""An ingest in a process of its own, watched while it runs: for tests that do something in its middle."""

import json
import subprocess
import sys

import pytest

INGESTCTL = [sys.executable, "-m", "wekadocs_assets.cli.main"]


def begun(home, **environment: str) -> subprocess.Popen[str]:
    return started(home, "ingest", str(home.docs), "--json", **environment)


def started(home, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*INGESTCTL, *arguments],
        env=home.environment | environment, cwd=home.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def until(ingest: subprocess.Popen[str], stage: str) -> dict:
    """Its first event of the stage; what comes before is read away."""
    for line in ingest.stdout:
        event = json.loads(line)
        if event.get("stage") == stage:
            return event
    pytest.fail(f"it ended before {stage}: {ingest.stderr.read()}")


def ended(ingest: subprocess.Popen[str]) -> tuple[int, dict, str]:
    """Exit code, last event, stderr."""
    out, err = ingest.communicate(timeout=240)
    return ingest.returncode, json.loads(out.splitlines()[-1]), err
