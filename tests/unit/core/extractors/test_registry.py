"""The whole extraction: spans hold, ends exist, and the result depends on nothing but the document and the vocabulary."""

from __future__ import annotations

import time

from handmade_pages import bullets, code, details, document, heading, numbered, paragraph, table, terms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wekadocs_assets.core.extractors.registry import extract
from wekadocs_assets.core.models import Vocabulary

PIECES = ["acme fs add <name> [--size size]", "$ kubectl get pods -o wide", "`zpool` `create` tank", "error: no such pool here", "3. Save it.",
          "Run `reboot`.", "A=1 b=$(c `d", "mount -o a=1,b /x", "cat <<EOF\nx = 1\nEOF", "**Procedure**", "the `x` option", "| a | b |", "\\", "'\"(",
          "Command: `a b` / `c`", "Step (", "\x00 é 漢", "-o =", "--", "<>", "{", "x.y=z"]  # fmt: skip
TEXT = (
    st.lists(st.sampled_from(PIECES) | st.text(max_size=12), min_size=1, max_size=5)
    .map(" ".join)
    .filter(lambda t: t.strip())
)
LINES = (
    st.lists(st.sampled_from(PIECES) | st.text(max_size=12), min_size=1, max_size=5)
    .map("\n".join)
    .filter(lambda t: t.strip())
)
PART = st.one_of(
    TEXT.map(paragraph),
    TEXT.map(heading),
    st.tuples(LINES, st.sampled_from(["", "bash", "yaml", "ini"])).map(lambda p: code(*p)),
    st.lists(TEXT, min_size=1, max_size=3).map(lambda items: numbered(*items, first=len(items))),
    st.lists(TEXT, min_size=1, max_size=3).map(lambda items: bullets(*items)),
    st.tuples(TEXT, TEXT).map(lambda p: details(p[0], numbered(p[1], p[0]))),
    st.tuples(TEXT, TEXT).map(lambda p: table(["Name", "Default"], [p[0], p[1]])),
    st.tuples(TEXT, TEXT).map(lambda p: terms((p[0], p[1]))),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PART, max_size=8))
def test_for_any_document_spans_lie_in_their_sections_and_ends_exist(parts):
    made = document(*parts)
    found = extract(made, Vocabulary())
    sections = {section.id: section for section in made.sections}
    entities = {entity.id for entity in found.entities}
    assert len(entities) == len(found.entities)
    for mention in found.mentions:
        assert 0 <= mention.start < mention.end <= len(sections[mention.section_id].text)
        assert mention.entity_id in entities and 0 < mention.confidence <= 1
    keys = [(e.type, e.from_id, e.to_id, e.derived_from_section_id) for e in found.edges]
    assert len(keys) == len(set(keys))
    assert all(
        e.from_id in entities and e.to_id in entities and e.derived_from_section_id in sections for e in found.edges
    )
    assert {m.entity_id for m in found.mentions} == entities
    assert extract(made, Vocabulary()) == found


def test_a_document_is_extracted_alike_whatever_was_extracted_before():
    one = document(heading("A"), code("$ acme fs add <name>"), paragraph("Then `acme fs list`."))
    other = document(heading("B"), code("$ tool x y z"), numbered("Stop it.", "Start it."))
    alone = extract(one, Vocabulary())
    extract(other, Vocabulary(frozenset({"x"}), frozenset({"y"})))
    assert extract(one, Vocabulary()) == alone


def test_an_empty_document_gives_an_empty_extraction():
    found = extract(document(), Vocabulary())
    assert (found.entities, found.mentions, found.edges) == ((), (), ())


def test_the_same_name_at_two_places_is_one_entity_with_two_mentions():
    found = extract(document(paragraph("Run `reboot`."), heading("B"), paragraph("Run `reboot`.")), Vocabulary())
    assert (len(found.entities), len(found.mentions)) == (1, 2)


def test_hostile_shell_text_takes_linear_time():
    started = time.process_time()
    for text in (
        "$(" * 5000,
        "`" * 20000,
        "'" * 20000,
        '"{' * 5000,
        "a|" * 10000,
        "<a" * 10000,
        "((" * 5000,
        "\\\n" * 10000,
        "a <<E\n" * 3000,
    ):
        document(code(text)) and extract(document(code(text)), Vocabulary())
    assert time.process_time() - started < 20
