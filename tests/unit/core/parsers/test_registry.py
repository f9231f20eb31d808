"""A file's suffix and content choose its parser; what cannot be read says why."""

from __future__ import annotations

import json

import pytest

from wekadocs_assets.core.errors import BadDocument
from wekadocs_assets.core.parsers import registry


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.md", "markdown"),
        ("b/A.MD", "markdown"),
        ("a.markdown", "markdown"),
        ("a.HTML", "html"),
        ("a.htm", "html"),
        ("a.json", "notion"),
    ],
)
def test_the_suffix_names_the_format_whatever_its_case(name: str, kind: str):
    assert registry.source_type(name) == kind


def test_an_unknown_suffix_is_refused_with_the_known_ones():
    with pytest.raises(BadDocument) as caught:
        registry.parse(b"x", "t", "a.docx")
    assert ".docx" in caught.value.message and ".md" in caught.value.hint


def test_markdown_bytes_become_a_document():
    document = registry.parse(b"\xef\xbb\xbf# Title\r\n\r\nText\xe2\x80\x8b here.\r\n", "t", "a.md")
    assert (document.source_type, document.title, document.sections[0].text) == ("markdown", "Title", "Text here.")
    assert [(r.what, r.line) for r in document.repairs] == [("zero-width characters were dropped", 3)]


def test_html_without_a_tag_is_read_as_text_with_a_warning():
    document = registry.parse(b"Just a few words, 1 < 2.", "t", "a.html")
    assert document.sections[0].text == "Just a few words, 1 < 2."
    assert document.source_type == "html"
    assert document.warnings == ("the file has no HTML tag at all: it was read as plain text",)


def test_html_and_notion_go_to_their_parsers():
    assert registry.parse(b"<h1>Title</h1><p>Text</p>", "t", "a.html").title == "Title"
    block = {
        "object": "block",
        "type": "paragraph",
        "paragraph": {"rich_text": [{"type": "text", "plain_text": "Text"}]},
    }
    assert registry.parse(json.dumps([block]).encode(), "t", "a.json").sections[0].text == "Text"


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.md", b"\x89PNG\r\n"), ("a.json", b'{"name": "x"}'), ("a.json", b"no json"), ("a.md", b"\xff\xfe\xfd")],
)
def test_content_that_is_not_what_the_suffix_says_is_a_bad_document(name: str, data: bytes):
    with pytest.raises(BadDocument):
        registry.parse(data, "t", name)


@pytest.mark.parametrize("name", ["a.md", "a.html"])
def test_an_empty_file_is_an_empty_document_with_a_warning(name: str):
    document = registry.parse(b"", "t", name)
    assert document.sections == ()
    assert "the document is empty" in document.warnings
