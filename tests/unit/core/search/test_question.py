"""The text of a question, as every store accepts it."""

import unicodedata

import pytest

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search.question import LONGEST_QUESTION, question, replace_lone_surrogates


def test_control_characters_and_white_space_are_single_blanks_and_the_form_is_nfc():
    assert question("  how\x00 do\u2028I\t\n ask \x7f") == "how do I ask"
    assert question(unicodedata.normalize("NFD", "für")) == "für"


def test_half_a_surrogate_pair_is_a_question_mark():
    assert question("a \ud83d b") == "a ? b" and replace_lone_surrogates("\udcff") == "?"
    assert replace_lone_surrogates("ok 😀") == "ok 😀"


@pytest.mark.parametrize("text", ["", " \n\x00", "x" * (LONGEST_QUESTION + 1)])
def test_an_empty_and_an_endless_question_are_refused_with_a_hint(text):
    with pytest.raises(ConfigurationError) as refused:
        question(text)
    assert refused.value.hint and len(question("x" * LONGEST_QUESTION)) == LONGEST_QUESTION
