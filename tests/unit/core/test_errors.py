"""Errors by what the caller can do: whether to try again, and the exit code of the command line."""

import pytest

from wekadocs_assets.core.errors import (
    BadDocument,
    ConfigurationError,
    Permanent,
    Retryable,
    StoreBusy,
    StoreUnavailable,
    Vanished,
    WekadocsError,
)


@pytest.mark.parametrize(
    ("kind", "group", "code"),
    [
        (WekadocsError, WekadocsError, 1),
        (ConfigurationError, Permanent, 2),
        (StoreUnavailable, Retryable, 3),
        (StoreBusy, Retryable, 4),
        (BadDocument, Permanent, 1),
        (Vanished, BadDocument, 1),
    ],
)
def test_each_class_is_in_its_group_and_has_its_exit_code(kind, group, code):
    error = kind("message", "hint")
    assert isinstance(error, group) and error.exit_code == code
    assert not (isinstance(error, Retryable) and isinstance(error, Permanent))


def test_message_and_hint_are_one_line_and_a_missing_hint_leaves_no_sign():
    error = WekadocsError("the store is away", "start it")
    assert (str(error), error.hint) == ("the store is away", "start it")
    assert error.in_a_line == "the store is away; start it"
    assert WekadocsError("the store is away").in_a_line == "the store is away"
