"""Writes the generated parts of the documentation: `make docs`.

A page holds a block between `<!-- generated: NAME -->` and `<!-- end -->`; BLOCKS names the function that makes it.
docs/configuration.md is generated as a whole. Text that code does not know is written by hand, outside the blocks.
"""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
EXIT_CODES = {
    0: "success",
    1: "the command ran, but a document failed, a check failed, or the index is not ready for queries",
    2: "wrong usage or configuration",
    3: "a required service cannot be reached",
    4: "another process uses the data folder or the collection",
    130: "interrupted by Ctrl-C or SIGTERM",
}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("\n", " ").strip() for cell in line) + " |\n" for line in lines)


def verbs() -> str:
    from wekadocs_assets.cli.main import VERBS

    return table(("verb", "what it does", "options"), [(*_usage(verb), _options(verb)) for verb in VERBS])


def _command(verb: str) -> click.Command:
    return importlib.import_module(f"wekadocs_assets.cli.{verb}").command


def _usage(verb: str) -> tuple[str, str]:
    from wekadocs_assets.cli.main import VERBS

    command = _command(verb)
    pieces = command.collect_usage_pieces(click.Context(command))
    arguments = " ".join(piece for piece in pieces if piece != "[OPTIONS]")
    return f"`ingestctl {verb} {arguments}`".replace(" `", "`"), VERBS[verb]


def _options(verb: str) -> str:
    options = [p for p in _command(verb).params if isinstance(p, click.Option) and not p.hidden]
    return ", ".join(f"`{max(option.opts, key=len)}`" for option in options)


def exit_codes() -> str:
    from wekadocs_assets.cli.main import INTERRUPTED
    from wekadocs_assets.core import errors

    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.WekadocsError)]
    codes = {0, INTERRUPTED, *(c.exit_code for c in classes)}
    return table(("exit code", "meaning"), [(f"`{code}`", EXIT_CODES[code]) for code in sorted(codes)])


def assets() -> str:
    from wekadocs_assets.definitions import defs

    graph = defs.resolve_asset_graph()
    rows = []
    for key in graph.toposorted_asset_keys:
        node = graph.get(key)
        parents = ", ".join(f"`{parent.to_user_string()}`" for parent in sorted(node.parent_keys))
        by = "by document" if node.partitions_def else ""
        rows.append((f"`{key.to_user_string()}`", by, parents, first_line(node.description)))
    return table(("asset", "partitioned", "depends on", "what it does"), rows)


def schedules_and_sensors() -> str:
    from wekadocs_assets.definitions import defs

    repository = defs.get_repository_def()
    rows = [(f"`{job.name}`", "job", first_line(job.description)) for job in _jobs(repository)]
    rows += [(f"`{one.name}`", "schedule", first_line(one.description)) for one in repository.schedule_defs]
    rows += [(f"`{one.name}`", "sensor", first_line(one.description)) for one in repository.sensor_defs]
    return table(("name", "kind", "what it does"), sorted(rows, key=lambda row: (row[1], row[0])))


def _jobs(repository):
    return [job for job in repository.get_all_jobs() if not job.name.startswith("__")]


def stages() -> str:
    from wekadocs_assets.core.jobs.states import STAGE_OF, WEIGHTS

    asset_of = {stage: f"`{asset}`" for asset, stage in STAGE_OF.items()}
    rows = [(f"`{name}`", str(weight), asset_of.get(name, "")) for name, weight in WEIGHTS.items()]
    return table(("stage", "percent", "asset"), rows)


def metrics() -> str:
    from wekadocs_assets.mcp_server.metrics import Metrics

    rows = []
    for family in Metrics().registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        rows.append((f"`{name}`", family.type, family.documentation))
    return table(("metric", "type", "meaning"), rows)


def tools() -> str:
    from mcp.server.mcpserver import MCPServer

    from wekadocs_assets.mcp_server.read_only_tools import add_tools

    server = MCPServer("docs")
    add_tools(server, None)
    rows = []
    for tool in asyncio.run(server.list_tools()):
        parameters = ", ".join(f"`{name}`" for name in tool.input_schema.get("properties", {}))
        rows.append((f"`{tool.name}`", parameters, first_line(tool.description)))
    return table(("tool", "parameters", "answer"), rows)


def first_line(text: str | None) -> str:
    """The first sentence of a description, on one line."""
    paragraph = " ".join((text or "").strip().split("\n\n")[0].split())
    return re.split(r"(?<=[.!?]) ", paragraph)[0]


BLOCKS: dict[str, Callable[[], str]] = {
    "verbs": verbs,
    "exit-codes": exit_codes,
    "assets": assets,
    "jobs": schedules_and_sensors,
    "stages": stages,
    "metrics": metrics,
    "tools": tools,
}


def pages() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def regenerated(path: Path) -> str:
    """The text of a page with its blocks as the code gives them now."""
    if path == ROOT / "docs" / "configuration.md":
        from wekadocs_assets.config.page import page

        return page()
    return BLOCK.sub(lambda m: m[1] + BLOCKS[m["name"]]() + m[3], path.read_text("utf-8"))


if __name__ == "__main__":
    for page in pages():
        text = regenerated(page)
        if text != page.read_text("utf-8"):
            page.write_text(text, "utf-8")
            print(f"{page.relative_to(ROOT)} written", file=sys.stderr)
