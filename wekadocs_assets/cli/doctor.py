"""`ingestctl doctor`: what is wrong with the parts that the settings choose, and what to do about it."""

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
"""Seconds beside CONNECT_TIMEOUT for all parts together, which are asked at the same time."""
SHOWN = {"ok": "ok", "note": "note", "problem": "PROBLEM"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout: ok, and all findings.")
def command(as_json: bool) -> int:
    """Check every part that the settings choose: reachable, version, rights, schema, indexes, model, disk, locks.

    Changes nothing: what is not there yet is not made.

    \b
    Exit codes: 0 nothing to repair (there may be notes); 1 a problem;
    2 the settings cannot be used; 3 a needed service cannot be reached, and
    nothing else is wrong.
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
    """All findings in the order of the parts. A part that hangs is reported, with its findings so far."""
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
    """One line a finding, the hint below it."""
    parts, checks = (max(len(getattr(f, name)) for f in findings) for name in ("part", "check"))
    lines = []
    for finding in findings:
        status = SHOWN[finding.status]
        lines.append(f"{finding.part:{parts}}  {finding.check:{checks}}  {status:7}  {finding.detail}")
        if finding.hint:
            lines.append(f"{'':{parts}}  {'':{checks}}  {'':7}  hint: {finding.hint}")
    return "\n".join(lines) + "\n"
