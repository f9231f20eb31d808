"""Processes that live and die together: started with one log, watched, and stopped with all that they started themselves."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import IO

PR_SET_PDEATHSIG = 1
PAUSE = 0.1
SIGNALS = (signal.SIGINT, signal.SIGTERM)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Services:
    """Each is a process group of its own, so that only this process receives Ctrl-C, and stops the children too."""

    def __init__(self, log: IO[bytes], environment: Mapping[str, str]) -> None:
        self._log, self._environment = log, environment
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._groups: set[int] = set()

    def start(self, name: str, command: Sequence[str]) -> None:
        """A signal waits until the process is noted here: an unknown process could not be stopped."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            self._processes[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
                preexec_fn=_in_the_child,
            )
            self._groups.add(self._processes[name].pid)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def ended(self) -> str:
        """Which one ended and how, '' while all are running."""
        codes = {name: process.poll() for name, process in self._processes.items()}
        return next((f"{name} ended with code {code}" for name, code in codes.items() if code is not None), "")

    def stop(self, patience: float) -> None:
        """By the signal of Ctrl-C; what is left after so many seconds, or after another Ctrl-C, is killed."""
        self._signal(signal.SIGINT)
        until = time.monotonic() + patience
        try:
            while self._alive() and time.monotonic() < until:
                time.sleep(PAUSE)
        finally:
            self._signal(signal.SIGKILL)
            for process in self._processes.values():
                process.wait()

    def _alive(self) -> bool:
        for process in self._processes.values():
            process.poll()  # takes leave of one that ended, which counts as a process until then
        self._signal(0)
        return bool(self._groups)

    def _signal(self, number: int) -> None:
        """To every process of the groups; one without any is forgotten, for its number may become another's."""
        for group in list(self._groups):
            try:
                os.killpg(group, number)
            except ProcessLookupError:
                self._groups.discard(group)


def _in_the_child() -> None:
    """Signals come through again; the kernel sends that of Ctrl-C when the parent is gone, even if that was killed."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGINT))
