"""`ingestctl ui`: runs Dagster's webserver and daemon with the instance and the data folder of the command line."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from wekadocs_assets.cli.output import console, fail
from wekadocs_assets.cli.services import Services
from wekadocs_assets.config.dagster_home import dagster_home
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy, StoreUnavailable

HOST = "127.0.0.1"
CODE = ("-m", "wekadocs_assets.definitions")
START_SECONDS, STOP_SECONDS, PAUSE = 180.0, 30.0, 0.2


@click.command("ui")
@click.option("--port", default=3000, type=click.IntRange(1, 65535), help="Port of the webserver; default: 3000.")
def command(port: int) -> int:
    """Start the Dagster UI (on 127.0.0.1) and its daemon; Ctrl-C stops both."""
    settings = read_settings()
    _check_port(port)
    with _log(settings.data_folder / "ui.log") as log:
        services = Services(log, _environment(settings))
        try:
            return _serve(services, port, log.name)
        except KeyboardInterrupt:
            console().print("stopping")
            return 0
        finally:
            services.stop(STOP_SECONDS)


def _serve(services: Services, port: int, log: str) -> int:
    """Runs both until one of them ends, then returns 1.

    The daemon starts second: the webserver creates the tables it needs.
    """
    console().print(f"Starting; the log is {log}", markup=False)
    services.start("the webserver", [sys.executable, "-m", "dagster_webserver", "-h", HOST, "-p", str(port), *CODE])
    until = time.monotonic() + START_SECONDS
    while not services.ended() and not _answers(port):
        if time.monotonic() > until:
            raise StoreUnavailable(f"the webserver did not answer in {START_SECONDS:.0f} s", f"see {log}")
        time.sleep(PAUSE)
    if not services.ended():
        services.start("the daemon", [sys.executable, "-m", "dagster._daemon", "run", *CODE])
        sys.stdout.write(f"Dagster UI: http://{HOST}:{port}\n")
        sys.stdout.flush()
    while not services.ended():
        time.sleep(PAUSE)
    fail(f"{services.ended()}; stopping the other process", f"see {log}")
    return 1


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ConfigurationError(f"port {port}: {error.strerror}", "name another: ingestctl ui --port N") from None


@contextmanager
def _log(path: Path) -> Iterator[IO[bytes]]:
    """An empty log file, locked while one of the processes lives, because two daemons would launch runs twice.

    StoreBusy if it is locked already.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as log:
        try:
            fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            hint = "use that one, or end it first; another data folder (WEKADOCS_HOME) has its own"
            raise StoreBusy(f"the UI of {path.parent} is running already", hint) from None
        log.truncate(0)
        yield log


def _environment(settings: Settings) -> dict[str, str]:
    folders = {"WEKADOCS_HOME": str(settings.data_folder), "REPORTS_DIR": str(settings.reports_root)}
    return {**os.environ, **folders, "DAGSTER_HOME": str(dagster_home())}


def _answers(port: int) -> bool:
    """Whether the webserver responds. Proxies are bypassed, because it is local."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{port}/server_info", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False
