"""The order after all documents: every collection is purged and linked, then a switch is finished."""

import pytest
from memory_indexes import switching
from memory_pipeline import MemoryIndex

from wekadocs_assets.core.errors import StoreUnavailable
from wekadocs_assets.core.stages.clean_up import clean_up
from wekadocs_assets.core.stages.switch import activate_first_version

PAGES = {"a.md": b"# A\n\nSee [b](b.md).\n", "b.md": b"# B\n\nOf b.\n"}


@pytest.fixture
def index() -> MemoryIndex:
    made = MemoryIndex(dict(PAGES))
    activate_first_version(made.pipeline)
    made.run(made.planned())
    return made


def test_each_step_yields_its_result_and_the_switch_is_the_last(index):
    filling = switching(index)
    filling.run(filling.planned())
    del index.pages["b.md"]
    results = list(clean_up(filling.pipeline, filling.planned()))
    assert [result.purged for result in results] == [("b.md",), (), (), ()]
    assert results[-2].links["nowhere"] == 1
    assert [bool(result.versions_dropped) for result in results] == [False, False, False, True]


def test_a_switch_waits_while_a_document_is_not_in_the_target(index):
    filling = switching(index)
    *_, last = clean_up(filling.pipeline, filling.planned())
    assert last.switch_waits_for == ("docs: a.md", "docs: b.md")


def test_an_error_does_not_hide_the_steps_before_it(index):
    def away(tag):
        raise StoreUnavailable("away")

    del index.pages["b.md"]
    steps = clean_up(index.pipeline, index.planned())
    assert next(steps).purged == ("b.md",)
    index.graph.link_targets = away
    with pytest.raises(StoreUnavailable):
        list(steps)
