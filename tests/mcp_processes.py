"""Real `ingestctl mcp` processes and real clients of the SDK, for the tests of the MCP server."""

import asyncio
import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from mcp import Client
from mcp.client.stdio import StdioServerParameters
from servers.process import free_port

COMMAND = ("-m", "wekadocs_assets.cli.main", "mcp")
PATIENCE = 60.0


@dataclass(frozen=True)
class HttpServer:
    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and body; past every proxy."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(self.url + path, headers=headers), timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def figures(self) -> dict[str, float]:
        """Of /metrics, by name with its labels."""
        lines = [line for line in self.get("/metrics")[1].splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@contextmanager
def http_server(home, **more: str) -> Iterator[HttpServer]:
    """Listening; ended by SIGTERM where the test did not end it."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, *COMMAND, "--http", str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=home.environment | more, cwd=home.folder,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == f"MCP server: http://127.0.0.1:{port}/mcp\n", process.stderr.read()
        yield HttpServer(port, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


@asynccontextmanager
async def on_stdio(home, mode: str = "auto") -> AsyncIterator[Client]:
    server = StdioServerParameters(
        command=sys.executable, args=list(COMMAND), env=dict(home.environment), cwd=home.folder
    )
    async with Client(server, mode=mode, read_timeout_seconds=PATIENCE) as client:
        yield client


@asynccontextmanager
async def on_http(home, mode: str = "auto") -> AsyncIterator[Client]:
    with http_server(home) as server:
        async with Client(f"{server.url}/mcp", mode=mode, read_timeout_seconds=PATIENCE) as client:
            yield client


async def answer(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer, which its text says too."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    """The words of an error; never a stack trace."""
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text
    assert result.is_error and "Traceback" not in text and 'File "' not in text and len(text) < 1000
    return text


def session(connect: Callable, home, work: Callable[[Client], Awaitable[Any]], **more: str) -> Any:
    """Runs `work` with a connected client."""

    async def run() -> Any:
        async with connect(home, **more) as client:
            return await work(client)

    return asyncio.run(run())
