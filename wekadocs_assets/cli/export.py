"""`ingestctl export`: writes the content of the stores as Parquet files, and compares two exports."""

from __future__ import annotations

from pathlib import Path

import click

from wekadocs_assets.app import bootstrap
from wekadocs_assets.cli.output import console, data
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.reports.export import COLUMNS, tables

LEAST_COSINE = 0.99999
"""Vectors with a lower cosine differ. Equal texts encoded in another batch differ in the last bits only."""
MOST_LISTED = 5


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--compare", type=click.Path(path_type=Path), help="Compare with this earlier export; exit 1 if they differ."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")
def command(folder: Path, compare: Path | None, as_json: bool) -> int:
    """Write documents, sections, chunks, entities, mentions, relationships and points to FOLDER as Parquet."""
    if compare and not (compare / "documents.parquet").is_file():
        raise ConfigurationError(f"{compare}: no export in it", "name a folder that `ingestctl export` wrote")
    rows = write(folder)
    differences = _differences(folder, compare) if compare else {}
    if as_json:
        data({"folder": str(folder), "rows": rows, "differences": differences})
    else:
        for name, count in rows.items():
            console().print(f"{name}: {count} rows", markup=False)
        for name, found in differences.items():
            console().print(f"{name} differs: {found}", markup=False)
    return 1 if differences else 0


def write(folder: Path) -> dict[str, int]:
    """Writes all tables to the folder, and returns the number of rows by table."""
    import pandas

    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, rows in tables(bootstrap.open_reader(read_settings())):
        frame = pandas.DataFrame(rows, columns=list(COLUMNS[name]))
        frame.to_parquet(folder / f"{name}.parquet", index=False)
        written[name] = len(frame)
    return written


def _differences(ours: Path, theirs: Path) -> dict[str, dict]:
    """Differences between two exports by table; tables without a difference are left out."""
    import pandas

    found = {}
    for name in COLUMNS:
        pair = [pandas.read_parquet(side / f"{name}.parquet") for side in (ours, theirs)]
        if difference := _difference(*pair):
            found[name] = difference
    return found


def _difference(ours, theirs) -> dict:
    """Rows that only one side has, compared without their vectors, and the lowest cosine of rows that both have."""
    sides = [{_row(row): row.get("vector") for row in frame.to_dict("records")} for frame in (ours, theirs)]
    here, there = sides
    result = {}
    if lost := there.keys() - here.keys():
        result["missing"] = {"rows": len(lost), "first": sorted(lost)[:MOST_LISTED]}
    if extra := here.keys() - there.keys():
        result["extra"] = {"rows": len(extra), "first": sorted(extra)[:MOST_LISTED]}
    cosines = [_cosine(here[key], there[key]) for key in here.keys() & there.keys() if here[key] is not None]
    if cosines and min(cosines) < LEAST_COSINE:
        result["vectors"] = {"rows": sum(c < LEAST_COSINE for c in cosines), "worst_cosine": min(cosines)}
    return result


def _row(row: dict) -> str:
    return " ".join(str(list(v) if hasattr(v, "tolist") else v) for name, v in row.items() if name != "vector")


def _cosine(one, other) -> float:
    import numpy

    return float(numpy.dot(one, other) / (numpy.linalg.norm(one) * numpy.linalg.norm(other)))
