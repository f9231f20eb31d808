"""The plan as a pure function: what the source holds, what the ledger knows, and the recipe."""

from dataclasses import replace

import pytest

from wekadocs_assets.core import ids
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Collection, Failure, LedgerEntry, Scan, SourceFile, Unreadable
from wekadocs_assets.core.planning.plan import Intake, plan
from wekadocs_assets.core.recipe import IndexId, Recipe

INDEX = IndexId("edge", "model.c128", "points-1")
RECIPE = Recipe("vocabulary", "artifacts", (INDEX,))
SCANNED = 1_000_000


def file(uri: str, mtime: int = SCANNED - 100, size: int = 10) -> SourceFile:
    return SourceFile(uri, uri, size, mtime * 10**9)


def entry(uri: str, content: str, recipe: Recipe = RECIPE, scanned_at: int = SCANNED - 10) -> LedgerEntry:
    """A document that came through whole."""
    checksum = ids.checksum(content)
    return LedgerEntry(
        document_id=ids.document_id("t", uri), tag="t", source_uri=uri, partition_key=ids.partition_key("t", uri), checksum=checksum, size=10, mtime_ns=file(uri).mtime_ns, scanned_at=scanned_at,
        parse_fingerprint=recipe.parse(uri, checksum), parse_output="parsed", extract_fingerprint=recipe.extract("parsed"), extract_output="extracted",
        graph_fingerprint=recipe.graph("parsed", "extracted"), vector_fingerprints={i.name: recipe.points(i, "parsed") for i in recipe.indexes},
    )  # fmt: skip


def make(files: dict[str, str], ledger=(), unreadable=(), complete=True, finished="", recipe=RECIPE, **options):
    scan = Scan(files=tuple(file(uri) for uri in files), unreadable=tuple(unreadable), complete=complete)
    intake = Intake(
        collection=Collection(tag="t", root="/docs", finished_ingest_id=finished),
        scan=scan,
        ledger=ledger,
        recipe=recipe,
        scanned_at=SCANNED,
    )
    checksums = {uri: ids.checksum(content) for uri, content in files.items()}
    return plan(intake, {f.source_uri: checksums[f.source_uri] for f in intake.files_to_read(verify=True)}, **options)


def changes(made) -> dict[str, str]:
    return {document.source_uri: document.change for document in made.documents}


def test_documents_without_a_ledger_entry_are_new():
    assert changes(make({"a.md": "A", "b.md": "B"})) == {"a.md": "new", "b.md": "new"}


def test_equal_bytes_and_recipe_are_unchanged_and_other_bytes_are_changed():
    made = make({"a.md": "A", "b.md": "B2"}, [entry("a.md", "A"), entry("b.md", "B")])
    assert changes(made) == {"a.md": "unchanged", "b.md": "changed"}
    assert made.counts()["unchanged"] == 1 and not made.nothing_to_do


def test_nothing_to_do_means_no_work_and_no_deletion():
    assert make({"a.md": "A"}, [entry("a.md", "A")]).nothing_to_do
    assert not make({"a.md": "A"}, [entry("a.md", "A"), entry("b.md", "B")]).nothing_to_do


@pytest.mark.parametrize(
    "part",
    [
        {"vocabulary": "another"},
        {"artifact_store_id": "another"},
        {"indexes": (replace(INDEX, embedding_version="model.c64"),)},
        {"indexes": (replace(INDEX, store="qdrant"),)},
        {"indexes": (replace(INDEX, store_id="points-2"),)},
        {"indexes": (INDEX, IndexId("neo4j", "model.c128", "points-3", replica=True))},
    ],
    ids=str,
)
def test_every_part_of_the_recipe_makes_documents_changed(part):
    other = replace(RECIPE, **part)
    assert changes(make({"a.md": "A"}, [entry("a.md", "A")], recipe=other)) == {"a.md": "changed"}


