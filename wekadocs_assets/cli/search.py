"""`ingestctl search`: prints sections that answer a question, with quotes, as text or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from click import style

from wekadocs_assets.app import answering
from wekadocs_assets.cli.output import data
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search.answer import Answer, Query, Quote, Result, as_json
from wekadocs_assets.core.search.searcher import validated

MOST_STEPS = 5
"""Maximum number of printed steps of a procedure; --json prints all."""


@click.command("search")
@click.argument("question", nargs=-1)
@click.option(
    "--file",
    "questions",
    type=click.Path(path_type=Path),
    help="Answer many questions: a file of JSON Lines with id and question.",
)
@click.option("--tag", default="", help="Search only the collection with this tag.")
@click.option("--prefix", default="", metavar="TEXT", help="Only documents whose path starts with TEXT.")
@click.option("--kind", default="", help="Only sections that mention an entity of this kind, such as Command.")
@click.option("-k", "k", default=5, show_default=True, help="Number of sections to return.")
@click.option(
    "--explain", is_flag=True, help="Show the parts of each score, the features of the confidence and the times."
)
@click.option("--json", "as_json_", is_flag=True, help="Print JSON to stdout: one object, or one per line with --file.")
def command(
    question: Sequence[str],
    questions: Path | None,
    tag: str,
    prefix: str,
    kind: str,
    k: int,
    explain: bool,
    as_json_: bool,
) -> int:
    """Find the sections that answer QUESTION, with quotes from their text."""
    if bool(question) == bool(questions):
        raise ConfigurationError("one question, or --file with many", "for instance: ingestctl search 'how to …'")
    rows = list(read_rows(questions)) if questions else [{"id": "", "question": " ".join(question)}]
    queries = [
        query_of(row, Query(question=str(row["question"]), tag=tag, prefix=prefix, kind=kind, k=k)) for row in rows
    ]
    answers = answering.open_searcher(read_settings()).search_all(queries)
    for row, answer in zip(rows, answers, strict=True):
        if as_json_:
            data(({"id": str(row["id"])} if questions else {}) | as_json(answer, explain=explain))
        else:
            click.echo(words(answer, explain))
    return 0


def query_of(row: dict, query: Query) -> Query:
    """Validates the query. An invalid one: ConfigurationError, which names the id of the row if it has one."""
    try:
        return validated(query)
    except ConfigurationError as error:
        raise ConfigurationError(f"{row['id']}: {error.message}" if row["id"] else error.message, error.hint) from None


def read_rows(path: Path) -> Iterator[dict]:
    """The rows of a file of JSON Lines, each with an id and a question.

    Other lines: ConfigurationError with the line number.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}", "a file of JSON Lines in UTF-8") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield {**row, "id": row["id"], "question": row["question"]}
        except (ValueError, KeyError, TypeError):
            hint = 'each line is an object such as {"id": "q1", "question": "how to …"}'
            raise ConfigurationError(f"{path}, line {number}: no id and question", hint) from None


def words(answer: Answer, explain: bool) -> str:
    """The answer as text: rank, path and quotes of each result, its entities and procedures.

    explain: with scores and times.
    """
    lines = [style(note, fg="yellow") for note in answer.notes]
    if not answer.results:
        return "\n".join([*lines, answer.reason])
    lines.append(style(f"confidence {answer.confidence:.0%} that the first result is right", dim=True))
    for rank, result in enumerate(answer.results, 1):
        lines += ["", *_result(rank, result, explain)]
    if explain:
        values = [f"{name} {value:g}" for name, value in (*answer.features.items(), *answer.timings_ms.items())]
        lines += ["", style("  ".join(values), dim=True)]
    return "\n".join(lines)


def _result(rank: int, result: Result, explain: bool) -> Iterator[str]:
    path = [result.document_title, *result.heading_path]
    steps = path[1:] if path[:1] == path[1:2] else path
    yield style(f"{rank}. {' › '.join(step for step in steps if step)}", bold=True)
    yield _aside(result.url or f"{result.tag}: {result.source_uri}#{result.anchor}".rstrip("#"))
    for quote in result.evidence:
        yield f"   “{_marked(quote)}”"
    named = [f"{entity.kind} {entity.name}" for entity in result.entities if entity.asked]
    defined = [f"{entity.kind} {entity.name}" for entity in result.entities if entity.role == "defines"]
    if named:
        yield _aside(f"named in your question: {', '.join(named)}")
    if others := [name for name in defined if name not in named]:
        yield _aside(f"defines: {', '.join(others)}")
    for procedure in result.procedures:
        yield _aside(f"{procedure.name}:")
        yield from (_aside(f"  {number}. {step}") for number, step in enumerate(procedure.steps[:MOST_STEPS], 1))
        if (more := len(procedure.steps) - MOST_STEPS) > 0:
            yield _aside(f"  … and {more} more")
    if result.next:
        yield _aside(f"next: {result.next.title}")
    if explain:
        yield _aside(
            "  ".join([f"score {result.score:g}", *(f"{name} {value:g}" for name, value in result.signals.items())])
        )


def _aside(text: str) -> str:
    return "   " + style(text, dim=True)


def _marked(quote: Quote) -> str:
    parts, at = [], 0
    for start, end in quote.marks:
        parts += [quote.quote[at:start], style(quote.quote[start:end], fg="green", bold=True)]
        at = end
    return "".join([*parts, quote.quote[at:]])
