"""When a change in a watched folder counts, whatever the clock does and however many changes there are."""

from dataclasses import replace

import pytest

from wekadocs_assets.core import ids
from wekadocs_assets.core.models import Collection, Failure, LedgerEntry, Scan, SourceFile, Unreadable
from wekadocs_assets.core.planning.plan import Intake, Plan, plan
from wekadocs_assets.core.recipe import IndexId, Recipe
from wekadocs_assets.core.watching.quiet_period import (
    MOST_WATCHED,
    UNMARKED_SECONDS,
    Rule,
    Sighting,
    Watch,
    forget_requested,
    limit_plan,
    listing_of,
    observe,
    run_key,
    unmarked_now,
)  # fmt: skip

NOW = 1_700_000_000.0
RECIPE = Recipe("vocabulary", "artifacts", (IndexId("edge", "model.c128", "points-1"),))
FOLDER, SPOOL = Rule("folder", 5.0), Rule("spool", 5.0)


def file(uri: str, size: int = 10, mtime: float = NOW - 1000) -> SourceFile:
    return SourceFile(uri, uri, size, int(mtime * 1e9))


def entry(uri: str) -> LedgerEntry:
    """Of a file as `file` makes it, in as it stands."""
    checksum, name = ids.checksum(uri), RECIPE.indexes[0]
    return LedgerEntry(
        document_id=ids.document_id("t", uri), tag="t", source_uri=uri, partition_key=ids.partition_key("t", uri), checksum=checksum, size=10, mtime_ns=file(uri).mtime_ns, scanned_at=int(NOW),
        parse_fingerprint=RECIPE.parse(uri, checksum), parse_output="parsed", extract_fingerprint=RECIPE.extract("parsed"), extract_output="extracted",
        graph_fingerprint=RECIPE.graph("parsed", "extracted"), vector_fingerprints={name.name: RECIPE.points(name, "parsed")},
    )  # fmt: skip


class Looks:
    """One look after the other at the same collection; each says which changes count."""

    def __init__(self, rule: Rule, *known: str) -> None:
        self.rule, self.ledger, self.watch = rule, [entry(uri) for uri in known], Watch()

    def __call__(self, at: float, *files: SourceFile | str, **found) -> set[str]:
        """at: seconds after NOW. Known files are there unless their name is given with a minus."""
        gone = {name[1:] for name in files if isinstance(name, str)}
        given = {f.source_uri: f for f in files if isinstance(f, SourceFile)}
        there = {e.source_uri: file(e.source_uri) for e in self.ledger if e.source_uri not in gone} | given
        scan = Scan(files=tuple(there[uri] for uri in sorted(there)), **found)
        ripe, self.watch = observe(scan, self.ledger, self.watch, self.rule, NOW + at)
        counted = {f.source_uri for f in ripe.files} - {
            e.source_uri for e in self.ledger if there.get(e.source_uri) == file(e.source_uri)
        }
        return counted | {f"-{uri}" for uri in gone - ripe.postponed}


def test_a_file_counts_when_it_was_the_same_for_a_while():
    look = Looks(FOLDER, "a.md")
    assert look(0, file("b.md")) == set()
    assert look(4, file("b.md")) == set()
    assert look(5, file("b.md")) == {"b.md"}


def test_a_file_that_grows_is_left_alone_until_it_is_whole():
    look = Looks(FOLDER)
    for second in range(60):
        assert look(second, file("b.md", size=second, mtime=NOW + second)) == set()
    assert look(64, file("b.md", size=59, mtime=NOW + 59)) == {"b.md"}


def test_a_document_that_is_gone_counts_when_it_was_gone_for_a_while():
    look = Looks(FOLDER, "a.md", "b.md")
    assert look(0, "-b.md") == set()
    assert look(3) == set() and look(4, "-b.md") == set(), "it was there in between"
    assert look(9, "-b.md") == {"-b.md"}


def test_both_names_of_a_moved_document_count_at_once():
    look = Looks(FOLDER, "a.md")
    assert look(0, "-a.md", file("b.md")) == set()
    assert look(5, "-a.md", file("b.md")) == {"-a.md", "b.md"}


def test_of_a_partial_scan_nothing_is_gone():
    look = Looks(FOLDER, "a.md")
    look(0, "-a.md", complete=False)
    assert look.watch.seen == {}


