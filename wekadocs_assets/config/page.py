"""The page of settings, from their class: `python -m wekadocs_assets.config.page > docs/configuration.md`."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from wekadocs_assets.config.settings import Settings

HEADINGS = {
    "wekadocs_home": "Data and documents",
    "neo4j_uri": "Servers",
    "embedding_model": "Embedding",
    "documents_per_run": "Limits",
    "watch_mode": "Watching",
}
"""First field of a group -> the group's heading on the page of settings."""
PAGE_INTRO = """\
# Settings

Environment variables, or lines of a `.env` file in the working directory; the environment wins, and an empty value means
the default. A name that begins with `WEKADOCS_` and is not below is refused, as are values that contradict each other
(exit code 2). A server is used when its URL is set; without it the embedded engine below the data folder does its work.
"""


def page() -> str:
    """docs/configuration.md: one table a group of settings."""
    lines = [PAGE_INTRO.rstrip()]
    for name, field in Settings.model_fields.items():
        if name in HEADINGS:
            lines += ["", f"## {HEADINGS[name]}", "", "| variable | default | meaning |", "| --- | --- | --- |"]
        meaning = "; ".join([field.description or "", *_bounds(field.metadata)])
        lines.append(f"| `{name.upper()}` | {_shown(field.default)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _bounds(metadata: list[Any]) -> list[str]:
    words = {"ge": "at least", "gt": "more than", "le": "at most"}
    return [f"{words[k]} {getattr(bound, k)}" for bound in metadata for k in words if hasattr(bound, k)]


def _shown(default: Any) -> str:
    if isinstance(default, SecretStr):
        return "secret"
    shown = f"{default:g}" if isinstance(default, float) else str(default)
    return f"`{shown.lower() if isinstance(default, bool) else shown}`" if shown else ""


if __name__ == "__main__":
    print(page(), end="")
