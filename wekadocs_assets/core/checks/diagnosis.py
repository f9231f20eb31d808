"""The checks of `doctor`: runs them so that a failure does not hide another one, and judges what several adapters share.

A check is a generator of verdicts; an exception is a verdict too. It never changes a store. Checks of one store or service
belong to the `diagnosis.py` of its adapter.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Literal

from wekadocs_assets.core.errors import StoreBusy, StoreUnavailable, WekadocsError

Status = Literal["ok", "note", "problem"]
GIGABYTE = 1 << 30
LEAST_FREE, LITTLE_FREE = GIGABYTE // 4, 4 * GIGABYTE
"""Bytes of disk below which an ingest is likely to fail, and below which a person should know."""
FOUND_PROBLEMS, CANNOT_REACH = 1, 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """note: nothing to repair, but worth knowing. hint: what to do."""

    status: Status
    detail: str
    hint: str = ""
    unreachable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `doctor`. unreachable: nobody answers, or the store cannot be opened; needed: by an ingest."""

    part: str
    check: str
    status: Status
    detail: str
    hint: str = ""
    unreachable: bool = False
    needed: bool = True


Check = tuple[str, Callable[[], Iterable[Verdict]]]


class Diagnosis(ABC):
    """One part of what the settings chose. needed: whether an ingest fails without it."""

    part: str
    needed = True

    @abstractmethod
    def checks(self) -> Sequence[Check]:
        """Names and checks in their order; the first one decides whether the others can run."""


class Choices(Diagnosis):
    """What the settings choose, in words: role -> what has it. Settings that contradict each other never come so far."""

    part = "settings"

    def __init__(self, chosen: Mapping[str, str]) -> None:
        self._chosen = chosen

    def checks(self) -> Sequence[Check]:
        return [(role, partial(_choice, words)) for role, words in self._chosen.items()]


def _choice(words: str) -> list[Verdict]:
    return [ok(words)]


def ok(detail: str) -> Verdict:
    return Verdict("ok", detail)


def note(detail: str, hint: str = "") -> Verdict:
    return Verdict("note", detail, hint)


def problem(detail: str, hint: str) -> Verdict:
    return Verdict("problem", detail, hint)


def examine(diagnosis: Diagnosis) -> Iterator[Finding]:
    """Every check's findings. Ends early when the first check fails, or when the part stops answering."""
    for number, (name, check) in enumerate(diagnosis.checks()):
        verdict = None
        try:
            for verdict in check():
                yield _finding(diagnosis, name, verdict)
        except Exception as error:  # a defect of one check is a finding too, and the other checks still run
            verdict = _of_error(error)
            yield _finding(diagnosis, name, verdict)
            if isinstance(error, StoreUnavailable | StoreBusy):
                return
        if number == 0 and verdict is not None and verdict.status == "problem":
            return


def exit_code(findings: Iterable[Finding]) -> int:
    """0: nothing to repair. 3: a needed part cannot be reached, and no problem is of another kind. 1: anything else."""
    problems = [finding for finding in findings if finding.status == "problem"]
    if not problems:
        return 0
    needed = any(finding.needed for finding in problems)
    return CANNOT_REACH if needed and all(finding.unreachable for finding in problems) else FOUND_PROBLEMS


def unanswered(diagnosis: Diagnosis, seconds: float) -> Finding:
    """The finding for a part whose checks did not finish in time."""
    hint = "check the disk, the network and the load of its machine"
    verdict = Verdict("problem", f"did not finish within {seconds:g} s", hint, unreachable=True)
    return _finding(diagnosis, "time", verdict)


def free_space(free: int, place: str) -> Verdict:
    """free: bytes that are left for us at `place`."""
    detail = f"{free / GIGABYTE:.1f} GB free at {place}"
    if free < LEAST_FREE:
        return problem(detail, "free some space there, or move the data folder (WEKADOCS_HOME) to a larger disk")
    return note(detail, "an ingest of many documents needs more") if free < LITTLE_FREE else ok(detail)


def release(name: str, said: str, oldest: tuple[int, ...]) -> Verdict:
    """said: a version as the server tells it; one that has no numbers is a note."""
    numbers = re.match(r"v?(\d+(?:\.\d+)*)", said)
    if not numbers:
        return note(f"{name} reports an unknown version: {said!r}")
    if tuple(map(int, numbers[1].split("."))) < oldest:
        wanted = ".".join(map(str, oldest))
        return problem(f"{name} {said} is too old", f"update it to {wanted} or newer")
    return ok(f"{name} {said}")


def model_fits(version: str, dimensions: int, stored: dict[str, int], place: str) -> Verdict:
    """Whether the points of the wanted embedding_version can be of this model. stored: dimensions by version."""
    if (there := stored.get(version, dimensions)) != dimensions:
        return problem(
            f"the model makes {dimensions} dimensions, but the vectors of {version} in {place} have {there}",
            "the model changed under its name: give it another name, or delete that version there and ingest again",
        )
    known = "fit" if version in stored else "are written by the next ingest"
    return ok(f"{dimensions} dimensions, vectors of {version} in {place} {known}")


def switch(wanted: str, served: str, stored: Iterable[str]) -> Verdict:
    """wanted: the embedding_version that the settings make; served: the one that the graph names, '' before any."""
    if not served:
        return ok("no vectors are served yet")
    if served == wanted:
        return ok(f"serves {served}")
    state = "a switch is going on" if wanted in set(stored) else "the next ingest begins a switch"
    return note(f"{state} from {served} (active) to {wanted}", "an ingest of all collections finishes it")


def served_is_there(served: str, stored: Iterable[str], place: str) -> Verdict | None:
    """None: nothing is served, or what is served is there."""
    if not served or served in set(stored):
        return None
    return problem(f"the graph serves {served}, but {place} has no such vectors", "ingest again: it writes them")


def _finding(diagnosis: Diagnosis, check: str, verdict: Verdict) -> Finding:
    return Finding(part=diagnosis.part, check=check, needed=diagnosis.needed, **asdict(verdict))


def _of_error(error: Exception) -> Verdict:
    if isinstance(error, StoreBusy):
        return note(error.message, "run doctor again when the other process has ended")
    if isinstance(error, WekadocsError):
        verdict = problem(error.message, error.hint)
        return replace(verdict, unreachable=isinstance(error, StoreUnavailable))
    lines = str(error).splitlines() or [""]
    return problem(
        f"{type(error).__name__}: {lines[0][:300]}", "check that the package is installed completely, and see its log"
    )
