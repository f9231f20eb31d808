"""A little HTTP server that speaks as much of Qdrant's REST as opening, writing and counting take, and can be in trouble.

It keeps what it is sent and is no model of Qdrant: it neither searches nor checks anything.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG, CLOSE = "hang", "close"
CONFIG = {
    "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000},
    "optimizer_config": {
        "deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "default_segment_number": 0, "flush_interval_sec": 5,
    },
    "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0},
}  # fmt: skip


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    little: LittleQdrant

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hung up are part of the tests."""


class LittleQdrant:
    """troubles: one for each of the next requests: HANG, CLOSE, or (status, headers, body); None: none."""

    def __init__(self, release: str = "1.18.3", *, api_key: str = "", metadata: bool = True) -> None:
        self.release, self.api_key, self.keeps_metadata = release, api_key, metadata
        self.troubles: deque[Any] = deque()
        self.always: Any = None
        self.requests: list[str] = []
        self.urls: list[str] = []
        self.collections: dict[str, dict[str, Any]] = {}
        self.made_by_another_at_once = False
        self._released = threading.Event()
        self.start(0)

    def start(self, port: int) -> None:
        self._released.clear()
        self._server = Server(("127.0.0.1", port), Handler)
        self._server.little = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """From now on connections are refused."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def hang(self) -> None:
        self._released.wait(30)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """(status, result); a status from 400: the result is the reason."""
        if path == "/":
            return 200, None
        if path == "/collections":
            return 200, {"collections": [{"name": name} for name in self.collections]}
        name, part = re.fullmatch(r"/collections/([^/]+)/?(.*)", path).groups()
        if method == "PUT" and not part:
            return self._create(name, body)
        if name not in self.collections:
            return 404, f"Not found: Collection `{name}` doesn't exist!"
        return self._in_collection(method, name, part, body)

    def _create(self, name: str, body: Any) -> tuple[int, Any]:
        if name in self.collections or self.made_by_another_at_once:
            made = body | {"metadata": {"wekadocs_store_id": "made by another"}}
            self.collections.setdefault(name, made | {"indexes": {}, "points": {}})
            return 409, f"Wrong input: Collection `{name}` already exists!"
        kept = body if self.keeps_metadata else {k: v for k, v in body.items() if k != "metadata"}
        self.collections[name] = kept | {"indexes": {}, "points": {}}
        return 200, True

    def _in_collection(self, method: str, name: str, part: str, body: Any) -> tuple[int, Any]:
        collection = self.collections[name]
        match method, part:
            case "GET", "":
                return 200, _info(collection)
            case "DELETE", "":
                del self.collections[name]
                return 200, True
            case "PUT", "index":
                collection["indexes"][body["field_name"]] = {"data_type": body["field_schema"], "points": 0}
            case "PUT", "points":
                collection["points"].update({point["id"]: point for point in body["points"]})
            case "POST", "points/delete":
                for point_id in body["points"]:
                    collection["points"].pop(point_id, None)
            case "POST", "points/count":
                return 200, {"count": len(collection["points"])}
        return 200, {"operation_id": 1, "status": "completed"}


def _info(collection: dict[str, Any]) -> dict[str, Any]:
    params = {key: collection[key] for key in ("vectors", "sparse_vectors")}
    return {
        "status": "green", "optimizer_status": "ok", "segments_count": 1, "points_count": len(collection["points"]),
        "config": CONFIG | {"params": params, "metadata": collection.get("metadata")},
        "payload_schema": collection["indexes"],
    }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    server: Server

    def _handle(self) -> None:
        little = self.server.little
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
        path = self.path.partition("?")[0]
        little.requests.append(f"{self.command} {path}")
        little.urls.append(self.path)
        trouble = little.troubles.popleft() if little.troubles else little.always
        if trouble in (HANG, CLOSE):
            if trouble == HANG:
                little.hang()
            self.close_connection = True
        elif trouble:
            self._write(*trouble)
        elif little.api_key not in ("", self.headers.get("api-key")):
            self._write(401, {}, b"Must provide an API key or an Authorization bearer token")
        else:
            status, result = little.answer(self.command, path, body)
            self._write(status, {}, json.dumps(self._envelope(path, status, result)).encode())

    def _envelope(self, path: str, status: int, result: Any) -> dict[str, Any]:
        if path == "/":
            return {"title": "qdrant - vector search engine", "version": self.server.little.release}
        return {"status": {"error": result} if status >= 400 else "ok", "result": result, "time": 0.0}

    def _write(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = _handle

    def log_message(self, format: str, *args: Any) -> None:
        pass
