"""The error tree, split by what the caller can do; every error has a message (what, where) and a hint (what to do).

WekadocsError
├── Retryable              transient: the same call may succeed later
│   ├── StoreUnavailable   a needed service or store cannot be reached            (exit 3)
│   └── StoreBusy          another process holds the data folder                  (exit 4)
└── Permanent              fails again until input or settings change
    ├── ConfigurationError invalid settings or usage; nothing was started         (exit 2)
    └── BadDocument        one document failed; the others continue               (exit 1)
        └── Vanished       deleted since the scan; the next scan decides
"""

from __future__ import annotations


class WekadocsError(Exception):
    """Base of all errors that are shown to users."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def in_a_line(self) -> str:
        return "; ".join(filter(None, (self.message, self.hint)))


class Retryable(WekadocsError):
    """A transient error: the same call may succeed later."""


class StoreUnavailable(Retryable):
    exit_code = 3


class StoreBusy(Retryable):
    exit_code = 4


class Permanent(WekadocsError):
    """The same call fails again until the input or the settings change."""


class ConfigurationError(Permanent):
    exit_code = 2


class BadDocument(Permanent):
    """A document that cannot be processed; `message` has the reason, `hint` what to do."""


class Vanished(BadDocument):
    """A file that the scan listed and that no longer exists; not recorded as a failure of the document."""
