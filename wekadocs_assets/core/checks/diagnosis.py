"""The framework of `doctor`: runs checks so that one failure does not hide another, and has common verdicts.

A check is a generator of verdicts; an exception is converted to a verdict. A check must not change a store. Checks of a
single store or service belong to the `diagnosis.py` of its adapter.
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
"""Free bytes of disk: an ingest is likely to fail below the first, and `doctor` prints a note below the second."""
FOUND_PROBLEMS, CANNOT_REACH = 1, 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a check. status `note`: needs no repair, but is worth knowing. hint: what to do about it.

    unreachable: the service does not answer, or the store cannot be opened.
    """

    status: Status
    detail: str
    hint: str = ""
    unreachable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `doctor`: a verdict with the part and the check that it belongs to.

    unreachable: as in Verdict. needed: whether an ingest fails without the part.
    """

    part: str
    check: str
    status: Status
    detail: str
    hint: str = ""
    unreachable: bool = False
    needed: bool = True


Check = tuple[str, Callable[[], Iterable[Verdict]]]


class Diagnosis(ABC):
    """The checks of one store or service that the settings select. needed: whether an ingest fails without it."""

    part: str
    needed = True

    @abstractmethod
    def checks(self) -> Sequence[Check]:
        """Named checks in the order of execution. If the first one fails, the others are skipped."""


class Choices(Diagnosis):
    """Lists what the settings select: role -> description. Contradictory settings were rejected when they were read."""

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
    """Runs the checks and yields their findings.

    Stops early if the first check fails or the store becomes unavailable or busy.
    """
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
    """The exit code of `doctor`.

    0: no problem. 3: all problems are parts that cannot be reached, at least one of them needed. 1: otherwise.
    """
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
    """Judges the free disk space. free: bytes available to this process at `place`."""
    detail = f"{free / GIGABYTE:.1f} GB free at {place}"
    if free < LEAST_FREE:
        return problem(detail, "free some space there, or move the data folder (WEKADOCS_HOME) to a larger disk")
    return note(detail, "an ingest of many documents needs more") if free < LITTLE_FREE else ok(detail)


def version_verdict(name: str, said: str, oldest: tuple[int, ...]) -> Verdict:
    """Compares the reported version `said` with the `oldest` supported one. A version without numbers gives a note."""
    numbers = re.match(r"v?(\d+(?:\.\d+)*)", said)
    if not numbers:
        return note(f"{name} reports an unknown version: {said!r}")
    if tuple(map(int, numbers[1].split("."))) < oldest:
        wanted = ".".join(map(str, oldest))
        return problem(f"{name} {said} is too old", f"update it to {wanted} or newer")
    return ok(f"{name} {said}")


def model_fits(version: str, dimensions: int, stored: dict[str, int], place: str) -> Verdict:
    """Checks that the stored vectors of the target version have as many dimensions as the model makes.

    stored: dimensions by embedding_version. place: the store's name in the message.
    """
    if (there := stored.get(version, dimensions)) != dimensions:
        return problem(
            f"the model makes {dimensions} dimensions, but the vectors of {version} in {place} have {there}",
            "the model changed but kept its name: give it another name, or delete that version there and ingest again",
        )
    known = "fit" if version in stored else "are written by the next ingest"
    return ok(f"{dimensions} dimensions, vectors of {version} in {place} {known}")


def switch(target: str, active: str, stored: Iterable[str]) -> Verdict:
    """Reports whether the index has to be switched to another embedding_version.

    target: the target version, from the settings. active: the active version, from the graph; '' if there is
    none yet.
    """
    if not active:
        return ok("no vectors are active yet")
    if active == target:
        return ok(f"serves {active}")
    state = "a switch is going on" if target in set(stored) else "the next ingest begins a switch"
    return note(f"{state} from {active} (active) to {target}", "an ingest of all collections finishes it")


def active_is_stored(active: str, stored: Iterable[str], place: str) -> Verdict | None:
    """A problem if the active version is missing in the store; None if it is stored or there is none yet."""
    if not active or active in set(stored):
        return None
    return problem(f"the active version is {active}, but {place} has no such vectors", "ingest again: it writes them")


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
