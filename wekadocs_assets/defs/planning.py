"""source_documents' words to Dagster: the plan as metadata."""

import dagster as dg

from wekadocs_assets.core.ingest import Ingest

MOST_LISTED = 200


def plan_metadata(ingest: Ingest) -> dict[str, dg.MetadataValue | int | str]:
    listed = [f"| {d.change} | {d.tag} | {d.source_uri} |" for d in ingest.work[:MOST_LISTED]]
    listed += [f"| deleted | {e.tag} | {e.source_uri} |" for plan in ingest.plans for e in plan.deleted[:MOST_LISTED]]
    listed += [
        f"| unreadable: {u.reason} | {plan.tag} | {u.source_uri} |" for plan in ingest.plans for u in plan.unreadable
    ]
    table = "\n".join(["| change | collection | document |", "| --- | --- | --- |", *listed])
    return {
        "ingest_id": ingest.id,
        **ingest.counts(),
        "parts": ingest.parts,
        "plan": dg.MetadataValue.md(table if listed else "Nothing to do."),
    }
