"""The documentation agrees with the code: generated parts, links, paths, settings and the sample output."""

import re
import sys
from functools import cache
from pathlib import Path

import pytest

from wekadocs_assets.config.settings import Settings

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import generate  # noqa: E402 - the generator is a script beside the pages

PAGES = generate.pages()
LINK = re.compile(r"\]\((?P<target>[^)\s#]*)(?:#(?P<anchor>[^)\s]*))?\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
PLACE = re.compile(
    r"(?:wekadocs_assets|core|adapters|app|config|defs|cli|mcp_server|tests|docs|benchmarks|samples)/[\w./-]*"
)
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
COMPOSE = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
OTHERS = {"PYTEST_ARGS", "DAGSTER_HOME", "PIP_EXTRA_INDEX_URL", "XDG_RUNTIME_DIR", "QDRANT_TEST_URL"}
"""Variables that other programs read, or the tests."""
EXAMPLES = {
    "adapters/acme/", "adapters/acme/diagnosis.py", "cli/count.py", "core/extractors/environment.py", "core/parsers/rst.py",
    "tests/unit/core/extractors/test_environment.py", "tests/unit/core/parsers/test_rst.py",
}  # fmt: skip
"""Files that CONTRIBUTING.md shows how to add."""
relative = [str(path.relative_to(ROOT)) for path in PAGES]


@cache
def text(path: Path) -> str:
    return path.read_text("utf-8")


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_generated_parts_are_current(path):
    if generate.regenerated(path) != text(path):
        pytest.fail(f"{path.relative_to(ROOT)} is older than the code: run `make docs` and commit", pytrace=False)


def test_every_generated_block_is_used():
    used = {match["name"] for path in PAGES for match in generate.BLOCK.finditer(text(path))}
    assert used == set(generate.BLOCKS)


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_links_lead_to_files_and_headings_that_exist(path):
    broken = []
    for match in LINK.finditer(FENCE.sub("", text(path))):
        target, anchor = match["target"], match["anchor"]
        if "://" in target:
            continue
        file = (path.parent / target).resolve() if target else path
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in headings(file)):
            broken.append(match[0])
    assert not broken


def headings(path: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", text(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_paths_in_the_text_exist(path):
    if path.name == "CHANGELOG.md":
        pytest.skip("an old release had other paths")
    named = {code for code in CODE.findall(FENCE.sub("", text(path))) if PLACE.fullmatch(code)} - EXAMPLES
    assert {
        name for name in named if not ((ROOT / name).exists() or (ROOT / "wekadocs_assets" / name).exists())
    } == set()


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_variables_in_the_text_are_settings(path):
    if path.name == "CONTRIBUTING.md":
        pytest.skip("it names constants of the code")
    settings = {name.upper() for name in Settings.model_fields}
    named = {name for code in CODE.findall(FENCE.sub("", text(path))) for name in VARIABLE.findall(code)}
    assert {name for name in named - settings - COMPOSE - OTHERS if not name.startswith("AWS_")} == set()
