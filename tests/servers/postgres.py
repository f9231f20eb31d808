"""A real PostgreSQL server with a password, also where the tests run as root, which Postgres refuses to do."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import weakref
from pathlib import Path

from servers.process import ServerProcess, as_user, free_port, listens, new_password

DEBIAN_FOLDER = Path("/usr/lib/postgresql")
UNPRIVILEGED = ("postgres", "nobody")
DATABASE = "dagster"
INITDB_SECONDS = 120


def missing() -> str | None:
    """What this machine lacks to run the server, by name; None when it can."""
    if not _binary("postgres") or not _binary("initdb"):
        return "postgres and initdb are missing (Debian: postgresql)"
    if os.geteuid() == 0 and not _unprivileged_user():
        return f"postgres does not run as root and none of the users {', '.join(UNPRIVILEGED)} exists"
    return None


def _binary(name: str) -> str | None:
    installed = sorted(DEBIAN_FOLDER.glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(installed[-1]) if installed else None)


def _unprivileged_user() -> str | None:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in UNPRIVILEGED if name in known), None)


class PostgresServer(ServerProcess):
    """A new, empty database `dagster` at `url`.

    Tests' folders are closed to other users, so the data lies in a temporary folder of its own that is removed with
    this object; the log is in `home`.
    """

    name = "postgres"
    user = "dagster"
    stop_signal = signal.SIGINT  # "fast": does not wait for clients to leave
    death_signal = signal.SIGQUIT  # "immediate": ends the children too

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.port, self.password = free_port(), new_password()
        self.url = f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"
        self.run_as = _unprivileged_user() if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._data = self._folder / "data"

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if not self._data.exists():
            self._initdb()
        super().start()

    def _initdb(self) -> None:
        password_file = self._folder / "password"
        password_file.write_text(self.password)
        if self.run_as:
            for path in (self._folder, password_file):
                shutil.chown(path, self.run_as)
        command = [_binary("initdb"), "-D", str(self._data), "-U", self.user, f"--pwfile={password_file}", "--no-sync"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, timeout=INITDB_SECONDS, **as_user(self.run_as)
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stdout}{done.stderr}")

    def command(self) -> list[str]:
        settings = ["listen_addresses=127.0.0.1", f"port={self.port}", "unix_socket_directories="]
        options = [part for setting in settings for part in ("-c", setting)]
        return [_binary("postgres"), "-D", str(self._data), *options]

    def answers(self) -> bool:
        import psycopg2

        if not listens(self.port):
            return False
        try:
            self._create_database()
            with contextlib.closing(psycopg2.connect(self.url, connect_timeout=5)) as connection:
                connection.cursor().execute("SELECT 1")
        except psycopg2.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        import psycopg2

        server = self.url.removesuffix(DATABASE) + "postgres"
        with contextlib.closing(psycopg2.connect(server, connect_timeout=5)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE}")

    def kill(self) -> None:
        """As a crash of the machine: the children end too, else a new start finds their shared memory in use."""
        children = self._children() if self.running else []
        super().kill()
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _children(self) -> list[int]:
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []
