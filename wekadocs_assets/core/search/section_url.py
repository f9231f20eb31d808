"""The published URL of a section."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import quote

PLACES = ("{path}", "{stem}")


def section_url(base_url: str, source_uri: str, anchor: str) -> str:
    """base_url: may contain `{path}` (the source URI) or `{stem}` (the same without suffix); otherwise the source URI is
    appended. '' without a base_url.
    """
    if not base_url:
        return ""
    stem = str(PurePosixPath(source_uri).with_suffix(""))
    template = base_url if any(place in base_url for place in PLACES) else f"{base_url.rstrip('/')}/{{path}}"
    url = template.replace("{path}", quote(source_uri)).replace("{stem}", quote(stem))
    return f"{url}#{quote(anchor)}" if anchor else url
