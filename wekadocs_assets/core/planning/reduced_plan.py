"""A plan reduced to a part of its documents: those that were asked for, or those that still need work.

A further way to reduce a plan belongs here. How a plan is made is in plan.py; how many documents a watcher admits is in
core/watching/admission.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Unreadable
from wekadocs_assets.core.planning.plan import Plan, tag_of


def restrict_to(plans: Sequence[Plan], partition_keys: Sequence[str]) -> list[Plan]:
    """Restricts the plans to these documents, without deletions; a key that no plan contains becomes unreadable."""
    wanted = set(partition_keys)
    held = {d.partition_key for plan in plans for d in plan.documents}
    chosen = []
    for plan in plans:
        reasons = {ids.partition_key(plan.tag, item.source_uri): item for item in plan.unreadable}
        absent = (key for key in sorted(wanted - held) if tag_of(key) == plan.tag)
        lost = [reasons.get(key) or Unreadable(key, "no such document in the source") for key in absent]
        documents = tuple(d for d in plan.documents if d.partition_key in wanted)
        if documents or lost:
            chosen.append(replace(plan, partial=True, documents=documents, deleted=(), unreadable=tuple(lost)))
    return chosen


def intersect(fresh: Plan, planned: Plan) -> Plan:
    """Returns the changes of `planned` that `fresh`, a newer plan of the collection, still contains."""
    wanted = {(document.partition_key, document.checksum) for document in planned.work}
    gone = {entry.document_id for entry in planned.deleted}
    return replace(
        fresh,
        partial=fresh.partial or planned.partial,
        documents=tuple(d for d in fresh.documents if (d.partition_key, d.checksum) in wanted),
        deleted=tuple(entry for entry in fresh.deleted if entry.document_id in gone),
    )
