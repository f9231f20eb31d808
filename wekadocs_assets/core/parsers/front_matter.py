"""Reads the front matter of a Markdown page: title, description and date. The other fields are ignored."""

from __future__ import annotations

import re
from dataclasses import dataclass

DELIMITERS = {"---": ("---", "..."), "+++": ("+++",)}
FIELD = re.compile(r"^(?P<key>[A-Za-z_][\w .-]*?)\s*[:=](?:\s+(?P<value>.*)|(?P<empty>))$")
CONTINUATION = re.compile(r"^(?:\s.*|#.*|- .*|-|\s*)$")
DATE_KEYS = ("last_edited", "last_modified", "lastmod", "last_updated", "updated", "date")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
MAX_LINES = 500


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields read. lines: number of source lines of the block, delimiters included; 0 without front matter."""

    lines: int = 0
    title: str = ""
    description: str = ""
    last_edited: str = ""


def read(lines: list[str]) -> FrontMatter:
    """The front matter at the start of these lines, in YAML (`---`) or TOML (`+++`).

    A thematic break (`---`) above ordinary text is not front matter: every line of the block has to be a field or a
    continuation of one.
    """
    head = next((i for i, line in enumerate(lines) if line.strip()), 0)
    ends = DELIMITERS.get(lines[head].rstrip()) if lines else None
    if not ends:
        return FrontMatter()
    end = next((i for i in range(head + 1, min(len(lines), head + MAX_LINES)) if lines[i].rstrip() in ends), 0)
    body = lines[head + 1 : end]
    if not end or not all(FIELD.match(line) or CONTINUATION.match(line) for line in body) or not _has_fields(body):
        return FrontMatter()
    fields = _fields(body)
    return FrontMatter(end + 1, fields.get("title", ""), fields.get("description", ""), _date(fields))


def _has_fields(body: list[str]) -> bool:
    return not any(body) or any(FIELD.match(line) for line in body)


def _fields(body: list[str]) -> dict[str, str]:
    """Top-level scalar values by normalized key; the lines of a block scalar (`>-`, `|`) or wrapped value are joined."""
    fields: dict[str, str] = {}
    key = ""
    for line in body:
        found = FIELD.match(line)
        if found:
            key = found["key"].strip().lower().replace(" ", "_").replace("-", "_")
            value = (found["value"] or "").strip()
            fields[key] = "" if re.fullmatch(r"[>|][+-]?\d?", value) else _unquote(value)
        elif key and line.startswith((" ", "\t")):
            fields[key] = f"{fields[key]} {line.strip()}".strip()
    return fields


def _unquote(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace("''", "'") if value[0] == "'" else value[1:-1].replace('\\"', '"')
    return "" if value in ("null", "~") else value


def _date(fields: dict[str, str]) -> str:
    """The first of DATE_KEYS whose value is an ISO 8601 date, else ''."""
    return next((fields[key] for key in DATE_KEYS if DATE.fullmatch(fields.get(key, ""))), "")
