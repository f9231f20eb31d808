"""A query and its answer as plain values, and their JSON form for `search --json` and the MCP server.

Add what an answer contains here. How it is found belongs to searcher.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from wekadocs_assets.core.models import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question with its filters. k: number of results.

    tag: the collection; prefix: of source_uri; kind: of an entity that the section mentions; '': no restriction.
    """

    question: str
    tag: str = ""
    prefix: str = ""
    kind: str = ""
    k: int = 5


@dataclass(frozen=True, slots=True)
class Quote:
    """`text[start:end]` of the section's text; marks: offsets in the quote of words of the question."""

    quote: str
    start: int
    end: int
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A related section: parent, previous, next or subsection."""

    section_id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionEntity:
    """An entity that the section mentions. asked: the question contains its name."""

    id: str
    kind: str
    name: str
    role: Role
    asked: bool = False


@dataclass(frozen=True, slots=True)
class ProcedureSteps:
    """A procedure with the instructions of its steps in order."""

    id: str
    name: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One section of the answer. score: fused from cosine and BM25 (hybrid.py); signals: the parts of the score."""

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
    procedures: tuple[ProcedureSteps, ...] = ()
    parent: Neighbour | None = None
    next: Neighbour | None = None
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """confidence: probability that the first result is right, 0 without results; reason: why there are no results.

    notes: limits of the index at this time; features: inputs of the confidence model; timings_ms: milliseconds by stage.
    """

    question: str
    confidence: float
    results: tuple[Result, ...]
    reason: str = ""
    notes: tuple[str, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


def as_json(answer: Answer, *, explain: bool = False) -> dict[str, Any]:
    """The documented JSON shape; explain: with signals and features."""
    made: dict[str, Any] = {
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


def _result(result: Result, explain: bool) -> dict[str, Any]:
    made = asdict(result)
    made["heading_path"] = list(result.heading_path)
    made["evidence"] = [{"quote": q.quote, "start": q.start, "end": q.end} for q in result.evidence]
    if not explain:
        del made["signals"]
    return made
