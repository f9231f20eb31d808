"""`ingestctl show`: prints what the stores contain for one document."""

from __future__ import annotations

import sys
from collections import Counter

import click

from wekadocs_assets.app import bootstrap
from wekadocs_assets.cli.output import data
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.reports.stored_document import find, inspect


@click.command("show")
@click.argument("document")
@click.option("--tag", default="", help="The collection, if several contain a document with this path.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object to stdout.")
def command(document: str, tag: str, as_json: bool) -> int:
    """Show DOCUMENT (its path in the collection, or the end of it): sections, chunks, entities, ledger."""
    pipeline = bootstrap.open_reader(read_settings())
    found = inspect(pipeline, find(pipeline, document, tag))
    if as_json:
        data(found)
    else:
        sys.stdout.write(words(found))
    return 1 if found["ledger"]["failure"] else 0


def words(found: dict) -> str:
    """The document as an outline: title, sections with their numbers of chunks and mentions, and the last failure."""
    ledger, document = found["ledger"], found["document"]
    lines = [document["title"] if document else ledger["source_uri"], f"{ledger['tag']}: {ledger['source_uri']}", ""]
    kinds = {row["id"]: row["kind"] for row in found["entities"]}
    mentioned: dict[str, Counter[str]] = {}
    for mention in found["mentions"]:
        mentioned.setdefault(mention["section_id"], Counter())[kinds[mention["entity_id"]]] += 1
    chunks = Counter(chunk["section_id"] for chunk in found["chunks"])
    for section in found["sections"]:
        counts = ", ".join(f"{n} {kind}" for kind, n in sorted(mentioned.get(section["id"], Counter()).items()))
        indent = "  " * max(len(section["heading_path"]) - 1, 0)
        lines.append(f"{indent}{section['title']}  [{chunks[section['id']]} chunks{'; ' + counts if counts else ''}]")
    failure = ledger["failure"]
    if failure:
        lines += ["", f"failed in {failure['stage']}: {failure['error']}", f"hint: {failure['hint']}"]
    return "\n".join(lines) + "\n"