def test_unreadable_is_never_gone():
    look = Looks(FOLDER, "a.md")
    look(0, "-a.md", unreadable=(Unreadable("a.md", "no permission"),))
    assert look.watch.seen == {}


@pytest.mark.parametrize("back", [1, 3600, 10**8])
def test_a_clock_that_goes_back_starts_the_wait_again_and_loses_nothing(back):
    look = Looks(FOLDER)
    assert look(0, file("b.md")) == set()
    assert look(-back, file("b.md")) == set()
    assert look(-back + 5, file("b.md")) == {"b.md"}


def test_an_idle_look_is_due_again_after_a_while_or_when_the_clock_went_back():
    scan = Scan(files=(file("a.md"),))
    watch = Watch(listing=listing_of(scan), again_at=NOW + 300)
    assert watch.is_idle(listing_of(scan), NOW, 300)
    assert not watch.is_idle(listing_of(scan), NOW + 300, 300)
    assert not watch.is_idle(listing_of(scan), NOW - 10, 300)
    assert not watch.is_idle(listing_of(Scan(files=(file("a.md", size=11),))), NOW, 300)
    assert not Watch().is_idle(listing_of(Scan(files=())), NOW, 300)


def test_what_is_remembered_is_bounded_and_every_change_has_its_turn():
    look, count = Looks(FOLDER), 3 * MOST_WATCHED
    waiting = {f"{number:06d}.md": file(f"{number:06d}.md") for number in range(count)}
    at = 0.0
    while waiting:
        ready = look(at, *waiting.values())
        assert len(look.watch.seen) <= MOST_WATCHED and len(ready) <= FOLDER.most
        look.ledger += [entry(uri) for uri in ready]
        for uri in ready:
            del waiting[uri]
        at += 5
    assert at < 100


def test_a_renamed_folder_comes_in_whole_and_then_its_old_names_go():
    names = [f"{number:05d}.md" for number in range(2 * MOST_WATCHED + 100)]
    look = Looks(FOLDER, *(f"old/{name}" for name in names))
    new, at, gone = {f"new/{name}": file(f"new/{name}") for name in names}, 0.0, set()
    waiting = dict(new)
    while waiting:
        ready = look(at, *(f"-old/{name}" for name in names), *new.values())
        assert not any(uri.startswith("-") for uri in ready) or ready >= waiting.keys(), (
            "an old name went before a new one came"
        )
        gone |= {uri for uri in ready if uri.startswith("-")}
        look.ledger += [entry(uri) for uri in ready if uri in waiting]
        waiting = {uri: found for uri, found in waiting.items() if uri not in ready}
        at += 5
    assert at < 60
    look(at, *(f"-old/{name}" for name in names), *new.values())
    assert len(look(at + 5, *(f"-old/{name}" for name in names), *new.values())) == MOST_WATCHED


def test_what_counts_and_was_not_admitted_counts_at_the_next_look_too():
    look = Looks(FOLDER)
    look(0, file("b.md"))
    assert look(5, file("b.md")) == look(6, file("b.md")) == {"b.md"}


def test_a_file_that_never_rests_keeps_no_deletion_back():
    look = Looks(FOLDER, "a.md", "b.md")
    for second in range(6):
        ready = look(second, "-a.md", file("log.md", size=second))
    assert ready == {"-a.md"}


def test_where_writers_rename_a_name_says_that_a_document_is_whole():
    look = Looks(Rule("part", 5.0), "a.md")
    assert look(0, file("b.md"), "-a.md") == {"b.md"}


def test_in_a_spool_a_document_counts_with_its_marker_alone():
    look = Looks(SPOOL, "a.md")
    for at in (0, 100, UNMARKED_SECONDS - 1):
        assert look(at, file("b.md")) == set()
    assert look(UNMARKED_SECONDS - 1, file("b.md"), marked=frozenset({"b.md"})) == {"b.md"}


def test_in_a_spool_the_order_of_marker_and_document_does_not_matter():
    look = Looks(SPOOL)
    assert look(0, marked=frozenset({"b.md"})) == set()
    assert look(1, file("b.md"), marked=frozenset({"b.md"})) == {"b.md"}


