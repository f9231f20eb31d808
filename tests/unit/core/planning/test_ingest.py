"""An ingest: its documents in parts, its counts, and how it is saved."""

from handmade_plans import entry, plan_of, planned

from wekadocs_assets.adapters.memory.artifacts import InMemoryArtifacts
from wekadocs_assets.core.planning.ingest import Ingest, load_ingest, save_ingest

FIVE = plan_of(*(planned(f"{n}.md") for n in range(5)), planned("same.md", "unchanged"))


def ingest(*plans, documents_per_part: int = 2) -> Ingest:
    return Ingest(id="ingest-1", plans=plans, documents_per_part=documents_per_part, started_at=1_000)


def test_the_parts_hold_every_document_with_work_once_and_in_order():
    made = ingest(FIVE)
    assert made.parts == 3
    assert [[d.source_uri for d in made.part(n)] for n in range(3)] == [["0.md", "1.md"], ["2.md", "3.md"], ["4.md"]]


def test_an_ingest_without_work_has_one_empty_part():
    nothing = ingest(plan_of(planned("same.md", "unchanged")))
    assert nothing.parts == 1 and nothing.part(0) == []
    assert Ingest.in_one_part("ingest-1", [], 1_000).parts == 1


def test_in_one_part_are_the_documents_of_all_plans():
    made = Ingest.in_one_part("ingest-1", [FIVE, plan_of(planned("a.md", tag="faq"), tag="faq")], 1_000)
    assert made.parts == 1 and len(made.part(0)) == 6


def test_counts_are_added_by_change_and_findings_are_said_once():
    other = plan_of(planned("a.md", "changed", tag="faq"), tag="faq", findings=("wiped", "replaced"))
    made = ingest(plan_of(planned("a.md"), planned("b.md", "changed"), findings=("wiped",)), other)
    counts = made.counts()
    assert (counts["new"], counts["changed"], counts["unchanged"]) == (1, 2, 0)
    assert made.findings == ["wiped", "replaced"]


def test_a_saved_ingest_is_loaded_without_its_unchanged_documents():
    store, plan = InMemoryArtifacts(), plan_of(*FIVE.documents, deleted=(entry("gone.md"),), touched=(entry("t.md"),))
    save_ingest(store, ingest(plan))
    loaded = load_ingest(store, "ingest-1")
    assert loaded.work == ingest(FIVE).work and loaded.parts == 3
    assert loaded.plans[0].deleted == plan.deleted and loaded.plans[0].touched == ()
    assert loaded.counts() == ingest(plan).counts()


def test_an_ingest_that_was_never_saved_is_none():
    assert load_ingest(InMemoryArtifacts(), "ingest-1") is None
