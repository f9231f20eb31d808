"""Starts child processes with a common log, and stops them together with all processes that they started.

The processes of `ingestctl ui` are defined in ui.py.
"""

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
    """Child processes, each in its own process group, so that only this process receives Ctrl-C and then stops them."""

    def __init__(self, log: IO[bytes], environment: Mapping[str, str]) -> None:
        self._log, self._environment = log, environment
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._groups: set[int] = set()

    def start(self, name: str, command: Sequence[str]) -> None:
        """Starts a process.

        Signals are blocked until the process is registered, because only registered ones are stopped.
        """
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
        """The name and exit code of a process that ended, in words; '' while all are running."""
        codes = {name: process.poll() for name, process in self._processes.items()}
        return next((f"{name} ended with code {code}" for name, code in codes.items() if code is not None), "")

    def stop(self, patience: float) -> None:
        """Sends SIGINT to all processes; kills those that still run after `patience` seconds or another Ctrl-C."""
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
            process.poll()  # reaps a process that ended, which would count as alive otherwise
        self._signal(0)
        return bool(self._groups)

    def _signal(self, number: int) -> None:
        """Sends the signal to all groups. Removes empty groups, because their ids may be reused by other processes."""
        for group in list(self._groups):
            try:
                os.killpg(group, number)
            except ProcessLookupError:
                self._groups.discard(group)


def _in_the_child() -> None:
    """Unblocks the signals. On Linux, lets the kernel send SIGINT when the parent ends, even if it is killed."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGINT))
