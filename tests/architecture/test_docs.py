"""The documentation agrees with the code: generated parts, links, paths, settings and the sample output."""

import ast
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
NAME = re.compile(r"\b[A-Za-z]*(?:[A-Z]|_\w)\w*\b|\b_\w+")
NOT_OF_THE_CODE = {"Configuration", "PIP_EXTRA_INDEX_URL", "SecretStr", "True", "URL", "fresh_acme", "kw_only"}
"""Names in CONTRIBUTING.md of its examples, of Python, libraries and make."""
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


def test_names_in_the_recipes_of_contributing_exist():
    page = FENCE.sub("", text(ROOT / "CONTRIBUTING.md"))
    code = [
        span for span in CODE.findall(page) if not PLACE.fullmatch(span) and not span.startswith((".venv/", "make "))
    ]
    named = {name for span in code for name in NAME.findall(span)}
    assert len(named) > 30 and named - NOT_OF_THE_CODE - defined_names() == set()


def defined_names() -> set[str]:
    """Names of modules, classes, functions, variables and parameters of the package and the tests."""
    found: set[str] = set()
    for path in (*(ROOT / "wekadocs_assets").rglob("*.py"), *(ROOT / "tests").rglob("*.py")):
        found |= {path.stem, path.parent.name}
        for node in ast.walk(ast.parse(text(path))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.arg):
                found.add(node.arg)
    return found


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_variables_in_the_text_are_settings(path):
    if path.name == "CONTRIBUTING.md":
        pytest.skip("it names constants of the code")
    settings = {name.upper() for name in Settings.model_fields}
    named = {name for code in CODE.findall(FENCE.sub("", text(path))) for name in VARIABLE.findall(code)}
    assert {name for name in named - settings - COMPOSE - OTHERS if not name.startswith("AWS_")} == set()
