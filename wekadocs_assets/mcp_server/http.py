"""MCP over streamable HTTP on the loopback address, with probes for a supervisor: /health, /ready and /metrics."""

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
from wekadocs_assets.mcp_server.index_access import IndexAccess
from wekadocs_assets.mcp_server.metrics import Metrics
from wekadocs_assets.mcp_server.models import IndexStatus

HOST, NAMES = "127.0.0.1", ("127.0.0.1", "localhost")
PROBE_SECONDS, STOP_SECONDS = 5.0, 3
MOST_BYTES = 1 << 20
"""Maximum size of a request; a valid one has a few kilobytes."""


def open_socket(port: int) -> socket.socket:
    """A listening socket on the loopback address; ConfigurationError if the port cannot be used."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"port {port}: {error.strerror}", "choose another port: ingestctl mcp --http PORT"
        ) from None
    return listener


async def serve(server: MCPServer, index: IndexAccess, metrics: Metrics, listener: socket.socket) -> None:
    """Serves until SIGTERM or Ctrl-C; uvicorn raises the signal again after its shutdown."""
    config = uvicorn.Config(
        application(server, index, metrics, listener.getsockname()[1]),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    await uvicorn.Server(config).serve(sockets=[listener])


def application(server: MCPServer, index: IndexAccess, metrics: Metrics, port: int) -> Starlette:
    """The ASGI application for this port.

    It has no sessions: tools keep no state between calls, so a client can continue after a restart of the server. Host
    and Origin are checked against DNS rebinding: a web page cannot reach the server under its own name.
    """
    _add_probes(server, index, metrics)
    hosts = [f"{name}:{port}" for name in NAMES]
    app = server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        max_request_body_size=MOST_BYTES,
        transport_security=TransportSecuritySettings(
            allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts]
        ),
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(NAMES), www_redirect=False)
    return app


def _add_probes(server: MCPServer, index: IndexAccess, metrics: Metrics) -> None:
    async def health(request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(request: Request) -> Response:
        status, reason = await _status(index)
        reason = reason or why_not_ready(status)
        return JSONResponse({"ready": not reason, "reason": reason}, 503 if reason else 200)

    async def metrics_page(request: Request) -> Response:
        status, _ = await _status(index)
        return Response(metrics.page(status), media_type=CONTENT_TYPE_LATEST)

    for path, probe in {"/health": health, "/ready": ready, "/metrics": metrics_page}.items():
        server.custom_route(path, ["GET"])(probe)


async def _status(index: IndexAccess) -> tuple[IndexStatus | None, str]:
    """(status, ''), or (None, the reason) if the stores did not answer."""
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
    """Why the index cannot answer questions; '' if it can. status None: the stores did not answer."""
    if status is None:
        return "the stores did not answer"
    if not status.embedding_version or not status.documents:
        return "the index is empty: nothing has been ingested yet (ingestctl ingest FOLDER)"
    if not status.points:
        return f"there are no vectors of the active embedding version {status.embedding_version}: ingest again"
    if status.ready_for_queries is False:
        return f"the last ingest found the index not ready: {status.ready_reason}"
    return ""
