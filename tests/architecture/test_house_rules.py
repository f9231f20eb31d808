"""House rules that a reader relies on: short files, a first line that says why, no drawers for odds and ends."""

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "wekadocs_assets"
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 300
MOST_POSITIONAL = 4
POSITIONAL = {
    "core/graph/schema.py: EdgeType": "the table of edge types is read by its columns, a name beside each value would hide them",
}
"""Dataclasses with more fields that may be made by position, and the reason."""
KINDS_OF_FILES = {".py", ".json"}
DRAWERS = {"utils", "util", "helpers", "helper", "misc", "common", "tools"}
TOP = {
    ".ci", ".dockerignore", ".env.example", ".github", ".gitignore", ".pre-commit-config.yaml", "benchmarks", "CHANGELOG.md", "compose.yaml", "constraints.txt", "CONTRIBUTING.md", "dagster.yaml", "Dockerfile", "docs", "LICENSE", "Makefile",
    "pyproject.toml", "README.md", "reports", "samples", "SECURITY.md", "tests", "wekadocs_assets", "workspace.yaml",
}  # fmt: skip


def offenders(breaks: Callable[[Path], bool]) -> list[str]:
    """Modules of the package, as `room/module.py`, that break a rule."""
    return [str(path.relative_to(PACKAGE)) for path in MODULES if breaks(path)]


def test_no_file_is_longer_than_300_lines():
    assert offenders(lambda path: len(path.read_text().splitlines()) > MOST_LINES) == []


def test_the_package_holds_code_and_its_data_only():
    """A run of Dagster in the package's folder once left its databases there, and they were committed."""
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(files) > len(MODULES), "files that are no modules are found, too"
    other = [path for path in files if path.suffix not in KINDS_OF_FILES and path.name != "py.typed"]
    assert [str(path.relative_to(PACKAGE)) for path in other] == []


def test_every_module_starts_with_a_docstring():
    def breaks(path: Path) -> bool:
        source = path.read_text()
        return bool(source.strip()) and not (source.startswith('"""') and ast.get_docstring(ast.parse(source)))

    assert offenders(breaks) == []


def test_no_module_is_a_drawer_for_odds_and_ends():
    assert offenders(lambda path: path.stem in DRAWERS) == []


def test_dataclasses_with_more_than_four_fields_are_made_by_keyword():
    """A swapped pair of equal types, as two counts or two texts, is found by no type checker."""
    long = {
        f"{path.relative_to(PACKAGE)}: {node.name}": options.get("kw_only") == "True"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and (options := dataclass_options(node)) is not None
        if len(fields(node)) > MOST_POSITIONAL
    }
    assert {name for name, keyword_only in long.items() if not keyword_only} == POSITIONAL.keys()
    assert len(long) > 50, "the dataclasses are found"


def dataclass_options(node: ast.ClassDef) -> dict[str | None, str] | None:
    """The arguments of its decorator `@dataclass(…)`, {} without arguments; None for a class that is no dataclass."""
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(called) in ("dataclass", "dataclasses.dataclass"):
            keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
            return {keyword.arg: ast.unparse(keyword.value) for keyword in keywords}
    return None


def fields(node: ast.ClassDef) -> list[str]:
    """Without class variables."""
    declared = [line for line in node.body if isinstance(line, ast.AnnAssign)]
    return [ast.unparse(line.target) for line in declared if "ClassVar" not in ast.unparse(line.annotation)]


def test_packages_export_nothing_of_their_modules():
    for path in PACKAGE.rglob("__init__.py"):
        imports = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)]
        assert not [n for n in imports if (n.module or "").startswith("wekadocs_assets")], path


def test_the_median_function_is_short():
    lengths = sorted(
        node.end_lineno - node.lineno + 1
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 12


def test_asset_bodies_are_at_most_15_lines():
    tree = ast.parse((PACKAGE / "defs" / "assets.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.body[0].lineno + 1 <= 15, node.name


@pytest.mark.process
def test_the_top_level_holds_what_the_readme_names():
    tracked = run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    assert {name.partition("/")[0] for name in tracked if name} <= TOP


def test_constraints_are_exact_versions_and_nothing_else():
    lines = (ROOT / "constraints.txt").read_text().split()
    assert all(len(line.split("==")) == 2 for line in lines)
    assert "torch==2.13.0" in lines


@pytest.mark.process
@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=" ".join)
def test_the_code_is_linted_and_formatted(arguments):
    done = run([sys.executable, "-m", "ruff", *arguments, "--no-cache", "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
