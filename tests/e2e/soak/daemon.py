"""The Dagster daemon on a data folder, which can be killed alone, or with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[3]


class Daemon:
    """environment: of the daemon and of everything that it starts. log: what it prints, appended to."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment, self._folder = {**environment, "DAGSTER_HOME": str(ROOT)}, folder
        self._groups: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self._folder / "daemon.log"

    def start(self) -> None:
        command = [sys.executable, "-m", "dagster._daemon", "run", "-m", "wekadocs_assets.definitions"]
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment, cwd=self._folder,
                start_new_session=True,
            )  # fmt: skip
        self._groups.append(self._process.pid)

    def kill(self, *, alone: bool) -> None:
        """alone: runs that are under way go on without it."""
        process = self._process
        (os.kill if alone else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        """As an operator stops it; then whatever is left of this daemon and those before it."""
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for group in self._groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.5)
