"""The whole pipeline into different stores: after every change of the documents their exports are equal."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from servers.access import Neo4jAccess
from servers.s3 import S3Server

if TYPE_CHECKING:
    from conftest import Home

SAMPLES = Path(__file__).parents[2] / "samples"
NewHome = Callable[[Path, Path], "Home"]
"""Of a folder for everything, and documents that are copied into it."""
TABLES = ("documents", "sections", "chunks", "entities", "mentions", "relationships", "points")


def as_it_is(docs: Path) -> None:
    pass


def change(docs: Path) -> None:
    """A rename and a deletion; in every other page a block goes and one moves; a page is new, and one cannot be read."""
    (docs / "web" / "architecture.html").unlink()
    chance = random.Random(5)
    for page in sorted(set(docs.rglob("*.md")) - {docs / "cli-reference.md"}):
        head, *blocks = page.read_text().split("\n\n")
        blocks.pop(chance.randrange(len(blocks)))
        blocks.append(blocks.pop(chance.randrange(len(blocks))))
        page.write_text("\n\n".join([head, *blocks]) + "\n")
    (docs / "cli-reference.md").rename(docs / "operations" / "command reference é.md")
    (docs / "new.md").write_text("# New\n\nSee [it](getting-started.md#terms).\n\n## More\n\nRun `tidegate up`.\n")
    (docs / "bad.md").write_bytes(b"# Bad\n\n\xff\xfe\x00 no text\n")


STEPS = {"as it is": as_it_is, "changed": change}
"""What is done to the documents before they are ingested."""


@dataclass(frozen=True)
class Step:
    """told: what the ingest said it did. rows: of the export, by table."""

    exit_code: int
    told: dict[str, Any]
    rows: dict[str, int]
    differences: dict[str, Any]


def carried_out(home: Home, yardstick: Path | None = None) -> Iterator[tuple[str, Step]]:
    """Changes, ingests and exports step by step; differences: from the yardstick's export of that step."""
    for name, make_change in STEPS.items():
        make_change(home.docs)
        exit_code, result = home.ingest("--tag", "docs")
        compare = ["--compare", str(yardstick / name)] if yardstick else []
        done = home.ingestctl("export", str(home.folder / name), "--json", *compare)
        assert done.stdout, done.stderr
        export = json.loads(done.stdout)
        yield name, Step(exit_code, told(result), export["rows"], export["differences"])


def told(result: dict[str, Any]) -> dict[str, Any]:
    errors = [(error["source_uri"], error["stage"], error["error"]) for error in result["errors"]]
    return {"documents": result["documents"], "chunks": result["chunks"], "errors": errors}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, new_home: NewHome) -> tuple[Path, dict[str, Step]]:
    """Ladybug and edge: where their exports lie, and what happened."""
    home = new_home(tmp_path_factory.mktemp("embedded"), SAMPLES)
    return home.folder, dict(carried_out(home))


@pytest.mark.slow
def test_the_steps_are_what_they_are_meant_to_be(embedded: tuple[Path, dict[str, Step]]) -> None:
    _, steps = embedded
    assert [steps[name].exit_code for name in STEPS] == [0, 1], "there is a bad page among the changes"
    assert all(step.rows[table] for step in steps.values() for table in TABLES)
    counted = [steps[name].told["documents"] for name in STEPS]
    kinds = ("ingested", "renamed", "deleted", "failed")
    assert [tuple(count[kind] for kind in kinds) for count in counted] == [(5, 0, 0, 0), (3, 1, 1, 1)]


@pytest.mark.slow
@pytest.mark.parametrize("vectors", ["edge", "neo4j"])
def test_exports_stay_equal_whatever_stores_hold_the_documents(
    vectors: str,
    embedded: tuple[Path, dict[str, Step]],
    new_home: NewHome,
    tmp_path: Path,
    neo4j_bare: Neo4jAccess,
    s3_server: S3Server,
) -> None:
    """The graph in Neo4j; with the vectors beside it there and the artifacts in S3, nothing is left in the data folder."""
    environment = {"NEO4J_URI": neo4j_bare.uri, "NEO4J_USER": neo4j_bare.user, "NEO4J_PASSWORD": neo4j_bare.password}
    environment |= {"NEO4J_DATABASE": neo4j_bare.database, "VECTORS": vectors}
    if vectors == "neo4j":
        bucket = s3_server.make_bucket("pipeline")
        environment |= s3_server.environment | {"ARTIFACTS_URL": f"{bucket}/artifacts"}
    home = new_home(tmp_path, SAMPLES)
    yardstick, steps = embedded
    for name, step in carried_out(replace(home, environment=home.environment | environment), yardstick):
        assert step == replace(steps[name], differences={}), name
    if vectors == "neo4j":
        assert not {"artifacts", "graph.lbug", "vectors"} & {path.name for path in (tmp_path / "data").iterdir()}
