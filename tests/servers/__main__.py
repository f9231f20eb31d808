"""`python -m servers [--neo4j] [--redis] [--postgres] -- COMMAND…`: runs a command with real servers in its environment.

Run it with tests/ on the path: `PYTHONPATH=tests python -m servers -- COMMAND…`. Without flags all three are started.
The command gets NEO4J_URI, NEO4J_USER, NEO4J_PASSWORD, REDIS_URL and DAGSTER_POSTGRES_URL of the servers it asked for;
the exit code is the command's, or 2 when a server cannot be started here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from servers import neo4j, postgres, redis
from servers.process import ServerNotStarted

SERVERS = ("neo4j", "redis", "postgres")
USAGE_ERROR = 2


def arguments(given: list[str]) -> tuple[list[str], list[str]]:
    """Names of the servers, and the command."""
    parser = argparse.ArgumentParser(
        prog="python -m servers", usage="%(prog)s [--neo4j] [--redis] [--postgres] -- COMMAND…"
    )
    for name in SERVERS:
        parser.add_argument(f"--{name}", action="store_true")
    flags, command = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    chosen = parser.parse_args(flags)
    if not command:
        parser.error("no command after --")
    return [name for name in SERVERS if getattr(chosen, name)] or list(SERVERS), command


def started(name: str, folder: Path, stack: contextlib.ExitStack) -> dict[str, str]:
    """The environment variables of the server, which runs until the stack closes."""
    if name == "neo4j":
        graph = neo4j.Neo4jServer(folder / name)
        graph.quick_start = False  # the command may be a long one
        stack.enter_context(graph)
        return {"NEO4J_URI": graph.uri, "NEO4J_USER": graph.user, "NEO4J_PASSWORD": graph.password}
    if name == "redis":
        return {"REDIS_URL": stack.enter_context(redis.RedisServer(folder / name)).url}
    return {"DAGSTER_POSTGRES_URL": stack.enter_context(postgres.PostgresServer(folder / name)).url}


def why_not(names: list[str]) -> list[str]:
    modules = {"neo4j": neo4j, "redis": redis, "postgres": postgres}
    return [reason for name in names if (reason := modules[name].missing())]


def main(given: list[str]) -> int:
    names, command = arguments(given)
    if reasons := why_not(names):
        print(*reasons, sep="\n", file=sys.stderr)
        return USAGE_ERROR
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="servers-")))
        environment = dict(os.environ)
        try:
            for name in names:
                environment |= started(name, folder, stack)
        except ServerNotStarted as failure:
            print(failure, file=sys.stderr)
            return USAGE_ERROR
        return exit_code(command, environment)


def exit_code(command: list[str], environment: dict[str, str]) -> int:
    """As a shell tells it: 128 + n for a command ended by signal n."""
    with subprocess.Popen(command, env=environment) as process:
        while True:
            try:
                code = process.wait()
                return code if code >= 0 else 128 - code
            except KeyboardInterrupt:
                continue  # the command got the same Ctrl-C and ends by itself


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
