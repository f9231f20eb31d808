"""The rooms of the house: who may import whom, held by import-linter's contracts in pyproject.toml."""

import ast
import sys
from pathlib import Path
from subprocess import run

import pytest

PACKAGE = Path(__file__).parents[2] / "wekadocs_assets"
PRIVATE_DAGSTER = {"defs/hooks.py", "defs/instance.py", "defs/instance_data.py"}
IMPURE = {"os", "time", "random", "secrets", "socket", "subprocess", "tempfile", "shutil", "threading"}
IMPURE_CALLS = {"now", "utcnow", "today", "uuid4", "uuid1", "getenv", "open", "perf_counter", "time"}


def modules(under: str = "") -> list[Path]:
    return sorted((PACKAGE / under).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.process
def test_imports_keep_to_the_contracts_of_pyproject():
    """In a process of its own: the linter sets up logging in a way that silences every other logger."""
    lint = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(cache_dir=None))"
    done = run([sys.executable, "-c", lint], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_private_parts_of_dagster_are_imported_in_these_files_only():
    private = [path for path in modules() if any(found.startswith("dagster._") for found in imported(path))]
    assert sorted({name(path) for path in private} - PRIVATE_DAGSTER) == []


def impurities(path: Path) -> list[str]:
    """What the module imports or calls that gives another answer tomorrow."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in calls}
    bare = {getattr(f, "id", "") for f in calls}
    of_ports = {"open"}  # GraphStore.open and VectorStore.open are ports; the built-in is a bare name
    impure = {found.partition(".")[0] for found in imported(path)} & IMPURE
    return sorted(impure | (names - of_ports) & IMPURE_CALLS | bare & IMPURE_CALLS)


def test_core_has_no_clock_no_environment_no_files_and_no_randomness():
    assert {name(path): found for path in modules("core") if (found := impurities(path))} == {}
