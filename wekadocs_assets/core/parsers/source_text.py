"""Decodes the bytes of a source file: detects the encoding, rejects binary files, removes invisible characters.

It runs before every format parser, so markup is not handled here.
"""

from __future__ import annotations

import codecs
import re

from wekadocs_assets.core.errors import BadDocument
from wekadocs_assets.core.models import Repair, SourceType

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MAGIC_NUMBERS = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)
SAVE_AS_TEXT = "Export the page as text, or remove the file from the folder"
SAVE_AS_UTF8 = "Save the file as UTF-8, for example: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW"
ENCODING_DECLARATION = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)|<meta\b[^>]{0,400}?\bcharset\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
DECLARATION_BYTES = 4096
SAMPLE_SIZE = 65536
ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff\u00ad]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]+")
BINARY_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes, source_type: SourceType) -> tuple[str, list[Repair]]:
    """The text of a file with `\\n` line ends and without invisible characters, and one Repair for each line changed.

    Raises BadDocument for binary files and for bytes that are invalid in the file's encoding.
    """
    for magic, name in MAGIC_NUMBERS:
        if data.startswith(magic):
            raise BadDocument(f"the file is {name}, not text", SAVE_AS_TEXT)
    return _remove_invisible(_decode_bytes(data, source_type))


def _decode_bytes(data: bytes, source_type: SourceType) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _reject_binary(_decode_as(data, encoding, len(mark)), encoding).removeprefix("\ufeff")
    utf16 = _utf16_variant(data)
    if utf16:
        return _reject_binary(_decode_as(data, utf16), utf16)
    declared = _declared_encoding(data) if source_type == "html" else ""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _reject_nul_bytes(data)
        if declared and declared != "utf-8":
            return _reject_binary(_decode_as(data, declared), declared)
        raise _decode_error(error, "UTF-8") from error
    if declared and declared != "utf-8" and not data.isascii() and not declared.startswith("utf-16"):
        return _reject_binary(_decode_as(data, declared), declared)
    return _reject_binary(text, "utf-8")


def _utf16_variant(data: bytes) -> str:
    """The UTF-16 variant of a file without byte order mark: nearly every second byte is NUL. '' if it is not UTF-16."""
    head = data[: min(len(data), 2048) // 2 * 2]
    if len(head) < 4:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half and odd < 0.05 * half else ""


def _declared_encoding(data: bytes) -> str:
    """Python's name of the encoding that an HTML page declares, '' if none or unknown.

    The WHATWG Encoding Standard maps the labels iso-8859-1 and us-ascii to windows-1252.
    """
    found = ENCODING_DECLARATION.search(data[:DECLARATION_BYTES])
    if not found:
        return ""
    label = (found[1] or found[2]).decode("ascii").lower()
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def _decode_as(data: bytes, encoding: str, offset: int = 0) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _decode_error(error, encoding.upper()) from error
    except (LookupError, ValueError) as error:
        raise BadDocument(
            f"the file declares the encoding {encoding}, which is not a text encoding", SAVE_AS_UTF8
        ) from error


def _decode_error(error: UnicodeDecodeError, encoding: str) -> BadDocument:
    byte = error.object[error.start] if error.start < len(error.object) else 0
    return BadDocument(
        f"the file is not {encoding}: byte 0x{byte:02x} at offset {error.start} ({error.reason})", SAVE_AS_UTF8
    )


def _reject_nul_bytes(data: bytes) -> None:
    if b"\0" in data[:SAMPLE_SIZE]:
        raise BadDocument(f"the file is binary: NUL byte at offset {data.index(0)}", SAVE_AS_TEXT)


def _reject_binary(text: str, encoding: str) -> str:
    """Returns the text; raises BadDocument if it decodes but is binary: NUL or many control characters."""
    head = text[:SAMPLE_SIZE]
    controls = len(BINARY_CONTROL.findall(head))
    if "\0" in head and (controls > 8 or controls * 50 > len(head)):
        raise BadDocument(
            f"the file is binary: NUL byte at offset {len(text[: text.index(chr(0))].encode())}", SAVE_AS_TEXT
        )
    if controls * 10 > len(head):
        raise BadDocument(
            f"the file is not text: {controls} of its first {len(head)} characters are control characters", SAVE_AS_TEXT
        )
    return text


def _remove_invisible(text: str) -> tuple[str, list[Repair]]:
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
        .replace("\x0c", "\n")
    )
    text, invisible = _remove(text, ZERO_WIDTH, "zero-width characters were dropped")
    text, controls = _remove(text, CONTROL, "control characters were dropped")
    return text, sorted(invisible + controls, key=lambda repair: repair.line)


def _remove(text: str, pattern: re.Pattern[str], what: str) -> tuple[str, list[Repair]]:
    if not pattern.search(text):
        return text, []
    lines = text.split("\n")
    changed = [number for number, line in enumerate(lines, 1) if pattern.search(line)]
    return pattern.sub("", text), [Repair(what, number) for number in changed]
