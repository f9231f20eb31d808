"""Bytes to text: encodings, binary look-alikes and invisible characters, before any format is parsed."""

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
MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)
SAVE_AS_TEXT = "Export the page as text, or take the file out of the folder"
SAVE_AS_UTF8 = "Save the file as UTF-8, for example: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW"
DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)|<meta\b[^>]{0,400}?\bcharset\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
DECLARED_WITHIN = 4096
SAMPLE = 65536
ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff\u00ad]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]+")
NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes, source_type: SourceType) -> tuple[str, list[Repair]]:
    """The text of a file with `\\n` line ends, without invisible characters; each line mended so is a repair."""
    for magic, name in MAGIC:
        if data.startswith(magic):
            raise BadDocument(f"the file is {name}, not text", SAVE_AS_TEXT)
    return _cleaned(_decoded(data, source_type))


def _decoded(data: bytes, source_type: SourceType) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _checked(_strictly(data, encoding, len(mark)), encoding).removeprefix("\ufeff")
    wide = _wide(data)
    if wide:
        return _checked(_strictly(data, wide), wide)
    declared = _declared(data) if source_type == "html" else ""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_binary(data)
        if declared and declared != "utf-8":
            return _checked(_strictly(data, declared), declared)
        raise _undecodable(error, "UTF-8") from error
    if declared and declared != "utf-8" and not data.isascii() and not declared.startswith("utf-16"):
        return _checked(_strictly(data, declared), declared)
    return _checked(text, "utf-8")


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: nearly every second byte of the head is NUL, always on the same side."""
    head = data[: min(len(data), 2048) // 2 * 2]
    if len(head) < 4:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half and odd < 0.05 * half else ""


def _declared(data: bytes) -> str:
    """The encoding that an HTML page names for itself, as Python calls it; browsers read Latin-1 as Windows-1252."""
    found = DECLARED.search(data[:DECLARED_WITHIN])
    if not found:
        return ""
    label = (found[1] or found[2]).decode("ascii").lower()
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def _strictly(data: bytes, encoding: str, offset: int = 0) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(error, encoding.upper()) from error
    except (LookupError, ValueError) as error:
        raise BadDocument(
            f"the file says that it is encoded in {encoding}, which holds no text", SAVE_AS_UTF8
        ) from error


def _undecodable(error: UnicodeDecodeError, encoding: str) -> BadDocument:
    byte = error.object[error.start] if error.start < len(error.object) else 0
    return BadDocument(
        f"the file is not {encoding}: byte 0x{byte:02x} at offset {error.start} ({error.reason})", SAVE_AS_UTF8
    )


def _refuse_binary(data: bytes) -> None:
    if b"\0" in data[:SAMPLE]:
        raise BadDocument(f"the file is binary: NUL byte at offset {data.index(0)}", SAVE_AS_TEXT)


def _checked(text: str, encoding: str) -> str:
    """Refuses what decodes but is no text: NUL characters, or mostly control characters."""
    head = text[:SAMPLE]
    controls = len(NOT_TEXT.findall(head))
    if "\0" in head and (controls > 8 or controls * 50 > len(head)):
        raise BadDocument(
            f"the file is binary: NUL byte at offset {len(text[: text.index(chr(0))].encode())}", SAVE_AS_TEXT
        )
    if controls * 10 > len(head):
        raise BadDocument(
            f"the file is no text: {controls} of its first {len(head)} characters are control characters", SAVE_AS_TEXT
        )
    return text


def _cleaned(text: str) -> tuple[str, list[Repair]]:
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
        .replace("\x0c", "\n")
    )
    text, invisible = _without(text, ZERO_WIDTH, "zero-width characters were dropped")
    text, controls = _without(text, CONTROL, "control characters were dropped")
    return text, sorted(invisible + controls, key=lambda repair: repair.line)


def _without(text: str, pattern: re.Pattern[str], what: str) -> tuple[str, list[Repair]]:
    if not pattern.search(text):
        return text, []
    lines = text.split("\n")
    hurt = [number for number, line in enumerate(lines, 1) if pattern.search(line)]
    return pattern.sub("", text), [Repair(what, number) for number in hurt]
