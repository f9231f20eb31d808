"""Maps errors of the Neo4j driver to the project's: server not reachable, wrong setting, transaction too large.

Any other error is a defect of a statement and is raised unchanged.
"""

from __future__ import annotations

from wekadocs_assets.core.errors import ConfigurationError, StoreBusy, StoreUnavailable, WekadocsError


class TransactionTooLarge(RuntimeError):
    """The server stopped the transaction for its time or memory. Retrying it fails again; a smaller one may succeed."""


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
SERVER_FAILURES = ("Neo.DatabaseError.", "Neo.TransientError.", CODE + "Cluster.")
"""Failures of the server (disk, start, cluster) and not of the statement."""
DEFECTS = ("Neo.DatabaseError.Statement.", "Neo.DatabaseError.General.UnknownError")
GONE = CODE + "Statement.EntityNotFound"
ABSENT_HINT = "Start the server, or set NEO4J_URI to its address (without it the embedded graph is used)."
TLS_HINT = "In NEO4J_URI bolt+s:// is for a server with TLS, bolt+ssc:// for one with a certificate of its own, bolt:// for one without."
TLS_WORDS = ("ssl", "tls", "certificate", "secure connection")


def is_final(error: Exception) -> bool:
    """Whether a retry cannot succeed, although the driver treats the error (out of memory, read-only) as transient."""
    return _code(error) in (*TOO_LARGE, *READ_ONLY)


def to_project_error(error: Exception, uri: str, database: str) -> Exception:
    """The error to raise instead of the driver's; the same object for a defect of a statement."""
    code, reason = _code(error), _one_line(error)
    if code in TOO_LARGE:
        return TransactionTooLarge(f"Neo4j {uri} stopped a transaction: {reason}")
    if code == GONE:
        return StoreBusy(
            f"another process deleted nodes in Neo4j {uri} while this one was writing to them", "Run it again."
        )
    if settings_error := _settings_error(code, reason, uri, database):
        return settings_error
    if code.startswith(SERVER_FAILURES) and not code.startswith(DEFECTS):
        return StoreUnavailable(f"Neo4j {uri} failed: {reason}", "Check the server's disk and log, then run it again.")
    return error if code else _connection_error(error, _last_line(error), uri)


def _settings_error(code: str, reason: str, uri: str, database: str) -> WekadocsError | None:
    named = f"the database '{database}' of Neo4j {uri}" if database else f"the default database of Neo4j {uri}"
    if code in WRONG_PASSWORD:
        hint = "Check NEO4J_USER and NEO4J_PASSWORD; after several failed logins the server refuses every login for a while."
        return ConfigurationError(f"Neo4j {uri} does not accept this user and password: {reason}", hint)
    if code == EXPIRED_PASSWORD:
        hint = "Set a new one (ALTER CURRENT USER SET PASSWORD …), then set NEO4J_PASSWORD to it."
        return ConfigurationError(f"Neo4j {uri} requires this user to change the password first", hint)
    if code == ABSENT_DATABASE:
        hint = "Set NEO4J_DATABASE to an existing database, or leave it empty for the server's default."
        return ConfigurationError(f"Neo4j {uri} has no such database: {reason}", hint)
    if code in READ_ONLY:
        return ConfigurationError(
            f"{named} is read-only: {reason}", "Make it writable, or set NEO4J_DATABASE to another one."
        )
    if code in NO_RIGHTS:
        hint = "Give NEO4J_USER the rights to read, to write and to create constraints and indexes."
        return ConfigurationError(f"this user lacks rights in {named}: {reason}", hint)
    return None


def _connection_error(error: Exception, reason: str, uri: str) -> Exception:
    """For errors of the driver and of sockets: no answer, or an answer in another protocol."""
    from neo4j import exceptions

    pool_error = getattr(exceptions, "ConnectionPoolError", exceptions.ServiceUnavailable)  # since driver 6
    if isinstance(error, ValueError) and not isinstance(error.__cause__, OSError):
        return error  # a defect of the caller; for a host without an address driver 5 raises one from an OSError
    chain = " ".join(_one_line(part) for part in _causes(error)).lower()
    if any(word in chain for word in TLS_WORDS):
        return ConfigurationError(f"no secure connection to Neo4j {uri}: {reason.partition('. ')[0]}", TLS_HINT)
    if isinstance(error, exceptions.ServiceUnavailable | exceptions.SessionExpired | pool_error | OSError | ValueError):
        # TLS on only one side looks like a failed handshake; the scheme of a cluster hides the reason
        secure = f" {TLS_HINT}" if "handshake" in reason or "routing" in reason else ""
        return StoreUnavailable(f"Neo4j does not answer at {uri}: {reason}", f"{ABSENT_HINT}{secure}")
    return error


def _code(error: BaseException) -> str:
    """The server's error code; '' for an error on the client's side."""
    return getattr(error, "code", None) or ""


def _one_line(error: BaseException) -> str:
    message = (getattr(error, "message", None) if _code(error) else str(error)) or type(error).__name__
    return " ".join(message.split())[:500]


def _last_line(error: BaseException) -> str:
    """The reason of a failed connection: the lines before it repeat the address."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[-1].strip()[:500]


def _causes(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain
