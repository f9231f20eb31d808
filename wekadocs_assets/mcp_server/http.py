"""MCP over streamable HTTP on the loopback address, with what a supervisor asks: /health, /ready and /metrics."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wekadocs_assets.core.errors import ConfigurationError, WekadocsError
from wekadocs_assets.mcp_server.index import Index
from wekadocs_assets.mcp_server.metrics import Metrics
from wekadocs_assets.mcp_server.models import IndexStatus

HOST, NAMES = "127.0.0.1", ("127.0.0.1", "localhost")
PROBE_SECONDS, STOP_SECONDS = 5.0, 3
MOST_BYTES = 1 << 20
"""Of a request: the longest one that is allowed has a few kilobytes."""


def listening(port: int) -> socket.socket:
    """A socket of this machine alone; a port in use: ConfigurationError."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
        made.listen(128)
    except OSError as error:
        made.close()
        raise ConfigurationError(f"port {port}: {error.strerror}", "name another: ingestctl mcp --http PORT") from None
    return made


async def serve(server: MCPServer, index: Index, metrics: Metrics, place: socket.socket) -> None:
    """Until SIGTERM or Ctrl-C, which uvicorn raises again when it has ended."""
    config = uvicorn.Config(
        application(server, index, metrics, place.getsockname()[1]),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    await uvicorn.Server(config).serve(sockets=[place])


def application(server: MCPServer, index: Index, metrics: Metrics, port: int) -> Starlette:
    """Without sessions: no tool keeps anything between two calls, so a client need not notice that we were restarted.

    A web page that made its own name point to this machine is refused: it cannot send another Host or Origin.
    """
    _add_probes(server, index, metrics)
    hosts = [f"{name}:{port}" for name in NAMES]
    made = server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        max_request_body_size=MOST_BYTES,
        transport_security=TransportSecuritySettings(
            allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts]
        ),
    )
    made.add_middleware(TrustedHostMiddleware, allowed_hosts=list(NAMES), www_redirect=False)
    return made


def _add_probes(server: MCPServer, index: Index, metrics: Metrics) -> None:
    @server.custom_route("/health", ["GET"])
    async def health(request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    @server.custom_route("/ready", ["GET"])
    async def ready(request: Request) -> Response:
        status, reason = await _status(index)
        reason = reason or why_not_ready(status)
        return JSONResponse({"ready": not reason, "reason": reason}, 503 if reason else 200)

    @server.custom_route("/metrics", ["GET"])
    async def figures(request: Request) -> Response:
        status, _ = await _status(index)
        return Response(metrics.page(status), media_type=CONTENT_TYPE_LATEST)


async def _status(index: Index) -> tuple[IndexStatus | None, str]:
    """The status, or why there is none."""
    try:
        return await asyncio.wait_for(index.status(), PROBE_SECONDS), ""
    except TimeoutError:
        return (
            None,
            f"the stores did not answer within {PROBE_SECONDS:g} s: they are busy, or the index is being updated",
        )
    except WekadocsError as error:
        return None, error.in_a_line


def why_not_ready(status: IndexStatus | None) -> str:
    """'' when questions can be answered."""
    if status is None:
        return "the stores did not answer"
    if not status.embedding_version or not status.documents:
        return "the index is empty: nothing has been ingested yet (ingestctl ingest FOLDER)"
    if not status.points:
        return f"there are no vectors of the served embedding_version {status.embedding_version}: ingest again"
    if status.ready_for_queries is False:
        return f"the last ingest found the index not ready: {status.ready_reason}"
    return ""
