"""`ingestctl mcp` as a service: probes and metrics, an ingest beside it, a clean end, and who is refused."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_processes import COMMAND, PATIENCE, answer, http_server, refusal
from servers.process import free_port

from wekadocs_assets.adapters.data_folder.locks import TurnstileLock

pytestmark = pytest.mark.process
PAGE = "# Page {number}\n\nThe {word} of gate {number} is painted every year.\n\n## More\n\nRun `tidegate open {number}`.\n"


def write_pages(home, word: str, count: int = 12) -> None:
    for number in range(count):
        (home.docs / f"{number:03d}.md").write_text(PAGE.format(number=number, word=word))


def ingested(home):
    write_pages(home, "handrail")
    assert home.ingest()[0] in (0, 1)
    return home


async def search(server, question: str) -> dict:
    async with Client(f"{server.url}/mcp", read_timeout_seconds=PATIENCE) as client:
        return await answer(client, "search_documentation", question=question)


@pytest.mark.slow
def test_a_server_on_an_empty_folder_becomes_ready_by_an_ingest(home):
    with http_server(home) as server:
        assert server.get("/health") == (200, '{"status":"alive"}')
        status, reason = server.get("/ready")
        assert status == 503 and "nothing has been ingested" in reason and '"ready":false' in reason
        assert "empty" in asyncio.run(search(server, "handrail"))["reason"]
        ingested(home)
        assert server.get("/ready") == (200, '{"ready":true,"reason":""}')
        assert asyncio.run(search(server, "handrail"))["results"]
        figures = server.figures()
    assert figures["wekadocs_index_up"] == 1 and 0 <= figures["wekadocs_seconds_since_last_ingest"] < 300
    assert figures['wekadocs_documents{collection="docs"}'] == 12
    assert figures['wekadocs_points{collection="docs"}'] >= 24
    assert figures['wekadocs_ingest_unfinished{collection="docs"}'] == 0
    assert figures['wekadocs_mcp_requests_total{outcome="ok",tool="search_documentation"}'] == 2
    assert figures['wekadocs_mcp_request_seconds_count{tool="search_documentation"}'] == 2


@pytest.mark.slow
def test_another_chunking_is_noticed_by_a_server_that_runs(home):
    ingested(home)

    async def status(server):
        async with Client(f"{server.url}/mcp") as client:
            return await answer(client, "index_status")

    with http_server(home) as server:
        before = asyncio.run(status(server))
        home.environment["CHUNK_TOKENS"] = "16"
        assert home.ingest()[0] in (0, 1)
        after = asyncio.run(status(server))
        found = asyncio.run(search(server, "handrail"))
    assert after["embedding_version"] != before["embedding_version"] and after["documents"] == before["documents"]
    assert found["results"] and after["collections"][0]["last_ingest"] > before["collections"][0]["last_ingest"]


@pytest.mark.slow
def test_a_store_that_cannot_be_reached_is_told(ingested_home):
    nobody = f"http://127.0.0.1:{free_port()}"

    async def work(server):
        async with Client(f"{server.url}/mcp", read_timeout_seconds=PATIENCE) as client:
            outline = await answer(client, "get_document_outline", document="cli-reference.md")
            return outline, await refusal(client, "search_documentation", question="topic")

    with http_server(ingested_home, QDRANT_URL=nobody, RETRY_SECONDS="0.1") as server:
        status, reason = server.get("/ready")
        outline, told = asyncio.run(work(server))
        figures = server.figures()
    assert status == 503 and nobody in reason and "does not answer" in told
    assert outline["sections_total"] == 5, "the graph is there"
    assert figures["wekadocs_index_up"] == 0 and server.process.returncode == 0


def test_a_graph_that_cannot_be_reached_is_never_an_empty_one(ingested_home):
    async def work(server):
        async with Client(f"{server.url}/mcp", read_timeout_seconds=PATIENCE) as client:
            with pytest.raises(MCPError, match="Neo4j does not answer"):
                await client.list_resources()
            return await refusal(client, "index_status")

    with http_server(ingested_home, NEO4J_URI=f"bolt://127.0.0.1:{free_port()}") as server:
        assert "Neo4j does not answer" in asyncio.run(work(server))
        status, reason = server.get("/ready")
    assert status == 503 and "Neo4j does not answer" in reason


def test_calls_are_counted_by_tool_and_outcome(ingested_home):
    async def calls(server):
        async with Client(f"{server.url}/mcp") as client:
            await answer(client, "index_status")
            await refusal(client, "get_section", section_id="none")
            await refusal(client, "search_documentation", question="")
            await refusal(client, "made_up_name")

    with http_server(ingested_home) as server:
        asyncio.run(calls(server))
        figures = server.figures()
    counted = {name: value for name, value in figures.items() if name.startswith("wekadocs_mcp_requests_total")}
    assert counted == {
        'wekadocs_mcp_requests_total{outcome="ok",tool="index_status"}': 1,
        'wekadocs_mcp_requests_total{outcome="refused",tool="get_section"}': 1,
        'wekadocs_mcp_requests_total{outcome="refused",tool="search_documentation"}': 1,
        'wekadocs_mcp_requests_total{outcome="refused",tool="unknown"}': 1,
    }


@pytest.mark.slow
@pytest.mark.process
def test_an_ingest_beside_the_server_finishes_and_searches_go_on(home):
    """The stores go to and fro some hundred times."""
    ingested(home)
    waits: list[float] = []

    async def search_all_the_time(server, ingest: subprocess.Popen):
        async with Client(f"{server.url}/mcp", read_timeout_seconds=PATIENCE) as client:
            while ingest.poll() is None:
                began = time.monotonic()
                found = await answer(client, "search_documentation", question="which gate is painted every year")
                waits.append(time.monotonic() - began)
                assert found["results"], found
            return await answer(client, "search_documentation", question="balustrade")

    with http_server(home) as server:
        assert asyncio.run(search(server, "handrail"))["results"]
        write_pages(home, "balustrade")
        command = [sys.executable, "-m", "wekadocs_assets.cli.main", "ingest", str(home.docs), "--json"]
        began = time.monotonic()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=home.environment, cwd=home.folder
        ) as ingest:
            output = threading.Thread(target=ingest.communicate)
            output.start()
            after = asyncio.run(search_all_the_time(server, ingest))
            output.join()
        print(f"ingest {time.monotonic() - began:.1f} s, {len(waits)} searches meanwhile, longest {max(waits):.2f} s")
        figures = server.figures()
    assert ingest.returncode in (0, 1) and len(waits) >= 3
    assert "balustrade" in after["results"][0]["snippet"]
    outcomes = {name for name in figures if "requests_total" in name}
    assert outcomes == {'wekadocs_mcp_requests_total{outcome="ok",tool="search_documentation"}'}


@pytest.mark.slow
def test_a_writer_that_keeps_the_index_longer_than_the_time_out_is_told(home):
    ingested(home)
    lock = TurnstileLock(home.folder / "data" / "locks", PATIENCE)

    async def work(server):
        async with Client(f"{server.url}/mcp", read_timeout_seconds=PATIENCE) as client:
            await answer(client, "index_status")
            with lock.writing():
                told = await refusal(client, "search_documentation", question="handrail")
            return told, await answer(client, "search_documentation", question="handrail")

    with http_server(home, LOCK_TIMEOUT="0.5") as server:
        told, after = asyncio.run(work(server))
        figures = server.figures()
    assert "the index is being updated" in told and "try again" in told and after["results"]
    assert figures['wekadocs_mcp_requests_total{outcome="busy",tool="search_documentation"}'] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_on_http(ingested_home, number):
    with http_server(ingested_home) as server:
        assert asyncio.run(search(server, "topic"))["results"]
        server.process.send_signal(number)
        out, err = server.process.communicate(timeout=PATIENCE)
    assert (server.process.returncode, out, err) == (0, "", "")
    with TurnstileLock(ingested_home.folder / "data" / "locks", 0).writing():
        pass


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_on_stdio(home, number):
    """While it waits for input, which no thread of Python can be called away from."""
    process = subprocess.Popen(
        [sys.executable, *COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=home.environment, cwd=home.folder,
    )  # fmt: skip
    process.stdin.write('{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
    process.stdin.flush()
    assert process.stdout.readline().startswith('{"jsonrpc":"2.0"')
    process.send_signal(number)
    assert process.wait(PATIENCE) == 0
    _, err = process.communicate()
    assert "Traceback" not in err


def test_only_this_machine_by_its_own_name_is_let_in(ingested_home):
    with http_server(ingested_home) as server:
        for path in ("/mcp", "/health", "/ready", "/metrics"):
            status, body = server.get(path, Host="evil.example.com")
            assert status in (400, 421) and "host" in body.lower(), path
            assert server.get(path, Host=f"evil.example.com:{server.port}")[0] in (400, 421)
        status, body = server.get("/mcp", Origin="http://evil.example.com", Accept="application/json")
        assert status == 403 and "Origin" in body
        assert server.get("/health", Host=f"localhost:{server.port}")[0] == 200
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        places = {line.split()[1] for line in lines if line.split()[1].endswith(f":{server.port:04X}")}
    assert places >= {f"0100007F:{server.port:04X}"} and not any(place.startswith("00000000") for place in places)


def test_a_port_in_use_and_wrong_settings_are_told_before_anything_starts(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = home.ingestctl("mcp", "--http", str(taken.getsockname()[1]))
    assert done.returncode == 2 and "in use" in done.stderr and "--http" in done.stderr and done.stdout == ""
    home.environment["CHUNK_TOKENS"] = "3"
    done = home.ingestctl("mcp")
    assert done.returncode == 2 and "CHUNK_TOKENS" in done.stderr
    assert not (home.folder / "data").exists()
