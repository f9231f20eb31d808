"""One server process: started with its output in a log file, stopped or killed by its own pid, never left behind."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import pwd
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

# Below the kernel's ephemeral range: a client that polls a dead server on an ephemeral port may connect to itself.
PORTS = range(20000, 32000)
PR_SET_PDEATHSIG = 1
LOG_TAIL_CHARS = 3000
STOP_SECONDS = 120

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_random = random.SystemRandom()


class ServerNotStarted(Exception):
    """The server ended or did not answer in time; the message has the end of its log."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    while True:
        port = _random.choice(PORTS)
        with contextlib.closing(socket.socket()) as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def as_user(name: str | None) -> dict[str, object]:
    """Arguments of subprocess to run as this user, with none of our groups; none for None."""
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []} if name else {}


def new_password() -> str:
    return secrets.token_urlsafe(12)


class ServerProcess:
    """Base of the servers; a subclass gives `command()` and `answers()`.

    `start()` may be called again after `stop()` or `kill()`: the folder, the ports and so the data are the same.
    """

    name = "server"
    start_seconds = 60.0
    stop_signal = signal.SIGTERM
    # sent by the kernel when the tests' process dies, however it dies
    death_signal = signal.SIGKILL
    run_as: str | None = None

    def __init__(self, home: Path) -> None:
        self.home = Path(home).absolute()
        self.log = self.home / f"{self.name}.out"
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether a real query is answered now; False while the server is not up yet."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} is not running"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when a query was answered. Raises ServerNotStarted."""
        assert not self.running, f"{self.name} runs already as process {self.pid}"
        self.home.mkdir(parents=True, exist_ok=True)
        self._launch()
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Clean: what is in memory is written first. Killed when it has not ended after two minutes."""
        if self.running:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(STOP_SECONDS)
                self.stopped_cleanly()
            except subprocess.TimeoutExpired:
                self.kill()
        self._ended()

    def stopped_cleanly(self) -> None:
        """For a subclass: what the ended server left in its folder is complete."""

    def kill(self) -> None:
        """As a crash: nothing is written any more."""
        if self.running:
            self._process.kill()
            self._process.wait()
        self._ended()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def _launch(self) -> None:
        # the kernel means the thread: a server started in another one would die with that thread
        in_main_thread = threading.current_thread() is threading.main_thread()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd="/",  # every user may enter it
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the tests' terminal is not for the server
                preexec_fn=self._die_with_parent if _libc and in_main_thread else None,
                **as_user(self.run_as),
            )
        atexit.register(self.kill)

    def _die_with_parent(self) -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(self.death_signal))

    def _ended(self) -> None:
        atexit.unregister(self.kill)
        self._process = None

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + self.start_seconds
        while not self.answers():
            if not self.running:
                raise ServerNotStarted(f"{self.name} ended with code {self._process.returncode}. {self.log_tail()}")
            if time.monotonic() > deadline:
                raise ServerNotStarted(f"{self.name} did not answer in {self.start_seconds:.0f} s. {self.log_tail()}")
            time.sleep(0.05)

    def log_tail(self) -> str:
        return f"{self.log} ends with:\n{self.log.read_text(errors='replace')[-LOG_TAIL_CHARS:]}"


def listens(port: int) -> bool:
    """Cheaper than a driver for the seconds in which nothing listens yet."""
    with contextlib.closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
