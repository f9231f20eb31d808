"""No user text is ever formatted into Cypher: what is run is a closed set of texts, and hostile words stay parameters."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from graph_documents import NASTY, Part, entry, page

from wekadocs_assets.adapters.cypher import statements
from wekadocs_assets.adapters.data_folder.locks import TurnstileLock
from wekadocs_assets.adapters.ladybug.graph import LadybugGraph
from wekadocs_assets.adapters.ladybug.session import LadybugSession
from wekadocs_assets.adapters.neo4j import graph as neo4j_graph
from wekadocs_assets.adapters.neo4j import lease as neo4j_lease
from wekadocs_assets.adapters.neo4j.graph import Neo4jGraph
from wekadocs_assets.adapters.neo4j.session import Neo4jSession
from wekadocs_assets.core import ids
from wekadocs_assets.core.graph import schema
from wekadocs_assets.core.graph.builder import build
from wekadocs_assets.core.graph.diff import diff
from wekadocs_assets.core.models import Chunk, Collection, Failure
from wekadocs_assets.core.ports.stores import GraphStore

ADAPTERS = Path(neo4j_graph.__file__).parent.parent
FOLDERS = ("cypher", "ladybug", "neo4j")
MARK = "Zorro"
HOSTILE = f"{MARK} {NASTY}"
TAG = f"{MARK}' }}) DETACH DELETE n //"
OF_LADYBUG = {"CALL show_tables() RETURN `name`", "BEGIN TRANSACTION", "COMMIT", "ROLLBACK"}
ARGUMENTS = {"label": tuple(schema.NODES), "edge": tuple(schema.EDGES.values()), "of_tag": (True, False)}


def generated() -> set[str]:
    """Every text that the statements module can give."""
    found = {value for name, value in vars(statements).items() if name.isupper() and isinstance(value, str)}
    for name, made in vars(statements).items():
        if hasattr(made, "cache_info") and not name.startswith("_"):
            domains = [ARGUMENTS[parameter] for parameter in inspect.signature(made).parameters]
            found |= {made(*arguments) for arguments in product(*domains)}
    return found


CLOSED = {
    "ladybug": generated() | set(schema.ddl("ladybug")) | OF_LADYBUG,
    "neo4j": generated() | set(schema.ddl("neo4j")) | {*neo4j_graph.STATEMENTS, *neo4j_lease.STATEMENTS},
}


@pytest.fixture
def ladybug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[GraphStore, list[str]]:
    seen: list[str] = []
    record(monkeypatch, LadybugSession, seen)
    return LadybugGraph(tmp_path / "graph.lbug", TurnstileLock(tmp_path / "locks")), seen


@pytest.fixture
def neo4j_recorded(neo4j_bare, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[GraphStore, list[str]]]:
    """At the driver itself: nothing gets past it."""
    from neo4j import ManagedTransaction, Session

    session = Neo4jSession(neo4j_bare.uri, neo4j_bare.user, neo4j_bare.password, neo4j_bare.database)
    session.run("CREATE (:Person {name: 'canary'})")
    seen: list[str] = []
    record(monkeypatch, Session, seen)
    record(monkeypatch, ManagedTransaction, seen)
    yield Neo4jGraph(session), seen
    assert session.run("MATCH (p:Person) RETURN p.name AS name") == [{"name": "canary"}]
    session.close()


def record(monkeypatch: pytest.MonkeyPatch, runner: type, seen: list[str]) -> None:
    real = runner.run

    def recorded(self, statement, *arguments, **parameters):
        seen.append(statement)
        return real(self, statement, *arguments, **parameters)

    monkeypatch.setattr(runner, "run", recorded)


@pytest.fixture(params=["ladybug", "neo4j"])
def engine(request: pytest.FixtureRequest) -> tuple[str, GraphStore, list[str]]:
    store, seen = request.getfixturevalue({"neo4j": "neo4j_recorded"}.get(request.param, request.param))
    return request.param, store, seen


def parts(word: str) -> tuple[Part, ...]:
    """Hostile words wherever a document can have words."""
    return (
        Part(
            f"One {word}", text=word, mentions=(("Command", word), ("Concept", f"c {word}")), links=(word, f"b {word}")
        ),
        Part(f"Two {word}", steps=(word, f"stop {word}"), solves=word, mentions=(("Error", word), ("Component", word))),
        Part(f"Three {word}", option=word, mentions=(("Parameter", word), ("Configuration", word))),
    )


def put(store: GraphStore, uri: str, sections: tuple[Part, ...]) -> list[str]:
    """Superseded sections."""
    document, extraction = page(uri, sections, TAG, title=HOSTILE)
    new = build(document, extraction)
    change = diff(store.read([document.id]).get(document.id), new)
    store.apply([change], [entry(document, checksum=HOSTILE)])
    return list(change.stale_sections)


def live(store: GraphStore) -> None:
    """All that can happen to documents, each with hostile words."""
    store.open()
    with store.hold([TAG], HOSTILE):
        store.save_collection(Collection(tag=TAG, root=HOSTILE, finished_ingest_id=HOSTILE, started_ingest_id=HOSTILE))
        put(store, HOSTILE, parts(HOSTILE))
        put(store, f"b {HOSTILE}", parts(HOSTILE)[::-1])
        first = ids.document_id(TAG, HOSTILE)
        chunk_and_link(store, first)
        store.delete_sections(put(store, HOSTILE, parts(f"new {HOSTILE}")))
        assert store.read([first])[first] == build(*page(HOSTILE, parts(f"new {HOSTILE}"), TAG, title=HOSTILE))
        put(store, f"renamed {HOSTILE}", parts(f"new {HOSTILE}"))
        store.purge([first])
        failure = Failure(
            stage="parsed_documents", error=HOSTILE, hint=HOSTILE, permanent=True, checksum="c", recipe=HOSTILE
        )
        (known, *_) = store.ledger(TAG)
        store.write_ledger([replace(known, failure=failure, vector_fingerprints={HOSTILE: HOSTILE})])
        store.activate(HOSTILE, HOSTILE)
    look(store)


def chunk_and_link(store: GraphStore, document_id: str) -> None:
    sections = store.section_ids([document_id])[document_id]
    chunks = [
        Chunk(
            id=ids.chunk_id(key, HOSTILE, 0),
            section_id=key,
            order=0,
            start=0,
            end=1,
            checksum=HOSTILE,
            tokens=1,
            embedding_version=HOSTILE,
        )
        for key in sections
    ]
    store.write_chunks(chunks, [], [])
    store.write_chunks([replace(chunks[0], checksum="new")], [chunks[1].id, HOSTILE], [])
    assert len(store.chunks([document_id], HOSTILE)[document_id]) == 2
    links = [(sections[0], document_id, HOSTILE), (sections[1], document_id, "")]
    store.write_links(links, [])
    store.write_links([], links[1:])
    assert store.links(TAG) == {sections[0]: [(document_id, HOSTILE)]}


def look(store: GraphStore) -> None:
    for tag in (TAG, HOSTILE, None):
        assert store.counts(tag) and store.ledger(tag) is not None
    assert store.link_targets(TAG) and store.link_anchors(TAG) and store.links(HOSTILE) == {}
    assert store.read([HOSTILE]) == {} and store.section_ids([HOSTILE]) == {}
    for name in (*schema.NODES, *schema.TYPES):
        list(store.export(name))
    for name in (HOSTILE, "Section) DETACH DELETE n //", "MENTIONS]->() DELETE r //"):
        with pytest.raises(ValueError, match="not in the graph's schema"):
            store.export(name)


@pytest.mark.slow_for("neo4j")
def test_what_is_run_is_the_closed_set_of_statements_without_a_word_of_the_documents(engine):
    name, store, seen = engine
    live(store)
    strangers = sorted(set(seen) - CLOSED[name])
    assert strangers == []
    assert not [statement for statement in seen if MARK in statement]
    written = {statements.merge_nodes("Section"), statements.merge_ledger(), statements.delete_nodes("Document")}
    assert written <= set(seen) and len(set(seen)) > 100  # the recorder did record


def test_the_closed_set_names_nothing_that_the_schema_does_not_know():
    every = CLOSED["neo4j"] | CLOSED["ladybug"]
    assert len(every) > 250 and not [statement for statement in every if MARK in statement or "{}" in statement]


# Sinks: the functions that run a statement, or hand one on, by the position of that argument. What is allowed there:
# a constant, an upper-case name of a module (made on import, before any user text is read), an attribute or a call of a
# module of statements, a definition of the schema table.
EVERYWHERE = {"run": 0, "over_ids": 1, "over_rows": 1}
MODULES = ("statements", "reader_statements", "schema")


def checked_modules() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ADAPTERS / folder).glob("*.py")]
    return sorted(path for path in found if not path.stem.endswith("statements"))


def sinks_of(tree: ast.Module) -> dict[str, int]:
    """Functions that hand on their parameter `statement` or `definition` count as well: their callers are looked at."""
    found = dict(EVERYWHERE)
    for function in functions(tree):
        names = [argument.arg for argument in function.args.args if argument.arg != "self"]
        for name in {"statement", "definition"} & set(names):
            if any(callee(call) in EVERYWHERE and name in ids_of(call.args) for call in calls_in(function)):
                found[function.name] = names.index(name)
    return found


def calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def ids_of(arguments: list[ast.expr]) -> set[str]:
    return {argument.id for argument in arguments if isinstance(argument, ast.Name)}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def offences(source: str) -> list[str]:
    tree = ast.parse(source)
    sinks = sinks_of(tree)
    return [
        f"line {call.lineno}: {ast.unparse(call)[:100]}"
        for call, handed_on in calls(tree, set(), defined_names(tree))
        if (place := sinks.get(callee(call), -1)) >= 0
        and len(call.args) > place
        and not is_fixed(call.args[place], handed_on)
    ]


def defined_names(tree: ast.Module) -> set[str]:
    """Loop variables over the schema's definitions, wherever they stand: `for x in schema.ddl(…)`, `schema(…).items()`."""
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.comprehension)]
    over_schema = [loop for loop in loops if "schema" in {n.id for n in ast.walk(loop.iter) if isinstance(n, ast.Name)}]
    return {name.id for loop in over_schema for name in ast.walk(loop.target) if isinstance(name, ast.Name)}