def test_the_same_bytes_under_a_new_name_are_renamed_and_the_old_name_is_purged_not_deleted():
    made = make({"new.md": "A"}, [entry("old.md", "A")])
    assert [(d.change, d.renamed_from) for d in made.documents] == [("renamed", "old.md")]
    assert made.deleted == () and made.purge == [ids.document_id("t", "old.md")]


def test_one_lost_document_explains_one_new_name_only():
    made = make({"x.md": "A", "y.md": "A"}, [entry("old.md", "A")])
    assert sorted(changes(made).values()) == ["new", "renamed"]


def test_a_document_that_is_gone_is_deleted_unless_the_scan_was_partial_or_deleting_is_off():
    ledger = [entry("a.md", "A"), entry("b.md", "B")]
    assert [e.source_uri for e in make({"a.md": "A"}, ledger).deleted] == ["b.md"]
    assert make({"a.md": "A"}, ledger, complete=False).deleted == ()
    assert make({"a.md": "A"}, ledger, delete=False).deleted == ()


def test_unreadable_is_never_absent():
    made = make({"a.md": "A"}, [entry("a.md", "A"), entry("b.md", "B")], [Unreadable("b.md", "no permission")])
    assert made.deleted == () and [u.source_uri for u in made.unreadable] == ["b.md"]


def test_a_root_that_lost_everything_is_refused():
    with pytest.raises(ConfigurationError, match="1 of 1 documents"):
        make({}, [entry("a.md", "A")])
    assert len(make({}, [entry("a.md", "A")], allow_mass_delete=True).deleted) == 1


def test_losing_more_than_half_of_more_than_twenty_is_refused():
    ledger = [entry(f"{n}.md", str(n)) for n in range(21)]
    with pytest.raises(ConfigurationError, match="11 of 21"):
        make({f"{n}.md": str(n) for n in range(10)}, ledger)
    assert len(make({f"{n}.md": str(n) for n in range(11)}, ledger).deleted) == 10
    assert len(make({"0.md": "0"}, ledger[:20]).deleted) == 19


def test_a_permanent_failure_is_failing_until_its_bytes_or_the_recipe_change():
    failure = Failure(
        stage="parsed_documents",
        error="broken",
        hint="mend it",
        permanent=True,
        checksum=ids.checksum("A"),
        recipe=RECIPE.digest,
    )
    failed = LedgerEntry(
        document_id=ids.document_id("t", "a.md"),
        tag="t",
        source_uri="a.md",
        partition_key="t/a.md",
        checksum=ids.checksum("A"),
        failure=failure,
    )
    assert changes(make({"a.md": "A"}, [failed])) == {"a.md": "failing"}
    assert changes(make({"a.md": "B"}, [failed])) == {"a.md": "changed"}
    assert changes(make({"a.md": "A"}, [failed], recipe=replace(RECIPE, vocabulary="x"))) == {"a.md": "changed"}
    retried = replace(failed, failure=replace(failure, permanent=False))
    assert changes(make({"a.md": "A"}, [retried])) == {"a.md": "changed"}


def test_size_and_mtime_settle_a_file_only_when_it_was_old_at_the_scan_that_recorded_it():
    def files_to_read(scanned_at: int, **facts) -> list[SourceFile]:
        scan = Scan(files=(replace(file("a.md"), **facts),))
        return Intake(
            collection=Collection(tag="t", root="/docs"),
            scan=scan,
            ledger=[entry("a.md", "A", scanned_at=scanned_at)],
            recipe=RECIPE,
            scanned_at=SCANNED,
        ).files_to_read()

    assert files_to_read(SCANNED - 98) == []
    assert len(files_to_read(SCANNED - 99)) == 1, "touched one second before it was recorded"
    assert len(files_to_read(SCANNED, size=11)) == 1
    assert len(files_to_read(SCANNED, mtime_ns=file("a.md").mtime_ns + 1)) == 1


def test_the_digest_tells_four_states_of_a_b_a_b_apart():
    digests = set()
    for finished, content in (("", "A"), ("1", "B"), ("2", "A"), ("3", "B")):
        digests.add(make({"a.md": content}, [entry("a.md", "other")], finished=finished).digest)
    assert len(digests) == 4
