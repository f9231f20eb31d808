"""A TCP proxy before a server: it holds back every answer for a while, and can be cut."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

CHUNK = 65536


class SlowProxy:
    """delay: seconds before an answer is handed on; may be changed at any time."""

    def __init__(self, port: int, delay: float = 0.0) -> None:
        self.delay = delay
        self._server_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def cut(self) -> None:
        """Every connection ends where it is; new ones are made."""
        pairs, self._pairs = self._pairs, []
        for end in pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._server_port))
                except OSError:  # as if nobody listened
                    client.close()
                    continue
                self._pairs += (client, server)
                for source, target, is_answer in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pump, args=(source, target, is_answer), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK):
                if is_answer:
                    time.sleep(self.delay)
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