def calls(node: ast.AST, handed_on: set[str], defined: set[str]) -> Iterator[tuple[ast.Call, set[str]]]:
    """Every call with the names that stand for a statement where it stands."""
    for child in ast.iter_child_nodes(node):
        inner = handed_on
        if isinstance(child, ast.FunctionDef):
            parameters = {argument.arg for argument in child.args.args}
            inner = handed_on | ({"statement", "definition"} & parameters)
        if isinstance(child, ast.Call):
            yield child, inner | defined
        yield from calls(child, inner, defined)


def callee(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def is_fixed(value: ast.expr, handed_on: set[str]) -> bool:
    if isinstance(value, ast.Call):
        return is_of_statements(value.func)
    if isinstance(value, ast.Name):
        return value.id.isupper() or value.id in handed_on
    return isinstance(value, ast.Constant) or is_of_statements(value)


def is_of_statements(value: ast.expr) -> bool:
    return isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id in MODULES


def test_the_modules_that_run_statements_are_found():
    found = {f"{path.parent.name}/{path.stem}" for path in checked_modules()}
    assert {"cypher/graph", "cypher/reader", "ladybug/session", "neo4j/lease", "neo4j/vectors"} <= found


@pytest.mark.parametrize("path", checked_modules(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_adapters_run_only_constants_and_generated_statements(path):
    assert offences(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "def f(run, tag): run(f'MATCH (n) WHERE n.tag = {tag} RETURN n')",
        "def f(run, tag): run('MATCH (n {tag: ' + tag + '})')",
        "def f(run, tag): run('MATCH (n:%s)' % tag)",
        "def f(run, tag): over_ids(run, 'MATCH (n:{})'.format(tag), [])",
        "def f(self, tag):\n text = f'MATCH (n:{tag})'\n self._session.run(text)",
        "def g(run, statement): run(statement)\ndef f(run, tag): g(run, f'MATCH (n:{tag})')",
    ],
)
def test_the_check_of_the_adapters_finds_what_it_is_for(line):
    assert len(offences(line)) == 1


def test_every_function_of_the_statements_takes_names_of_the_schema_alone():
    made: list[Callable] = [made for made in vars(statements).values() if hasattr(made, "cache_info")]
    assert {name for one in made for name in inspect.signature(one).parameters} <= ARGUMENTS.keys()
