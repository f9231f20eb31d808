"""Histories with two vector stores: either may be the source of truth, be left out for a while, be wiped or fail."""

from __future__ import annotations

from dataclasses import replace

from history_index import FAULTS, Fuse
from history_ingest import Asked
from history_machine import History
from hypothesis import strategies as st
from hypothesis.stateful import rule


class MirroredHistory(History):
    @rule(stores=st.sampled_from([("one",), ("one", "two"), ("two",), ("two", "one")]))
    def change_the_vector_stores(self, stores: tuple[str, ...]) -> None:
        if stores[0] != self.knobs.stores[0]:
            self.model.vectors_lost()
            self.forgotten |= self.versions.keys()
        self.knobs = replace(self.knobs, stores=stores)

    @rule(store=st.sampled_from(["one", "two"]))
    def wipe_a_vector_store(self, store: str) -> None:
        self.index.vectors.pop(store, None)
        if store == self.knobs.stores[0]:
            self.model.vectors_lost()

    @rule(fault=st.sampled_from(sorted(set(FAULTS) - {"killed"})), calls=st.integers(1, 15))
    def ingest_while_the_mirror_fails(self, fault: str, calls: int) -> None:
        """From that call on, to the end of the ingest."""
        self.ingest_as(Asked(), Fuse(calls, fault, mirrors=True))
