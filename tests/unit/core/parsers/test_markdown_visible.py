"""The visible words of Markdown source, without its markup."""

import pytest

from wekadocs_assets.core.parsers.markdown_visible import visible_text


def words(text: str) -> list[str]:
    return visible_text(text.split("\n")).split()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("# A **bold** word {#anchor}", ["#", "A", "**bold**", "word"]),
        ("see [the page](b.md) or [it][ref]", ["see", "[the", "page", "or", "[it"]),
        ("[ref]: https://host/b", []),
        ("```sh\nls\n```", ["ls"]),
        ("a <b>c</b> <name>", ["a", "c", "<name>"]),
        ("a<!-- hidden -->b", ["a", "b"]),
        ("<script>x</script>y", ["y"]),
        ("{% hint %}text{% endhint %}", ["text"]),
        (":::note Title\ntext\n:::", ["text"]),
        ("un**believ**able", ["unbelievable"]),
        ("a &amp; b&#xNAN;c", ["a", "&", "bc"]),
        ("<!-- never closed", ["<!--", "never", "closed"]),
    ],
)
def test_markup_goes_and_words_stay(text, seen):
    assert words(text) == seen
