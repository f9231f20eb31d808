"""Checks of the embedding model for `doctor`: its files against the vector store. The model is not loaded or downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Protocol

from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.adapters.embedding.model_files import NotDownloaded, find_model
from wekadocs_assets.core.checks.diagnosis import Check, Diagnosis, Verdict, model_fits, note, ok, switch
from wekadocs_assets.core.checks.vector_diagnosis import VectorDiagnosis
from wekadocs_assets.core.errors import WekadocsError


class ModelFacts(Protocol):
    """What is known of a model without loading it."""

    @property
    def model_part(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...


class ModelDiagnosis(Diagnosis):
    """name: EMBEDDING_MODEL; chunking: the chunking part of the embedding_version; store: the primary vector store."""

    part = "embedding model"

    def __init__(
        self, name: str, chunk_tokens: int, chunking: str, store: VectorDiagnosis, active_version: Callable[[], str]
    ) -> None:
        self._name, self._chunk_tokens, self._chunking = name, chunk_tokens, chunking
        self._store, self._active_version = store, active_version

    def checks(self) -> Sequence[Check]:
        return ("files", self._files), ("dimensions", self._dimensions), ("switch", self._switch)

    @cached_property
    def _facts(self) -> ModelFacts | None:
        """None for a model of the hub that is not on this machine."""
        try:
            return HashEmbedder() if self._name == "hash" else find_model(self._name, fetch=False)
        except NotDownloaded:
            return None

    def _files(self) -> Iterator[Verdict]:
        facts = self._facts
        if facts is None:
            hint = "without a network give a folder that holds it"
            yield note(f"{self._name} is not on this machine: the first ingest downloads it from the hub", hint)
            return
        yield ok(f"{facts.model_part}: {facts.dimensions} dimensions, a window of {facts.max_tokens} tokens")
        if self._chunk_tokens > facts.max_tokens:
            text = f"CHUNK_TOKENS is {self._chunk_tokens}, the model's window {facts.max_tokens}"
            yield note(f"{text}: chunks are cut to fit the window")

    def _dimensions(self) -> Iterator[Verdict]:
        if facts := self._facts:
            yield self._compared(
                lambda: model_fits(self._version(facts), facts.dimensions, self._store.stored(), self._store.place)
            )

    def _switch(self) -> Iterator[Verdict]:
        if facts := self._facts:
            yield self._compared(lambda: switch(self._version(facts), self._active_version(), self._store.stored()))

    def _version(self, facts: ModelFacts) -> str:
        return f"{facts.model_part}.{self._chunking}"

    def _compared(self, compare: Callable[[], Verdict]) -> Verdict:
        """An unreadable store is reported by its own checks, and only noted here."""
        try:
            return compare()
        except WekadocsError as error:
            return note(f"not compared: {error.message}")
