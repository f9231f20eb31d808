"""The error classes, grouped by what the caller can do. Each error has a message (what, where) and a hint (what to do).

Add a class here if callers must react to it in another way. Client libraries' errors are translated in adapters.

WekadocsError
├── Retryable              transient: the same call may succeed later
│   ├── StoreUnavailable   a needed service or store cannot be reached            (exit 3)
│   └── StoreBusy          another process holds the data folder                  (exit 4)
└── Permanent              fails again until input or settings change
    ├── ConfigurationError invalid settings or usage; nothing was started         (exit 2)
    └── BadDocument        one document failed; the others continue               (exit 1)
        └── Vanished       the file was deleted since the scan; the next scan handles it
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
        """Message and hint, joined by a semicolon."""
        return "; ".join(filter(None, (self.message, self.hint)))


class Retryable(WekadocsError):
    """A transient error: the same call may succeed later."""


class StoreUnavailable(Retryable):
    """A store or service that is needed cannot be reached."""

    exit_code = 3


class StoreBusy(Retryable):
    """Another process holds the data folder or the collection."""

    exit_code = 4


class Permanent(WekadocsError):
    """The same call fails again until the input or the settings change."""


class ConfigurationError(Permanent):
    """Invalid settings or usage; nothing was started."""

    exit_code = 2


class BadDocument(Permanent):
    """A document that cannot be processed. The other documents continue."""


class Vanished(BadDocument):
    """A file that the scan listed and that no longer exists. It is not recorded as a failure of the document."""
