"""What a code block is, by its language and its lines."""

import pytest

from wekadocs_assets.core.extractors.code_kind import code_kind


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("bash", "size: 1\nzone: 2", "shell"),
        ("Console ", "anything", "shell"),
        ("yaml", "a: 1", "data"),
        ("yaml", "$ acme apply -f a.yaml", "unknown"),
        ("yaml", "# a comment\na: 1", "data"),
        ("ini", "anything", "settings"),
        ("", "size = 1\nzone=2\n# of it\n", "settings"),
        ("", "SIZE=1 acme start --now\nzone = 2", "unknown"),
        ("", '{"a": 1}', "data"),
        ("", "name: a\nsize: 1\n", "data"),
        ("", "acme add x", "unknown"),
    ],
)
def test_the_language_counts_first_then_a_prompt_then_the_shape_of_the_lines(language, text, kind):
    assert code_kind(language, text) == kind


def test_lines_of_brackets_and_empty_comments_do_not_count_against_settings():
    assert code_kind("", "size = 1\nzone = 2\nroot {\n}\n#\n;\n") == "settings"
    assert code_kind("", "size = 1\nread this\nand that\n") == "unknown"
