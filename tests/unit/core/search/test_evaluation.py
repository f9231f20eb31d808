"""How answers are judged: right sections, figures, and the reliability of a calibration."""

from __future__ import annotations

import pytest

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search.answer import Answer, Quote, Result
from wekadocs_assets.core.search.evaluation import (
    Judgement,
    compared,
    figures,
    hit_at,
    interval,
    is_right,
    judge,
    question_of,
    quoted,
    reciprocal_rank,
)

ROW = {
    "id": "q1", "question": "how big may a volume be", "doc": "guide/limits.md", "heading": "Volume `limits`",
    "answer": "up to 14 PB in one volume", "kind": "limit", "paraphrase": True, "tag": "docs",
    "also_in_sections": [{"doc": "faq.md", "heading": "How big?"}],
}  # fmt: skip


def result(uri: str, title: str, quote: str = "") -> Result:
    evidence = (Quote(quote, 0, len(quote)),) if quote else ()
    return Result(
        section_id="s",
        document_id="d",
        tag="docs",
        source_uri=uri,
        document_title="Page",
        title=title,
        heading_path=("Page", title),
        anchor="",
        url="",
        score=1.0,
        snippet="",
        evidence=evidence,
    )


@pytest.mark.parametrize(
    ("uri", "title", "right"),
    [
        ("guide/limits.md", "Volume limits", True),
        ("docs/guide/limits.md", "VOLUME   limits¶", True),
        ("faq.md", "How big?", True),
        ("faq.md", "Volume limits", False),
        ("myguide/limits.md", "Volume limits", False),
        ("limits.md", "Volume limits", False),
        ("guide/limits.md", "Limits", False),
    ],
)
def test_page_and_heading_make_a_section_right(uri: str, title: str, right: bool) -> None:
    assert is_right(result(uri, title), question_of(ROW)) is right


def test_the_first_right_one_counts_and_its_quotes_are_looked_at() -> None:
    wrong, right = result("a.md", "A"), result("faq.md", "How big?", "A volume holds up to 14 PB.")
    outcome = judge(question_of(ROW, "tag"), Answer(question="q", confidence=0.7, results=(wrong, right)))
    assert (outcome.rank, outcome.confidence, outcome.quoted, outcome.question.tag) == (2, 0.7, True, "docs")
    assert judge(question_of(ROW), Answer(question="q", confidence=0.7, results=(wrong,) * 10 + (right,))).rank == 0


@pytest.mark.parametrize("lost", ["id", "question", "doc", "heading"])
def test_a_row_without_what_is_needed_is_refused(lost: str) -> None:
    with pytest.raises(ConfigurationError, match=lost):
        question_of({name: value for name, value in ROW.items() if name != lost})


def outcomes(*ranks: int) -> list[Judgement]:
    rows = [{**ROW, "id": f"q{n}", "paraphrase": n % 2, "doc": f"{n}.md"} for n in range(len(ranks))]
    return [
        Judgement(question=question_of(row, "tag"), rank=rank, confidence=0.5)
        for row, rank in zip(rows, ranks, strict=True)
    ]


def test_figures_are_hits_and_reciprocal_ranks() -> None:
    found = figures(outcomes(1, 2, 0, 10))
    assert found["overall"] == {"questions": 4, "hit@1": 0.25, "hit@5": 0.5, "mrr@10": 0.4}
    assert found["paraphrase"]["hit@5"] == 0.5 and found["kind limit"] == found["overall"] == found["tag docs"]


def test_an_interval_holds_the_measure_and_is_the_same_each_time() -> None:
    ranks = outcomes(*[1] * 60, *[0] * 40)
    low, high = interval(ranks, hit_at(1))
    assert 0.45 < low < 0.6 < high < 0.75 and (low, high) == interval(ranks, hit_at(1))
    assert reciprocal_rank(ranks) == 0.6 and quoted(ranks) is None


def test_two_runs_are_compared_question_by_question() -> None:
    assert compared(outcomes(1, 0, 3, 2), {"q0": 2, "q1": 5, "q2": 3, "absent": 1}) == {
        "better": ["q0"],
        "worse": ["q1"],
    }
