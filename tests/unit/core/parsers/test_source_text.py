"""Bytes of any kind become text with known line ends, or an error that says where and what to do."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wekadocs_assets.core.errors import BadDocument
from wekadocs_assets.core.parsers.source_text import decode

TEXT = "# Größe\n\nnaïve café – 日本\n"


def text_of(data: bytes, kind="markdown") -> str:
    return decode(data, kind)[0]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
    ],
)
def test_unicode_is_read_with_and_without_a_mark(data: bytes):
    assert decode(data, "markdown") == (TEXT, [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised_where_it_is_obvious(encoding: str):
    assert text_of("# Plain latin text\n".encode(encoding)) == "# Plain latin text\n"


@pytest.mark.parametrize(
    "head",
    [
        '<meta charset="iso-8859-1">',
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">',
        '<?xml version="1.0" encoding="latin1"?>',
    ],
)
def test_html_is_read_in_the_charset_that_it_declares(head: str):
    data = f"{head}<p>Größe “x”</p>".encode("cp1252")
    assert "Größe “x”" in text_of(data, "html")


def test_other_charsets_of_html_are_found_by_their_name():
    assert "日本" in text_of('<meta charset="shift_jis"><p>日本</p>'.encode("shift_jis"), "html")


def test_a_page_that_calls_itself_utf_8_and_is_not_is_refused():
    with pytest.raises(BadDocument, match="byte 0xf6 at offset 24"):
        decode('<meta charset="utf-8"> Größe'.encode("cp1252").replace(b" Gr", b"Gr"), "html")


def test_broken_utf_8_names_the_place_and_the_way_out():
    with pytest.raises(BadDocument) as caught:
        decode(b"Gr\xf6\xdfe", "markdown")
    assert "offset 2" in caught.value.message and "0xf6" in caught.value.message
    assert "UTF-8" in caught.value.hint


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n....", "PNG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04....", "ZIP"),
        (b"text \0 and \0\0\0\0 more" * 9, "binary"),
        (bytes(range(1, 32)) * 20, "control characters"),
        (b"\xff\x00\x81\x00\x9f\x03", "binary"),
    ],
)
def test_binary_files_are_refused_by_name(data: bytes, name: str):
    with pytest.raises(BadDocument, match=name):
        decode(data, "markdown")


def test_line_ends_become_one_kind():
    assert text_of(b"a\r\nb\rc\n\r\nd") == "a\nb\nc\n\nd"


def test_zero_width_characters_go_and_each_line_is_a_repair():
    text, repairs = decode("a\u200bb\nplain\nc\u2060d\ufeff\n".encode(), "markdown")
    assert text == "ab\nplain\ncd\n"
    assert [(r.what, r.line) for r in repairs] == [
        ("zero-width characters were dropped", 1),
        ("zero-width characters were dropped", 3),
    ]


def test_joiners_inside_words_and_emoji_stay():
    text = "👩‍💻 می‌خواهم"
    assert decode(text.encode(), "markdown") == (text, [])


def test_single_control_characters_go():
    text, repairs = decode(b"a\x07b and a good deal of other text around it\n", "markdown")
    assert text.startswith("ab ")
    assert [(r.what, r.line) for r in repairs] == [("control characters were dropped", 1)]


def test_an_empty_file_is_empty_text():
    assert decode(b"", "markdown") == ("", [])


@given(st.binary(max_size=300))
def test_any_bytes_give_text_or_a_clear_error(data: bytes):
    for kind in ("markdown", "html", "notion"):
        try:
            text, _ = decode(data, kind)
        except BadDocument as error:
            assert error.message and error.hint
        else:
            assert "\r" not in text and "\0" not in text
            text.encode("utf-8")
