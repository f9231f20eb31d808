"""The results of the sample queries and derived queries of an ingest, as its report has them.

Running the queries belongs to query_checks.py.
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
    """A configured query (SAMPLE_QUERIES) with its evidence. A query without evidence counts as unanswered."""

    tag: str
    q: str
    confidence: Probability
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class DerivedQuery:
    """A query derived from the text of a section.

    found: whether that section is among the first FOUND_WITHIN results.
    """

    q: str
    section_id: str
    confidence: Probability
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedQueries:
    """The derived queries of a collection. confidence: the mean of theirs. problem: why none was run, else ''.

    skipped: number of queries without a stored vector; they run after the next ingest that loads the model.
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
        """The results of the collection `tag`."""
        return QueryResults(
            tuple(query for query in self.sample_queries if query.tag == tag),
            tuple(queries for queries in self.derived_queries if queries.tag == tag),
        )
