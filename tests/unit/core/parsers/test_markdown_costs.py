"""Lines cost more in the reading that does not fit them."""

import math

import pytest

from wekadocs_assets.core.parsers.markdown_costs import MOST_AS_CODE, MOST_AS_TEXT, costs_of, looks_like_prose

PROSE = ["This sentence is one that a reader would read.", "", "## A heading", "", "- **Bold** start of an item", ""]
CODE = ["$ acme list --all", "export SIZE=1", "{", "}"]


def costs(lines: list[str], ignored: bytes = b""):
    return costs_of(lines, bytearray(ignored or len(lines)))


def test_prose_costs_more_as_code_and_code_more_as_text():
    assert costs(PROSE).code > costs(PROSE).text and costs(CODE).text > costs(CODE).code
    assert looks_like_prose(PROSE) and not looks_like_prose(CODE)


def test_a_long_run_costs_at_most_so_much():
    assert costs(PROSE * 50).code == MOST_AS_CODE and costs(["", *CODE * 50]).text == MOST_AS_TEXT


def test_ignored_lines_cost_nothing():
    assert costs(CODE, b"\1" * len(CODE)).code == 0 and costs(CODE, b"\1" * len(CODE)).text < costs(CODE).text


def test_code_is_best_cut_where_text_begins_after_a_blank_line():
    lines = ["ls -l", "", "## Next part", "", "This sentence is one that a reader would read."]
    assert costs(lines).cut == 2 and costs(lines).split == 0
    assert costs(CODE).split == math.inf and costs(["ls", "<details>", "</details>"]).split == math.inf


@pytest.mark.parametrize(("lines", "blank"), [([], True), (["", "  "], True), (["", "x"], False)])
def test_lines_without_text_are_blank(lines, blank):
    assert costs(lines).blank is blank
