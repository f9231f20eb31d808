"""The connection to a Qdrant server: one client, retries, and errors that say what to do.

Single HTTP requests are retried. All of them are idempotent (upserts and deletes by id).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wekadocs_assets.core.errors import ConfigurationError, StoreUnavailable

if TYPE_CHECKING:
    from httpx import Request, Response
    from qdrant_client import QdrantClient

    Send = Callable[[Request], Response]

PORT = 6333
"""The client's default when the URL has no port."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
FIRST_CONTACT = 3.0
"""Seconds to retry a server that has never answered; with one connect time-out the total is below ten seconds."""


class CollectionAbsent(LookupError):
    """The server has no such collection."""


class QdrantSession:
    """timeout: seconds for one response; patience: seconds to retry after a request's first failure."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout: float,
        connect_timeout: float,
        patience: float,
        client: QdrantClient | None = None,
    ) -> None:
        self._url, self._api_key = url, api_key
        self._timeout, self._connect_timeout, self._patience = timeout, connect_timeout, patience
        self._client = client
        self._answered, self._asked_at = False, 0.0

    @property
    def place(self) -> str:
        """The server and its address, for messages."""
        return f"Qdrant at {self._url}{'' if urlsplit(self._url).port else f' (port {PORT})'}"

    def ask(self, verb: str, *arguments: Any, **named: Any) -> Any:
        """Calls the client's method `verb`. Raises CollectionAbsent, StoreUnavailable or ConfigurationError."""
        self._asked_at = time.monotonic()  # before the imports: they may take seconds
        with self._user_errors():
            if self._client is None:
                self._client = self._connect()
            return getattr(self._client, verb)(*arguments, **named)

    def _connect(self) -> QdrantClient:
        """A client without its own version check, which would run in a thread and print a warning; collections.py does that."""
        from qdrant_client import QdrantClient

        client = QdrantClient(self._url, prefer_grpc=False, check_compatibility=False)
        client.http.client.add_middleware(self._send)
        return client

    def _send(self, request: Request, send: Send) -> Response:
        """Sends the request, and retries it while the failure is transient and `patience` is not over."""
        if self._api_key:
            request.headers["api-key"] = self._api_key  # the client itself would warn about a key over http://
        failed, wait = None, FIRST_WAIT
        while True:
            request.extensions["timeout"] = self._limits(failed)
            answer = _attempt(request, send)
            if not _is_transient(answer):
                break
            failed = failed or time.monotonic()
            asked, left = _retry_after(answer), self._until(answer, failed) - time.monotonic()
            if left <= 0 or asked > left:
                break
            time.sleep(min(left, max(asked, wait * random.uniform(0.5, 1))))
            wait = min(2 * wait, LONGEST_WAIT)
        if isinstance(answer, Exception):
            raise answer
        self._answered = True
        return answer

    def _limits(self, failed: float | None) -> dict[str, float]:
        """httpx's time-outs in seconds; failed: time of the request's first failure."""
        left = self._timeout if failed is None else min(self._timeout, failed + self._patience - time.monotonic())
        answer = max(1.0, left) if self._answered else self._connect_timeout
        return {"connect": self._connect_timeout, "read": answer, "write": answer, "pool": answer}

    def _until(self, answer: Response | Exception, failed: float) -> float:
        """The time (monotonic clock) to stop retrying: after FIRST_CONTACT if the server never answered, else after `patience`."""
        absent = isinstance(answer, Exception) and not self._answered
        return self._asked_at + min(FIRST_CONTACT, self._patience) if absent else failed + self._patience

    @contextmanager
    def _user_errors(self) -> Iterator[None]:
        """Translates the client's exceptions."""
        from qdrant_client.common.client_exceptions import QdrantException
        from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

        try:
            yield
        except UnexpectedResponse as error:
            raise self._refused(error.status_code or 0, _reason(error.content), error.reason_phrase) from error
        except ResponseHandlingException as error:
            raise self._no_answer(error.source) from error
        except QdrantException as error:  # 429 with Retry-After has a class of its own
            raise self._refused(429, str(error), "") from error
        except ValueError as error:
            if str(error).endswith("not found"):  # the client's own in-memory mode
                raise CollectionAbsent(str(error)) from error
            raise self._not_qdrant(f"{type(error).__name__}: {error}") from error

    def _refused(self, status: int, reason: str, phrase: str) -> Exception:
        said = f"{status} {reason or phrase}".strip()
        if status in (401, 403):
            hint = "set QDRANT_API_KEY to a key that may read and write"
            return ConfigurationError(f"{self.place} refuses the API key: {said}", hint)
        if _is_transient_status(status):
            return StoreUnavailable(
                f"{self.place} answers {said}", "check the server's log, free disk space and memory"
            )
        if status == 404 and reason:
            return CollectionAbsent(reason)
        if not reason:
            return self._not_qdrant(said)
        return ConfigurationError(f"{self.place} refuses a request: {said}", "check the server's log")

    def _no_answer(self, error: Exception) -> Exception:
        from httpx import TransportError

        if not isinstance(error, TransportError):
            return self._not_qdrant(f"{type(error).__name__}: {error}")
        reason = f"{error}" or type(error).__name__
        hint = "start it, or set QDRANT_URL to its address; without QDRANT_URL the embedded engine is used"
        return StoreUnavailable(f"{self.place} does not answer: {reason}", hint)

    def _not_qdrant(self, said: str) -> ConfigurationError:
        lines = said.splitlines() or [""]
        hint = "is QDRANT_URL a Qdrant server's address, with a release near that of the installed qdrant-client?"
        return ConfigurationError(f"{self.place} returns an unexpected response: {lines[0][:200]}", hint)


def _attempt(request: Request, send: Send) -> Response | Exception:
    from qdrant_client.http.exceptions import ResponseHandlingException

    try:
        return send(request)
    except ResponseHandlingException as error:
        return error


def _is_transient(answer: Response | Exception) -> bool:
    if not isinstance(answer, Exception):
        return _is_transient_status(answer.status_code)
    from httpx import TransportError, UnsupportedProtocol

    source = getattr(answer, "source", None)
    return isinstance(source, TransportError) and not isinstance(source, UnsupportedProtocol)


def _is_transient_status(status: int) -> bool:
    return status in (408, 429) or status >= 500


def _retry_after(answer: Response | Exception) -> float:
    """Seconds of Retry-After; 0 when it is missing or a date."""
    given = "" if isinstance(answer, Exception) else answer.headers.get("Retry-After", "")
    return float(given) if given.isdecimal() else 0.0


def _reason(body: bytes) -> str:
    """Qdrant's reason; '' when the response does not have Qdrant's form and so comes from another program."""
    try:
        status = json.loads(body)["status"]
        return str(status["error"]) if isinstance(status, dict) else ""
    except (ValueError, KeyError, TypeError):
        return ""
