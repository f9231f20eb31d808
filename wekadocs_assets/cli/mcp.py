"""`ingestctl mcp`: serves the index to an assistant over MCP, on stdio or on a local port."""

from __future__ import annotations

import os
import signal

import click

from wekadocs_assets.config.settings import read_settings


@click.command("mcp")
@click.option(
    "--http",
    "port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Serve streamable HTTP on 127.0.0.1:PORT instead of stdio.",
)
def command(port: int | None) -> int:
    """Let an assistant search the stores over the Model Context Protocol, read-only, until it disconnects or Ctrl-C."""
    settings = read_settings()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)  # until the server sets its own handlers: its import takes a second
    from wekadocs_assets.mcp_server.server import run_on_http, run_on_stdio

    if port:
        run_on_http(settings, port)
    else:
        run_on_stdio(settings)
    return 0


def _end(*_: object) -> None:
    """Exits at once: no store is open yet."""
    os._exit(0)
