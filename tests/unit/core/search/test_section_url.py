"""The published address of a section."""

import pytest

from wekadocs_assets.core.search.section_url import section_url


@pytest.mark.parametrize(
    ("base", "uri", "anchor", "url"),
    [
        ("", "a.md", "x", ""),
        ("https://host/docs", "a.md", "", "https://host/docs/a.md"),
        ("https://host/docs/", "guide/a b.md", "x y", "https://host/docs/guide/a%20b.md#x%20y"),
        ("https://host/{stem}/", "guide/a.v2.md", "x", "https://host/guide/a.v2/#x"),
        ("https://host/{path}?v=1", "a.md", "", "https://host/a.md?v=1"),
        ("https://host/{stem}", "ü#1.md", "", "https://host/%C3%BC%231"),
    ],
)
def test_it_is_made_of_the_base_the_path_and_the_anchor(base, uri, anchor, url):
    assert section_url(base, uri, anchor) == url
