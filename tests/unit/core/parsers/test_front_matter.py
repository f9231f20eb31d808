"""The fields at the top of a page, and what only looks like them."""

import pytest

from wekadocs_assets.core.parsers.front_matter import FrontMatter, read


def of(text: str) -> FrontMatter:
    return read(text.split("\n"))


def test_title_description_and_date_are_read_from_yaml_and_toml():
    yaml = of('---\ntitle: "It\'s \\"so\\""\ndescription: >-\n  one\n  two\ntags:\n- a\nlastmod: 2024-05-01\n---\ntext')
    assert yaml == FrontMatter(lines=9, title='It\'s "so"', description="one two", last_edited="2024-05-01")
    assert of("+++\ntitle = 'It''s'\n+++\n") == FrontMatter(lines=3, title="It's")


def test_the_best_known_date_counts_and_one_of_another_form_does_not():
    assert of("---\ndate: 2020-01-01\nlast_edited: 2024-05-01T10:00Z\n---").last_edited == "2024-05-01T10:00Z"
    assert of("---\nlast_edited: yesterday\ndate: 2020-01-01\n---").last_edited == "2020-01-01"


def test_null_is_no_title():
    assert of("---\ntitle: null\n---") == FrontMatter(lines=3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "---\nOrdinary text.\n---\n",
        "---\ntitle: x\nOrdinary text.\n---\n",
        "---\ntitle: never closed\n",
        "text\n---\ntitle: x\n---",
        "--- \n\n",
    ],
)
def test_a_rule_above_text_is_no_front_matter(text):
    assert of(text) == FrontMatter()
