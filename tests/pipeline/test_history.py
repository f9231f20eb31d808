"""Whatever happened to documents, settings and stores: after an ingest the index is the one that a new one would be.

HISTORY_EXAMPLES=2000 makes that many histories instead of a few (of the slower kinds fewer): a run of minutes to hours.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from history_damage import DamagedHistory
from history_folder import Folder, Place
from history_index import EmbeddedIndex, InMemoryIndex, Knobs
from history_ingest import Asked, exported, ingest
from history_machine import History, asks, places
from history_mirrors import MirroredHistory
from history_model import Version, differences, from_scratch
from history_pages import Page, pages
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from wekadocs_assets.config.settings import Settings

EXAMPLES = int(os.environ.get("HISTORY_EXAMPLES", "0"))
PHASES = [phase for phase in Phase if EXAMPLES or phase not in (Phase.shrink, Phase.explain)]
"""A failure is made small only in the long form: that takes minutes for each."""
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@pytest.fixture(autouse=True, scope="module")
def plain_settings(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        patch.chdir(tmp_path_factory.mktemp("history"))
        yield


class InMemoryHistory(DamagedHistory):
    make_index = InMemoryIndex


class TwoStoresHistory(MirroredHistory):
    make_index = InMemoryIndex


class EmbeddedHistory(DamagedHistory):
    make_index = EmbeddedIndex


def run(machine: type[History], examples: int, steps: int) -> None:
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=SLOW, phases=PHASES
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_after_every_ingest_of_a_few_short_histories_the_index_is_as_if_it_were_new():
    run(InMemoryHistory, 8, 12)


@pytest.mark.slow
def test_after_every_ingest_of_any_history_the_index_is_as_if_it_were_new():
    run(InMemoryHistory, EXAMPLES or 60, 30)


@pytest.mark.slow
def test_so_it_is_with_two_vector_stores_whichever_of_them_counts():
    run(TwoStoresHistory, EXAMPLES // 2 or 30, 30)


@pytest.mark.slow
def test_so_it_is_in_the_embedded_stores():
    run(EmbeddedHistory, EXAMPLES // 20 or 5, 12)


arrivals = st.tuples(places, pages, st.sampled_from(["with all", "alone", "with the next", "under another name"]))


@pytest.mark.slow
@settings(max_examples=EXAMPLES or 30, deadline=None, suppress_health_check=SLOW)
@given(coming=st.lists(arrivals, min_size=2, max_size=7, unique_by=lambda arrival: arrival[0]), asked=asks)
def test_the_order_in_which_documents_came_makes_no_difference(coming: list[tuple[Place, Page, str]], asked: Asked):
    with TemporaryDirectory() as name:
        folder, index, knobs = Folder(Path(name) / "files"), InMemoryIndex(Path(name)), Knobs()
        for number, (place, page, how) in enumerate(coming):
            first = (place[0], f"temporary {number}.md") if how == "under another name" else place
            folder.write(first, page)
            if how != "with the next":
                ingest(index, knobs, folder, Asked(first[:1], first[1]) if how == "alone" else asked)
            if first != place:
                folder.rename(first, place)
        ingest(index, knobs, folder, Asked())
        with index.process(knobs) as process:
            found, _ = exported(process)
    wanted = from_scratch({place: Version(page.content, "") for place, page, _ in coming}, knobs)
    assert not differences(found, wanted, set())