def test_in_a_spool_a_changed_document_needs_a_new_marker():
    look = Looks(SPOOL, "a.md")
    assert look(0, file("a.md", size=11)) == set()
    assert look(1, file("a.md", size=11), marked=frozenset({"a.md"})) == {"a.md"}


def test_in_a_spool_a_part_that_got_its_name_counts():
    look = Looks(SPOOL)
    look(0, parts=frozenset({"b.md"}))
    assert look(1, file("b.md"), parts=frozenset({"b.md"})) == set(), "another is being written"
    assert look(2, file("b.md")) == {"b.md"}
    assert look(3, file("b.md")) == {"b.md"}, "until it is in"
    look.ledger.append(entry("b.md"))
    look(4)
    assert look.watch.parts == frozenset()


def test_a_forgotten_marker_loses_nothing():
    look = Looks(SPOOL)
    look(0, file("b.md"))
    assert look(UNMARKED_SECONDS, file("b.md")) == {"b.md"}


def test_in_a_spool_what_is_gone_needs_no_marker():
    look = Looks(SPOOL, "a.md", "b.md")
    look(0, "-a.md")
    assert look(5, "-a.md") == {"-a.md"}


def made(scan: Scan, ledger=(), finished: str = "") -> Plan:
    intake = Intake(
        collection=Collection(tag="t", root="/docs", finished_ingest_id=finished),
        scan=scan,
        ledger=ledger,
        recipe=RECIPE,
        scanned_at=int(NOW),
    )
    return plan(intake, {f.source_uri: ids.checksum(f"{f.source_uri}{f.size}") for f in intake.files_to_read()})


def test_what_waits_is_neither_planned_nor_deleted():
    ledger = [entry("a.md"), entry("b.md")]
    found = made(Scan(files=(file("a.md"),), postponed=frozenset({"b.md", "c.md"})), ledger)
    assert found.deleted == () and {d.source_uri for d in found.documents} == {"a.md"}


def test_the_first_documents_come_in_without_deletions_and_the_last_with_them():
    scan = Scan(files=tuple(file(f"{n}.md") for n in range(5)))
    ledger = [replace(entry(f"{n}.md"), size=9) for n in range(5)] + [entry("gone.md")]
    whole = made(scan, ledger)
    first = limit_plan(whole, 3)
    assert [d.source_uri for d in first.documents] == ["0.md", "1.md", "2.md"] and first.partial and not first.deleted
    rest = limit_plan(whole, 5)
    assert len(rest.documents) == 5 and not rest.partial and len(rest.deleted) == 1


def test_a_page_that_failed_for_good_is_not_tried_again():
    checksum = ids.checksum("bad.md10")
    failure = Failure(
        stage="parsed_documents", error="no", hint="", permanent=True, checksum=checksum, recipe=RECIPE.digest
    )
    bad = replace(entry("bad.md"), checksum=checksum, failure=failure)
    found = made(Scan(files=(file("bad.md"),)), [bad])
    assert found.work and limit_plan(found, 10).nothing_to_do


def test_the_key_of_a_run_is_that_of_its_work_and_state():
    scan = Scan(files=(file("a.md", size=11),))
    key = run_key(made(scan), Watch())
    assert key == run_key(made(scan), Watch(seen={}, listing="x"))
    others = [
        run_key(made(scan, finished="1"), Watch()),
        run_key(made(scan), Watch(tries=1)),
        run_key(made(Scan(files=(file("a.md", size=12),))), Watch()),
    ]
    assert len({key, *others}) == 4


def test_a_marker_has_done_its_work_when_its_document_is_in():
    scan = Scan(files=(file("a.md"), file("b.md")), marked=frozenset({"a.md", "b.md", "absent.md"}))
    assert [f.source_uri for f in unmarked_now(scan, made(scan, [entry("a.md")]))] == ["a.md"]


def test_what_an_ingest_was_requested_for_is_watched_no_more_and_the_try_counts():
    found = made(Scan(files=(file("a.md", size=11),)), [entry("a.md"), entry("gone.md")])
    seen = {uri: Sighting(11, 1, NOW) for uri in ("a.md", "gone.md", "later.md")}
    after = forget_requested(Watch(listing="x", tries=2, seen=seen), found)
    assert after.seen.keys() == {"later.md"} and (after.tries, after.listing) == (3, "x")
