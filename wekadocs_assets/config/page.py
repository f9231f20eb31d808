"""The page of settings, from their class: `make docs`."""

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

Settings are environment variables, or lines of a `.env` file in the working directory. The environment takes precedence.
An empty value means the default. An unknown name that begins with `WEKADOCS_` and contradictory values are refused (exit
code 2). A server is used when its URL is set; otherwise, an embedded engine stores the data in the data folder.
"""


def page() -> str:
    """docs/configuration.md: one table for each group of settings."""
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
