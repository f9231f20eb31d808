"""The MCP server: registers tools and resources, turns errors into tool errors, and runs on stdio or HTTP."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import version
from socket import socket
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError, UnexpectedToolError
from mcp.server.mcpserver.exceptions import ResourceNotFoundError as NotFound
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, Resource
from pydantic import ValidationError

from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.errors import ConfigurationError, Permanent, StoreBusy, WekadocsError
from wekadocs_assets.mcp_server import http
from wekadocs_assets.mcp_server.index_access import IndexAccess
from wekadocs_assets.mcp_server.metrics import Metrics
from wekadocs_assets.mcp_server.read_only_tools import add_tools
from wekadocs_assets.mcp_server.resources import add_resources, first_documents

INSTRUCTIONS = (
    "Product documentation as sections and a knowledge graph, with evidence. Start with search_documentation; read a "
    "whole section with get_section, look up a command, setting or error by name with find_entity, and follow "
    "connections with traverse. Cite source_uri and heading_path. All tools are read-only."
)
UNKNOWN = "unknown"
"""Label in the metrics for calls of unknown tools, so that callers cannot create labels."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
log = logging.getLogger(__name__)


class DocumentationServer(MCPServer):
    """Checks arguments, turns errors into messages that a language model can act on, and counts every call."""

    def __init__(self, index: IndexAccess, metrics: Metrics) -> None:
        super().__init__(
            "wekadocs",
            title="Product documentation",
            instructions=INSTRUCTIONS,
            version=version("wekadocs-assets"),
            log_level="WARNING",
            subscriptions=False,
        )
        self._index, self._metrics = index, metrics
        add_tools(self, index)
        add_resources(self, index)

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        began, outcome = time.perf_counter(), "ok"
        known = {tool.name: tool.input_schema["properties"] for tool in await self.list_tools()}
        try:
            _check_names(name, arguments, known)
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            cause = _cause(error)
            outcome = _outcome(cause)
            raise (ToolError(_message(cause)) if outcome != "failed" else error) from cause
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            self._metrics.count(name if name in known else UNKNOWN, outcome, time.perf_counter() - began)

    async def read_resource(self, uri: Any, context: Any = None) -> Any:
        try:
            return await super().read_resource(uri, context)
        except ResourceError as error:
            cause = _cause(error)
            if not isinstance(cause, WekadocsError):
                raise
            kind = NotFound if isinstance(cause, Permanent) else ResourceError
            raise kind(cause.in_a_line) from None

    async def list_resources(self) -> list[Resource]:
        """The first documents; an error of the stores is raised, never answered with an empty list."""
        try:
            return await self._index.ask(first_documents)
        except WekadocsError as error:
            raise MCPError(code=INTERNAL_ERROR, message=error.in_a_line) from None


def run_on_stdio(settings: Settings) -> None:
    """Serves until the client closes stdin, or until SIGINT or SIGTERM. Only the protocol is written to stdout."""
    index = IndexAccess(settings)
    asyncio.run(_on_stdio(index, DocumentationServer(index, Metrics())))


def run_on_http(settings: Settings, port: int) -> None:
    """Serves on the loopback address until SIGINT or SIGTERM; ConfigurationError if the port cannot be used."""
    listener = http.open_socket(port)
    index, metrics = IndexAccess(settings), Metrics()
    sys.stdout.write(f"MCP server: http://{http.HOST}:{port}/mcp\n")
    sys.stdout.flush()
    asyncio.run(_on_http(index, metrics, listener))


async def _on_stdio(index: IndexAccess, server: DocumentationServer) -> None:
    """Serves until the input ends or a signal arrives. Does not wait for the thread that reads input: it may block."""
    stopped = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    warming = asyncio.create_task(index.warm_up())
    serving, stop = asyncio.create_task(server.run_stdio_async()), asyncio.create_task(stopped.wait())
    await asyncio.wait({serving, stop}, return_when=asyncio.FIRST_COMPLETED)
    warming.cancel()
    if serving.done() and serving.exception():
        log.error("the connection failed: %s", serving.exception())
    _exit(index)


async def _on_http(index: IndexAccess, metrics: Metrics, listener: socket) -> None:
    warming = asyncio.create_task(index.warm_up())
    try:
        for number in SIGNALS:
            signal.signal(number, signal.default_int_handler)
        await http.serve(DocumentationServer(index, metrics), index, metrics, listener)
    except KeyboardInterrupt:  # uvicorn raises the signal again after its shutdown
        pass
    warming.cancel()
    _exit(index)


def _exit(index: IndexAccess) -> None:
    """Closes the stores and exits at once: threads that read input or load a model cannot be interrupted."""
    index.keeper.close()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the pipe is closed
            stream.flush()
    os._exit(0)


def _check_names(name: str, arguments: dict[str, Any], known: Mapping[str, Iterable[str]]) -> None:
    """Raises ToolError for an unknown tool or parameter: a misspelt parameter would silently be ignored.

    known: the parameters of each tool.
    """
    if name not in known:
        raise _unknown_name(f"there is no tool '{name[:100]}'", known)
    if unknown := sorted(set(arguments) - set(known[name])):
        raise _unknown_name(f"there is no parameter '{unknown[0][:100]}'", known[name])


def _unknown_name(message: str, known: Iterable[str]) -> ToolError:
    error = ToolError(message)
    error.__cause__ = ConfigurationError(message, f"known: {', '.join(known) or 'none'}")
    return error


def _cause(error: BaseException) -> BaseException:
    """The WekadocsError or ValidationError (invalid arguments) that caused an error; else the error itself."""
    if isinstance(error.__cause__, ValidationError) and not isinstance(error, UnexpectedToolError):
        return error.__cause__
    one: BaseException | None = error
    while one and not isinstance(one, WekadocsError):
        one = one.__cause__
    return one or error


def _outcome(cause: BaseException) -> str:
    """The outcome of a call for the metrics."""
    if isinstance(cause, ValidationError | Permanent):
        return "refused"
    if isinstance(cause, StoreBusy):
        return "busy"
    return "unavailable" if isinstance(cause, WekadocsError) else "failed"


def _message(cause: BaseException) -> str:
    if not isinstance(cause, ValidationError):
        return cause.in_a_line if isinstance(cause, WekadocsError) else str(cause)
    wrong = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in cause.errors()]
    return f"{'; '.join(wrong)}. The tool's input schema has the bounds."
