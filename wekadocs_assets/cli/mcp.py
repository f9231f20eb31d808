"""`ingestctl mcp`: the index as tools for an assistant, on stdio or on a port of this machine."""

from __future__ import annotations

import os
import signal

import click

from wekadocs_assets.config.settings import read_settings


@click.command("mcp")
@click.option(
    "--http", "port", type=click.IntRange(1, 65535), metavar="PORT", help="Streamable HTTP on 127.0.0.1, not stdio."
)
def command(port: int | None) -> int:
    """Answer an assistant's questions by the Model Context Protocol, read-only, until it hangs up or Ctrl-C."""
    settings = read_settings()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)  # until the server takes them over: importing it takes a second
    from wekadocs_assets.mcp_server.server import run_on_http, run_on_stdio

    if port:
        run_on_http(settings, port)
    else:
        run_on_stdio(settings)
    return 0


def _end(*_: object) -> None:
    """Nothing is open yet."""
    os._exit(0)
