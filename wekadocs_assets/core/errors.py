"""The error tree, split by what to do next; every message says what, where and what to do.

WekadocsError
├── Retryable              try again later, the input is fine
│   ├── StoreUnavailable   a needed service or store cannot be reached            (exit 3)
│   └── StoreBusy          another process holds the data folder                  (exit 4)
└── Permanent              trying again changes nothing until something is changed
    ├── ConfigurationError settings or usage: nothing was started                 (exit 2)
    └── BadDocument        this one document: the others go on                    (exit 1)
        └── Vanished       it is not there just now: the next look takes it as it finds it
"""

from __future__ import annotations


class WekadocsError(Exception):
    """Base of all errors that are meant for people: a message and a hint of what to do."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def in_a_line(self) -> str:
        return "; ".join(filter(None, (self.message, self.hint)))


class Retryable(WekadocsError):
    """The same call may succeed later."""


class StoreUnavailable(Retryable):
    exit_code = 3


class StoreBusy(Retryable):
    exit_code = 4


class Permanent(WekadocsError):
    """The same call fails again until the input or the settings change."""


class ConfigurationError(Permanent):
    exit_code = 2


class BadDocument(Permanent):
    """A document that cannot be taken in as it is; `message` names the reason, `hint` what to do."""


class Vanished(BadDocument):
    """A document that was there when the folder was looked at: nothing is known against what may be there next time."""
