"""What is asked and what is answered, as plain values; the shape that `search --json` and the MCP server give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from wekadocs_assets.core.models import Role


@dataclass(frozen=True, slots=True)
class Query:
    """tag: one collection alone; prefix: what source_uri begins with; kind: an entity kind that the section mentions."""

    question: str
    tag: str = ""
    prefix: str = ""
    kind: str = ""
    k: int = 5


@dataclass(frozen=True, slots=True)
class Quote:
    """An exact stretch of the section's text, `text[start:end]`; marks: where in the quote words of the question stand."""

    quote: str
    start: int
    end: int
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another section."""

    section_id: str
    title: str


@dataclass(frozen=True, slots=True)
class SectionEntity:
    """What the section speaks of. asked: its name stands in the question."""

    id: str
    kind: str
    name: str
    role: Role
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """A procedure of the section with its steps in order."""

    id: str
    name: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A section that answers. score: fused, of cosine and words; signals: what each ranking gave for its best chunk."""

    section_id: str
    document_id: str
    tag: str
    source_uri: str
    document_title: str
    title: str
    heading_path: tuple[str, ...]
    anchor: str
    url: str
    score: float
    snippet: str
    evidence: tuple[Quote, ...]
    entities: tuple[SectionEntity, ...] = ()
    procedures: tuple[Steps, ...] = ()
    parent: Neighbour | None = None
    next: Neighbour | None = None
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """confidence: the probability that the first result is right, 0 without one; reason: why there is none.

    notes: what the reader must know of the index as it is now. features: what confidence was made from.
    """

    question: str
    confidence: float
    results: tuple[Result, ...]
    reason: str = ""
    notes: tuple[str, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


def as_json(answer: Answer, *, explain: bool = False) -> dict:
    """The documented shape; explain: with what each signal gave."""
    made = {
        "query": answer.question,
        "confidence": answer.confidence,
        "results": [_result(result, explain) for result in answer.results],
        "timings_ms": dict(answer.timings_ms),
    }
    if answer.reason:
        made["reason"] = answer.reason
    if answer.notes:
        made["notes"] = list(answer.notes)
    return made | ({"features": dict(answer.features)} if explain else {})


def _result(result: Result, explain: bool) -> dict:
    made = asdict(result)
    made["heading_path"] = list(result.heading_path)
    made["evidence"] = [{"quote": q.quote, "start": q.start, "end": q.end} for q in result.evidence]
    if not explain:
        del made["signals"]
    return made
