"""The embedding model under `doctor`: what its files say, against what the stores hold; it is neither loaded nor fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Protocol

from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.adapters.embedding.model_files import NotFetched, find_model
from wekadocs_assets.core.checks.diagnosis import Check, Diagnosis, Verdict, model_fits, note, ok, switch
from wekadocs_assets.core.checks.vector_diagnosis import VectorDiagnosis
from wekadocs_assets.core.errors import WekadocsError


class Facts(Protocol):
    model_part: str
    dimensions: int
    max_tokens: int


class ModelDiagnosis(Diagnosis):
    """name: as EMBEDDING_MODEL has it; chunking: the other half of an embedding_version; store: the primary store."""

    part = "embedding model"

    def __init__(
        self, name: str, chunk_tokens: int, chunking: str, store: VectorDiagnosis, served: Callable[[], str]
    ) -> None:
        self._name, self._chunk_tokens, self._chunking = name, chunk_tokens, chunking
        self._store, self._served = store, served

    def checks(self) -> Sequence[Check]:
        return ("files", self._files), ("dimensions", self._dimensions), ("switch", self._switch)

    @cached_property
    def _facts(self) -> Facts | None:
        """None: a model of the hub that is not on this machine."""
        try:
            return HashEmbedder() if self._name == "hash" else find_model(self._name, fetch=False)
        except NotFetched:
            return None

    def _files(self) -> Iterator[Verdict]:
        facts = self._facts
        if facts is None:
            hint = "without a network give a folder that holds it"
            yield note(f"{self._name} is not on this machine: the first ingest fetches it from the hub", hint)
            return
        yield ok(f"{facts.model_part}: {facts.dimensions} dimensions, a window of {facts.max_tokens} tokens")
        if self._chunk_tokens > facts.max_tokens:
            sizes = f"CHUNK_TOKENS is {self._chunk_tokens}, the model takes {facts.max_tokens}"
            yield note(f"{sizes}: chunks are cut to fit it")

    def _dimensions(self) -> Iterator[Verdict]:
        if facts := self._facts:
            yield self._compared(
                lambda: model_fits(self._version(facts), facts.dimensions, self._store.stored(), self._store.place)
            )

    def _switch(self) -> Iterator[Verdict]:
        if facts := self._facts:
            yield self._compared(lambda: switch(self._version(facts), self._served(), self._store.stored()))

    def _version(self, facts: Facts) -> str:
        return f"{facts.model_part}.{self._chunking}"

    def _compared(self, compare: Callable[[], Verdict]) -> Verdict:
        """A store that cannot be read is a finding of its own part."""
        try:
            return compare()
        except WekadocsError as error:
            return note(f"not compared: {error.message}")
