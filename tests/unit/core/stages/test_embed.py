"""Texts are encoded once: vectors come from artifacts, from this run and from the store wherever they exist."""

import pytest
from memory_indexes import switching
from memory_pipeline import MemoryIndex

from wekadocs_assets.adapters.embedding.hash_embedder import HashEmbedder
from wekadocs_assets.core import artifacts
from wekadocs_assets.core.planning.outcome import Outcome
from wekadocs_assets.core.recipe import EMBEDDED, PARSED, embeddings_of
from wekadocs_assets.core.stages import embed

PAGE = b"# Gates\n\nOf gates.\n\n## Open\n\nRun `gatectl open --force`.\n"


class Counting(HashEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.encoded: list[str] = []

    def encode(self, texts):
        self.encoded += texts
        return super().encode(texts)


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex({"gates.md": PAGE}, embedder=Counting())


def embedded(index: MemoryIndex, *assets: str) -> dict[str, Outcome]:
    outcomes = index.run(index.planned(), *(assets or (PARSED, EMBEDDED)))[EMBEDDED]
    return {one.document.source_uri: one for one in outcomes}


def test_every_section_is_encoded_with_its_title_and_path(index):
    outcome = embedded(index)["gates.md"]
    assert (outcome.status, outcome.facts["chunks"], outcome.facts["encoded"], outcome.facts["reused"]) == (
        "done", 2, 2, 0,
    )  # fmt: skip
    assert index.embedder.encoded == ["Gates\nOf gates.", "Gates > Open\nRun gatectl open --force."]
    saved = artifacts.load_embeddings(index.artifacts.read(embeddings_of(index.version), "docs/gates.md"))
    assert len(saved.chunks) == 2 and saved.vectors.shape == (2, 64)


def test_an_edit_encodes_only_the_new_text(index):
    embedded(index)
    index.pages["gates.md"] = PAGE.replace(b"Of gates.", b"Of many gates.")
    outcome = embedded(index)["gates.md"]
    assert (outcome.facts["encoded"], outcome.facts["reused"]) == (1, 1) and len(index.embedder.encoded) == 3


def test_a_document_that_is_embedded_is_fresh_and_one_that_is_not_parsed_is_blocked(index):
    assert embedded(index, EMBEDDED)["gates.md"].status == "blocked"
    first = embedded(index)["gates.md"]
    again = embedded(index)["gates.md"]
    assert (again.status, again.output) == ("fresh", first.output)


def test_an_equal_text_of_two_documents_is_encoded_once_and_counts_as_reused(index):
    index.pages["copy.md"] = PAGE
    outcomes = embedded(index)
    assert [outcomes[uri].facts["encoded"] for uri in ("copy.md", "gates.md")] == [2, 0]
    assert outcomes["gates.md"].facts["reused"] == 2 and len(index.embedder.encoded) == 2


def test_a_renamed_document_takes_the_vectors_of_its_old_name(index):
    index.run(index.planned())
    index.pages = {"moved.md": PAGE}
    outcome = embedded(index)["moved.md"]
    assert (outcome.document.renamed_from, outcome.facts["encoded"], outcome.facts["reused"]) == ("gates.md", 0, 2)


def test_vectors_of_a_lost_artifact_are_taken_from_the_store(index):
    index.run(index.planned())
    index.artifacts.delete(embeddings_of(index.version), ["docs/gates.md"])
    assert embedded(index)["gates.md"].facts["encoded"] == 0


def test_what_a_long_document_had_when_it_was_interrupted_is_not_encoded_again(index, monkeypatch):
    monkeypatch.setattr(embed, "SLICE", 1)
    ingest = index.planned()
    index.run(ingest, PARSED)
    steps = embed.embed_sections(index.pipeline, ingest.part(0))
    assert [next(steps), next(steps)] == [[], []] and len(index.embedder.encoded) == 1
    steps.close()
    outcome = embedded(index)["gates.md"]
    assert (outcome.status, outcome.facts["encoded"], outcome.facts["reused"]) == ("done", 1, 1)
    assert len(index.embedder.encoded) == 2


def test_during_a_switch_both_versions_are_embedded_and_equal_texts_once(index):
    index.run(index.planned())
    filling = switching(index)
    index.pages["gates.md"] = PAGE + b"\n## Close\n\nShut it.\n"
    outcome = embedded(filling)["gates.md"]
    assert (outcome.facts["encoded"], outcome.facts["reused"]) == (1, 5)
    for version in (filling.version, filling.target):
        assert len(artifacts.load_embeddings(index.artifacts.read(embeddings_of(version), "docs/gates.md")).chunks) == 3
