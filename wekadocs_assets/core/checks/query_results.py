"""What came of the queries that an ingest asks its own index: sample queries and derived queries, as they are in a report.

Asking them is in query_checks.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=0)]
Probability = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote from a section. path: source URI and headings, joined by PATH_SIGN."""

    section_id: str
    path: str
    quote: str


@dataclass(frozen=True, slots=True)
class SampleQuery:
    """A configured query (SAMPLE_QUERIES) with its evidence; without evidence it is not answered."""

    tag: str
    q: str
    confidence: Probability
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class DerivedQuery:
    """A query made from the text of a section. found: whether that section is among the first results."""

    q: str
    section_id: str
    confidence: Probability
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedQueries:
    """The derived queries of a collection. confidence: their mean. problem: why none could be asked, else empty.

    skipped: queries without a stored vector; they are asked after the next ingest that loads the model anyway.
    """

    tag: str
    asked: Count = 0
    found: Count = 0
    skipped: Count = 0
    confidence: Probability = 0.0
    questions: tuple[DerivedQuery, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class QueryResults:
    """The results of one collection or of several."""

    sample_queries: tuple[SampleQuery, ...] = ()
    derived_queries: tuple[DerivedQueries, ...] = ()

    def of(self, tag: str) -> QueryResults:
        """Those of one collection."""
        return QueryResults(
            tuple(query for query in self.sample_queries if query.tag == tag),
            tuple(queries for queries in self.derived_queries if queries.tag == tag),
        )
