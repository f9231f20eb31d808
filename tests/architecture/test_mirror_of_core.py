"""tests/unit mirrors core: a module with logic has a test file at the same place, and no test file is without a module.

A theme of its own may have a further file: test_markdown_damage.py belongs to markdown.py.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORE, UNIT = ROOT / "wekadocs_assets" / "core", ROOT / "tests" / "unit" / "core"
MOST_STATEMENTS = 3
"""A function with more is logic. Data, protocols and short properties need no test file."""


def statements(function: ast.FunctionDef) -> int:
    """Number of statements in the function, nested ones included, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return sum(isinstance(node, ast.stmt) for statement in body for node in ast.walk(statement))


def has_logic(module: Path) -> bool:
    functions = (node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.FunctionDef))
    return any(statements(function) > MOST_STATEMENTS for function in functions)


def mirror(module: Path) -> Path:
    place = module.relative_to(CORE)
    return UNIT / place.with_name(f"test_{place.name}")


def test_every_module_with_logic_has_a_test_file_at_its_place():
    missing = [str(mirror(m).relative_to(ROOT)) for m in sorted(CORE.rglob("*.py")) if has_logic(m)]
    assert [name for name in missing if not (ROOT / name).exists()] == []


def test_every_test_file_is_named_after_a_module_of_its_place():
    def belongs(test: Path) -> bool:
        name = test.stem.removeprefix("test_")
        modules = [module.stem for module in (CORE / test.relative_to(UNIT).parent).glob("*.py")]
        return any(name == module or name.startswith(f"{module}_") for module in modules)

    assert [str(test.relative_to(ROOT)) for test in sorted(UNIT.rglob("test_*.py")) if not belongs(test)] == []


def test_logic_is_counted_in_statements_and_not_in_lines():
    def counted(source: str) -> int:
        (function,) = ast.parse(source).body
        return statements(function)

    assert counted('def f():\n    """Says what."""\n    return [\n        1,\n        2,\n    ]\n') == 1
    assert counted("def f():\n    for x in y:\n        if x:\n            return x\n    return 0\n") == 4
