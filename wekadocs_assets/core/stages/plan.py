"""Makes the plan of a collection: scan, read what is unsettled, compare with the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import BadDocument, ConfigurationError
from wekadocs_assets.core.intake import Intake, Plan, as_scanned, is_settled, plan
from wekadocs_assets.core.models import Collection, SourceFile, Unreadable
from wekadocs_assets.core.ports import GraphStore, Source
from wekadocs_assets.core.recipe import Recipe


def plan_collection(
    source: Source,
    graph: GraphStore,
    recipe: Recipe,
    collection: Collection,
    scanned_at: int,
    *,
    within: str = "",
    verify: bool = False,
    allow_mass_delete: bool = False,
    delete: bool = True,
) -> Plan:
    """within: a file or folder below the root, which makes the plan partial. No document at all: ConfigurationError."""
    scan = source.scan(within)
    ledger = graph.ledger(collection.tag)
    if not scan.files and not scan.unreadable and not ledger:
        raise ConfigurationError(
            f"{collection.root}: no document found in it",
            "documents are files that end in .md, .markdown, .html, .htm or .json",
        )
    intake = Intake(collection, scan, ledger, recipe, scanned_at)
    checksums = _checksums(source, intake.unsettled(verify=verify))
    return plan(intake, checksums, allow_mass_delete=allow_mass_delete, delete=delete)


def stat_changes(graph: GraphStore, made: Plan) -> int:
    """Writes the size and mtime of unchanged documents that were only touched, so that no scan reads them again."""
    ledger = {entry.document_id: entry for entry in graph.ledger(made.tag)}
    unchanged = made.with_change("unchanged")
    touched = [document for document in unchanged if not is_settled(document, ledger[document.document_id])]
    rows = [as_scanned(ledger[document.document_id], document) for document in touched]
    if rows:
        graph.write_ledger(rows)
    return len(rows)


def _checksums(source: Source, files: Sequence[SourceFile]) -> dict[str, str | Unreadable]:
    found: dict[str, str | Unreadable] = {}
    for file in files:
        try:
            found[file.source_uri] = ids.checksum(source.read(file.path))
        except BadDocument as error:
            found[file.source_uri] = Unreadable(file.source_uri, error.message, error.hint)
    return found
