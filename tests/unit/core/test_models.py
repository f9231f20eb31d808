"""The few derived properties of the shared records."""

from wekadocs_assets.core.models import Collection, Link, Section, Span

SECTION = Section(
    id="s",
    tag="docs",
    document_id="d",
    parent_id="",
    level=1,
    title="Gates",
    heading_path=("Gates",),
    anchor="gates",
    order=0,
    text="Run gatectl.",
    checksum="c",
    tokens=2,
    spans=(Span(kind="paragraph", start=0, end=12), Span(kind="inline_code", start=4, end=11)),
    links=(Link("b.md", 0, 3),),
)


def test_spans_are_chosen_by_kind_in_reading_order():
    assert SECTION.spans_of("inline_code", "paragraph") == list(SECTION.spans)
    assert SECTION.spans_of("inline_code") == [SECTION.spans[1]] and SECTION.spans_of("code") == []


def test_a_span_and_a_link_are_quoted_from_the_text():
    assert (SECTION.quote(SECTION.spans[1]), SECTION.quote(SECTION.links[0])) == ("gatectl", "Run")


def test_a_collection_is_unfinished_while_the_ids_of_its_last_ingests_differ():
    assert Collection(tag="t", root="/", started_ingest_id="2", finished_ingest_id="1").is_unfinished
    assert not Collection(tag="t", root="/", started_ingest_id="2", finished_ingest_id="2").is_unfinished
    assert not Collection(tag="t", root="/").is_unfinished
