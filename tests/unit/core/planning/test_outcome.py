"""Exceptions become outcomes, and a batch that fails is tried again document by document."""

from dataclasses import dataclass

import pytest
from handmade_plans import planned

from wekadocs_assets.core.errors import BadDocument, StoreUnavailable, Vanished, WekadocsError
from wekadocs_assets.core.planning.outcome import Outcome, all_or_each, blocked, cancelled, failed
from wekadocs_assets.core.planning.plan import PlannedDocument

DOCUMENT = planned("a.md")


@dataclass(frozen=True)
class Task:
    document: PlannedDocument


TASKS = [Task(planned(f"{n}.md")) for n in range(3)]


@pytest.mark.parametrize(
    ("error", "permanent"),
    [(BadDocument("m", "h"), True), (Vanished("m", "h"), False), (WekadocsError("m", "h"), False)],
)
def test_an_error_keeps_its_message_and_hint_and_is_permanent_by_its_class(error, permanent):
    outcome = failed(DOCUMENT, error)
    assert (outcome.status, outcome.error, outcome.hint) == ("failed", "m", "h") and outcome.permanent is permanent


def test_a_defect_is_named_with_its_kind_cut_to_a_length_and_tried_again():
    outcome = failed(DOCUMENT, ZeroDivisionError("x" * 1_000))
    assert outcome.error.startswith("ZeroDivisionError: xx") and len(outcome.error) == 500
    assert "report" in outcome.hint and not outcome.permanent


@pytest.mark.parametrize("error", [StoreUnavailable("away"), MemoryError()], ids=["retryable", "memory"])
def test_what_no_document_is_at_fault_for_is_raised_again(error):
    with pytest.raises(type(error)):
        failed(DOCUMENT, error)


def test_a_document_that_was_not_reached_is_blocked_with_the_reason():
    assert (blocked(DOCUMENT, "parsed_documents").status, blocked(DOCUMENT, "parsed_documents").error) == (
        "blocked",
        "waits for parsed_documents",
    )
    assert (cancelled(DOCUMENT).status, cancelled(DOCUMENT).error) == ("blocked", "cancelled")


def write(tasks, bad: str = "", error: Exception | None = None) -> list[Outcome]:
    if any(task.document.source_uri == bad for task in tasks):
        raise error
    return [Outcome(document=task.document, status="done") for task in tasks]


def test_a_batch_is_written_at_once():
    calls = []
    outcomes = all_or_each(TASKS, lambda tasks: calls.append(len(tasks)) or write(tasks))
    assert calls == [3] and [outcome.status for outcome in outcomes] == ["done"] * 3
    assert all_or_each([], write) == []


def test_of_a_batch_that_fails_only_the_cause_fails():
    outcomes = all_or_each(TASKS, lambda tasks: write(tasks, "1.md", ValueError("broken")))
    assert [outcome.status for outcome in outcomes] == ["done", "failed", "done"]
    assert outcomes[1].document.source_uri == "1.md"


def test_a_store_that_is_away_ends_the_batch_at_the_first_call():
    calls = []
    with pytest.raises(StoreUnavailable):
        all_or_each(TASKS, lambda tasks: calls.append(len(tasks)) or write(tasks, "1.md", StoreUnavailable("away")))
    assert calls == [3]
