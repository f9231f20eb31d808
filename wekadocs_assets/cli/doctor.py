"""`ingestctl doctor`: checks the stores and services that the settings select, and suggests repairs."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict

import click

from wekadocs_assets.app import checkup
from wekadocs_assets.cli.output import data
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.checks.diagnosis import Diagnosis, Finding, examine, exit_code, unanswered

PATIENCE = 12.0
"""Seconds for all parts together, in addition to CONNECT_TIMEOUT; they are checked in parallel."""
SHOWN = {"ok": "ok", "note": "note", "problem": "PROBLEM"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout: ok, and all findings.")
def command(as_json: bool) -> int:
    """Check the stores and services that the settings select.

    Checks connections, versions, permissions, schemas, indexes, the model,
    free disk space and locks. Changes nothing and creates nothing.

    \b
    Exit codes: 0 no problem (there may be notes); 1 a problem;
    2 the settings cannot be used; 3 a needed service cannot be reached, and
    there is no problem of another kind.
    """
    settings = read_settings()
    findings = consult(checkup.chosen_diagnoses(settings), settings.connect_timeout + PATIENCE)
    code = exit_code(findings)
    if as_json:
        data({"ok": code == 0, "findings": [asdict(finding) for finding in findings]})
    else:
        sys.stdout.write(table(findings))
    return code


def consult(diagnoses: Sequence[Diagnosis], seconds: float) -> list[Finding]:
    """Runs all diagnoses in parallel, and returns their findings in the order of the diagnoses.

    A diagnosis that takes longer than `seconds` is reported with its findings so far.
    """
    deadline = time.monotonic() + seconds
    found: list[list[Finding]] = [[] for _ in diagnoses]
    threads = [threading.Thread(target=_examine, args=pair, daemon=True) for pair in zip(diagnoses, found, strict=True)]
    for thread in threads:
        thread.start()
    for diagnosis, thread, findings in zip(diagnoses, threads, found, strict=True):
        thread.join(max(0, deadline - time.monotonic()))
        if thread.is_alive():
            findings = [*findings, unanswered(diagnosis, seconds)]
        found[diagnoses.index(diagnosis)] = findings
    return [finding for findings in found for finding in findings]


def _examine(diagnosis: Diagnosis, findings: list[Finding]) -> None:
    for finding in examine(diagnosis):
        findings.append(finding)  # noqa: PERF402 - one at a time: the main thread reads the list after a time-out


def table(findings: Sequence[Finding]) -> str:
    """One line for each finding, with its hint on the next line."""
    parts, checks = (max(len(getattr(f, name)) for f in findings) for name in ("part", "check"))
    lines = []
    for finding in findings:
        status = SHOWN[finding.status]
        lines.append(f"{finding.part:{parts}}  {finding.check:{checks}}  {status:7}  {finding.detail}")
        if finding.hint:
            lines.append(f"{'':{parts}}  {'':{checks}}  {'':7}  hint: {finding.hint}")
    return "\n".join(lines) + "\n"
