"""Ctrl-C and SIGTERM within a run: the batch in hand is finished and recorded, then the run ends; a second one ends it at once."""

import os
import signal
import threading
import time

import dagster as dg
import pytest

from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.planning.record import load_record
from wekadocs_assets.core.stages import embed
from wekadocs_assets.defs import assets, interrupts

INTERRUPTS = pytest.mark.parametrize("number", interrupts.SIGNALS, ids=lambda number: number.name)


@INTERRUPTS
def test_the_item_in_hand_is_finished_and_none_is_begun(number):
    begun, had = [], []

    def work():
        for n in range(5):
            begun.append(n)
            if n == 2:
                os.kill(os.getpid(), number)
            yield n

    before = [signal.getsignal(each) for each in interrupts.SIGNALS]
    with pytest.raises(dg.DagsterExecutionInterruptedError):
        for item in interrupts.batchwise(work()):
            had.append(item)  # noqa: PERF402 - the items before the interrupt are what is tested
    assert begun == had == [0, 1, 2]
    assert [signal.getsignal(each) for each in interrupts.SIGNALS] == before


def test_a_second_interrupt_ends_it_at_once():
    def work():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("it went on")
        yield 0

    with pytest.raises(dg.DagsterExecutionInterruptedError, match="twice"):
        next(interrupts.batchwise(work()))


def test_an_interrupt_after_the_last_item_counts_too():
    def work():
        yield 0
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(dg.DagsterExecutionInterruptedError):
        list(interrupts.batchwise(work()))


def test_without_an_interrupt_and_in_another_thread_nothing_changes():
    assert list(interrupts.batchwise(iter(range(3)))) == [0, 1, 2]
    found = []
    thread = threading.Thread(target=lambda: found.extend(interrupts.batchwise(iter(range(3)))))
    thread.start()
    thread.join()
    assert found == [0, 1, 2]


def test_what_is_watched_sees_interrupts_whoever_handles_them():
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with interrupts.watched() as came:
            assert not came() and not interrupts.interrupt_received()
            os.kill(os.getpid(), signal.SIGINT)
            assert came() and interrupts.interrupt_received() and came()
        assert not interrupts.interrupt_received()
    finally:
        signal.signal(signal.SIGINT, before)


def interrupted_at(place, monkeypatch, stage: str, *, asked_by_dagster: bool = False) -> dg.ExecuteInProcessResult:
    """A run that is interrupted as the first outcomes of the stage are told."""
    publish, sent = place.listener.publish, []

    def publish_and_interrupt(events):
        publish(events)
        if not sent and events and events[0].stage == stage:
            sent.append(stage)
            if asked_by_dagster:
                (run,) = place.instance.get_runs()
                place.instance.report_run_canceling(run)
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(place.listener, "publish", publish_and_interrupt)
        result = place.run()
    assert sent
    return result


def test_a_run_ends_after_the_batch_with_its_events_and_its_record(place, monkeypatch):
    for number in range(70):
        place.write(f"p{number}.md", str(number))
    result = interrupted_at(place, monkeypatch, "PARSING")
    assert not result.success
    assert len(place.materialized("parsed_documents")) == 50 and not place.materialized("extracted_entities")
    record = load_record(place.pipeline.artifacts, result.run_id, 0, "parsed_documents")
    assert [row.status for row in record.rows] == ["done"] * 50
    again = place.run()
    assert again.success
    assert place.statuses(again, "parsed_documents") == {"done": 20, "fresh": 50, "failed": 0, "blocked": 0}
    assert len(place.materialized("vector_points")) == 70


@pytest.mark.parametrize("stage", ["EXTRACTING", "GRAPHING", "EMBEDDING", "VECTORS"])
def test_a_run_that_dagster_was_asked_to_end_is_canceled_wherever_it_is(place, monkeypatch, stage):
    for number in range(3):
        place.write(f"p{number}.md", str(number))
    result = interrupted_at(place, monkeypatch, stage, asked_by_dagster=True)
    assert place.instance.get_run_by_id(result.run_id).status == dg.DagsterRunStatus.CANCELED
    assert place.run().success and len(place.materialized("vector_points")) == 3


def test_an_interrupt_that_nobody_asked_dagster_for_is_a_failed_run(place, monkeypatch):
    """As Dagster has it: a run whose machine is taken away is to be tried again."""
    place.write("a.md")
    result = interrupted_at(place, monkeypatch, "PARSING")
    run = place.instance.get_run_by_id(result.run_id)
    assert run.status == dg.DagsterRunStatus.FAILURE


def test_of_a_long_page_the_vectors_that_were_made_are_kept(place, monkeypatch):
    monkeypatch.setattr(embed, "SLICE", 4)
    words = "\n\n".join(f"Paragraph {n}. " + f"word{n} " * 90 for n in range(20))
    place.write("long.md", "Long", words)
    place.write("short.md", "Short")
    encoded: list[int] = []
    embedder = place.pipeline.indexes[0].embedder
    encode = type(embedder).encode

    def encode_and_interrupt(self, texts):
        encoded.append(len(texts))
        if len(encoded) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return encode(self, texts)

    with monkeypatch.context() as patch:
        patch.setattr(type(embedder), "encode", encode_and_interrupt)
        assert not place.run().success
        assert encoded == [4, 4, 4]
        assert not place.materialized("section_embeddings")
        encoded += [0]
        assert place.run().success
    chunks = place.pipeline.graph.counts()["nodes"]["Chunk"]
    assert sum(encoded) == chunks > 20 and max(encoded) <= 4
    assert len(place.materialized("section_embeddings")) == 2


def test_an_interrupt_ends_the_wait_before_another_try_at_once(place, monkeypatch):
    monkeypatch.setenv("RETRY_SECONDS", "3600")
    place.write("a.md")

    def away(pipeline, documents):
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        raise StoreUnavailable("the store is away")

    monkeypatch.setattr(assets, "parse_documents", away)
    begun = time.monotonic()
    assert not place.run().success
    assert time.monotonic() - begun < 60


@pytest.mark.slow
def test_deletions_stop_between_two_steps_and_go_on_next_time(place, monkeypatch):
    for number in range(6):
        place.write(f"p{number}.md", str(number))
    place.run()
    for number in range(3):
        (place.docs / f"p{number}.md").unlink()
    place.write("p5.md", "changed")
    purge = type(place.pipeline.graph).purge

    def purge_and_interrupt(self, document_ids):
        purge(self, document_ids)
        os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(type(place.pipeline.graph), "purge", purge_and_interrupt)
        result = place.run()
    assert not result.success
    record = load_record(place.pipeline.artifacts, result.run_id, 0, "collection_cleanup")
    assert sorted(record.purged) == ["p0.md", "p1.md", "p2.md"]
    assert place.run().success
    assert place.pipeline.graph.counts()["nodes"]["Document"] == 3
