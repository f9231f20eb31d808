"""A parse result becomes the artifact of its extraction; an older parse result is never used."""

from dataclasses import dataclass, field, replace

from memory_pipeline import MemoryIndex

from wekadocs_assets.core import artifacts
from wekadocs_assets.core.models import Vocabulary
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.core.recipe import EXTRACTED, PARSED, vocabulary_digest

PAGE = b"# Gates\n\nRun `gatectl open --force`. It is `hinge oil`.\n"


@dataclass
class Knowing(MemoryIndex):
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    @property
    def pipeline(self) -> Pipeline:
        base = super().pipeline
        recipe = replace(base.recipe, vocabulary=vocabulary_digest(self.vocabulary))
        return replace(base, vocabulary=self.vocabulary, recipe=recipe)


def statuses(index: MemoryIndex, *assets: str) -> list[str]:
    return [one.status for outcomes in index.run(index.planned(), *assets).values() for one in outcomes]


def commands(index: MemoryIndex) -> set[str]:
    extraction = artifacts.load_extraction(index.artifacts.read(EXTRACTED, "docs/gates.md"))
    return {entity.name for entity in extraction.entities if entity.kind == "Command"}


def test_entities_are_saved_and_counted_by_kind():
    index = MemoryIndex({"gates.md": PAGE})
    (outcome,) = index.run(index.planned(), PARSED, EXTRACTED)[EXTRACTED]
    assert (outcome.status, outcome.facts["command"], outcome.facts["configuration"]) == ("done", 1, 1)
    assert commands(index) == {"gatectl open"} and outcome.inputs.keys() == {PARSED}
    assert statuses(index, EXTRACTED) == ["fresh"]


def test_without_a_parse_result_of_the_planned_bytes_it_is_blocked():
    index = MemoryIndex({"gates.md": PAGE})
    assert statuses(index, EXTRACTED) == ["blocked"]
    index.run(index.planned(), PARSED)
    index.pages["gates.md"] += b"More.\n"
    assert statuses(index, EXTRACTED) == ["blocked"]


def test_another_vocabulary_extracts_again_from_the_same_parse_result():
    index = Knowing({"gates.md": PAGE})
    index.run(index.planned(), PARSED, EXTRACTED)
    index.vocabulary = Vocabulary(programs=frozenset({"hinge"}))
    assert statuses(index, PARSED, EXTRACTED) == ["fresh", "done"]
    assert commands(index) == {"gatectl open", "hinge oil"}


def test_a_damaged_parse_result_fails_and_is_deleted():
    index = MemoryIndex({"gates.md": PAGE})
    index.run(index.planned(), PARSED)
    index.artifacts.read = lambda asset, key: {}[key]  # as a store says that the body is damaged
    (outcome,) = index.run(index.planned(), EXTRACTED)[EXTRACTED]
    assert outcome.status == "failed" and not outcome.permanent
    assert index.artifacts.headers(PARSED, ["docs/gates.md"]) == {}
