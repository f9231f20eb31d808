"""What each error of the Neo4j driver means for people: what cannot be reached, what is set wrongly, what is too large.

Errors that are none of these are defects of a statement and stay as they are.
"""

from __future__ import annotations

from wekadocs_assets.core.errors import ConfigurationError, StoreBusy, StoreUnavailable, WekadocsError


class TransactionTooLarge(RuntimeError):
    """The server gave the transaction up for its time or memory: the same one fails again, a smaller one may pass."""


CODE = "Neo.ClientError."
WRONG_PASSWORD = (CODE + "Security.Unauthorized", CODE + "Security.AuthenticationRateLimit")
EXPIRED_PASSWORD = CODE + "Security.CredentialsExpired"
ABSENT_DATABASE = CODE + "Database.DatabaseNotFound"
READ_ONLY = tuple(
    f"{CODE}General.{name}" for name in ("WriteOnReadOnlyAccessDatabase", "ForbiddenOnReadOnlyDatabase", "ReadOnly")
)
NO_RIGHTS = (CODE + "Security.Forbidden", CODE + "Security.AuthorizationFailed")
TOO_LARGE = (
    CODE + "Transaction.TransactionTimedOut",
    CODE + "Transaction.TransactionTimedOutClientConfiguration",
    CODE + "Transaction.LockClientStopped",  # timed out while it waited for a lock
    CODE + "Transaction.Terminated",
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
    "Neo.TransientError.General.TransactionOutOfMemoryError",
    "Neo.TransientError.General.OutOfMemoryError",
    "Neo.TransientError.General.StackOverFlowError",
)
OUTSIDE = ("Neo.DatabaseError.", "Neo.TransientError.", CODE + "Cluster.")
"""The server's own trouble (its disk, its start, its cluster), not the statement's."""
DEFECTS = ("Neo.DatabaseError.Statement.", "Neo.DatabaseError.General.UnknownError")
GONE = CODE + "Statement.EntityNotFound"
ABSENT_HINT = "Start the server, or set NEO4J_URI to its address (without it the embedded graph is used)."
TLS_HINT = "In NEO4J_URI bolt+s:// is for a server with TLS, bolt+ssc:// for one with a certificate of its own, bolt:// for one without."
TLS_WORDS = ("ssl", "tls", "certificate", "secure connection")


def is_final(error: Exception) -> bool:
    """Whether the driver would try again in vain: it holds a lack of memory and a read-only database for passing."""
    return _code(error) in (*TOO_LARGE, *READ_ONLY)


def explained(error: Exception, uri: str, database: str) -> Exception:
    """The error to raise instead; the same one when it is a defect."""
    code, reason = _code(error), _one_line(error)
    if code in TOO_LARGE:
        return TransactionTooLarge(f"Neo4j {uri} gave up a transaction: {reason}")
    if code == GONE:
        return StoreBusy(f"another process deleted meanwhile what this one wrote to in Neo4j {uri}", "Run it again.")
    if told := _settings_error(code, reason, uri, database):
        return told
    if code.startswith(OUTSIDE) and not code.startswith(DEFECTS):
        return StoreUnavailable(
            f"Neo4j {uri} cannot do it now: {reason}", "Look at the server's disk and log, then run it again."
        )
    return error if code else _connection_error(error, _last_line(error), uri)


def _settings_error(code: str, reason: str, uri: str, database: str) -> WekadocsError | None:
    named = f"the database '{database}' of Neo4j {uri}" if database else f"the default database of Neo4j {uri}"
    if code in WRONG_PASSWORD:
        hint = "Check NEO4J_USER and NEO4J_PASSWORD; after several failed tries the server refuses all for a while."
        return ConfigurationError(f"Neo4j {uri} does not accept this user and password: {reason}", hint)
    if code == EXPIRED_PASSWORD:
        hint = "Set a new one (ALTER CURRENT USER SET PASSWORD …), then give it as NEO4J_PASSWORD."
        return ConfigurationError(f"Neo4j {uri} wants this user's password changed first", hint)
    if code == ABSENT_DATABASE:
        hint = "Name one that is there as NEO4J_DATABASE, or leave it empty for the server's default."
        return ConfigurationError(f"Neo4j {uri} has no such database: {reason}", hint)
    if code in READ_ONLY:
        return ConfigurationError(f"{named} is read-only: {reason}", "Make it writable, or name another one.")
    if code in NO_RIGHTS:
        hint = "Give NEO4J_USER the rights to read, to write and to create constraints and indexes."
        return ConfigurationError(f"this user may not do that in {named}: {reason}", hint)
    return None


def _connection_error(error: Exception, reason: str, uri: str) -> Exception:
    """The driver's own errors, and those of sockets: nobody answers, or in another language."""
    from neo4j import exceptions

    pool_error = getattr(exceptions, "ConnectionPoolError", exceptions.ServiceUnavailable)  # since driver 6
    if isinstance(error, ValueError) and not isinstance(error.__cause__, OSError):
        return error  # the caller's; driver 5 raises one from an OSError for a host without an address
    chain = " ".join(_one_line(part) for part in _causes(error)).lower()
    if any(word in chain for word in TLS_WORDS):
        return ConfigurationError(f"no secure connection to Neo4j {uri}: {reason.partition('. ')[0]}", TLS_HINT)
    if isinstance(error, exceptions.ServiceUnavailable | exceptions.SessionExpired | pool_error | OSError | ValueError):
        # what TLS on one side alone looks like from here; a cluster's scheme hides why it failed
        secure = f" {TLS_HINT}" if "handshake" in reason or "routing" in reason else ""
        return StoreUnavailable(f"Neo4j does not answer at {uri}: {reason}", f"{ABSENT_HINT}{secure}")
    return error


def _code(error: BaseException) -> str:
    """Of the server; '' for what went wrong on this side."""
    return getattr(error, "code", None) or ""


def _one_line(error: BaseException) -> str:
    message = (getattr(error, "message", None) if _code(error) else str(error)) or type(error).__name__
    return " ".join(message.split())[:500]


def _last_line(error: BaseException) -> str:
    """Of a failed connection: the lines before name the same address again."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[-1].strip()[:500]


def _causes(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain
