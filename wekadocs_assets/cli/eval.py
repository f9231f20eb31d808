"""`ingestctl eval`: measures the quality of search with questions whose correct sections are known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from wekadocs_assets.app import answering
from wekadocs_assets.cli.output import console, data
from wekadocs_assets.cli.search import query_of, read_rows
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search import calibration
from wekadocs_assets.core.search.answer import Query, as_json
from wekadocs_assets.core.search.evaluation import (
    DEPTH,
    MEASURES,
    Judgement,
    compared,
    figures,
    interval,
    judge,
    question_of,
    quoted,
)
from wekadocs_assets.core.search.searcher import Searcher


@click.command("eval")
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--tag", default="", help="Search only the collection with this tag.")
@click.option(
    "--tag-from", "tag_field", default="", help="The field of each question that names the collection to search."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the result to this JSON file, for a later --compare."
)
@click.option(
    "--compare",
    type=click.Path(path_type=Path),
    help="Compare with the result of an earlier run (a file that --out wrote).",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Write the search results of each question to this file, as JSON Lines.",
)
@click.option(
    "--calibrate",
    type=click.Path(path_type=Path),
    help="Fit the confidence model to these questions, and write it to this JSON file.",
)
@click.option("--json", "as_json_", is_flag=True, help="Print one JSON object to stdout.")
def command(
    questions: Path, tag: str, tag_field: str, out: Path | None, compare: Path | None, results: Path | None,
    calibrate: Path | None, as_json_: bool,
) -> int:  # fmt: skip
    """Search with every question in the file QUESTIONS, and count how often the correct section is found.

    Each line of QUESTIONS is a JSON object with id, question, doc (the path of the page with the answer) and heading (of the
    section with the answer).
    """
    asked = [question_of(row, tag_field) for row in read_rows(questions)]
    if not asked:
        raise ConfigurationError(f"{questions} contains no question", "a row has id, question, doc and heading")
    earlier = _ranks(compare) if compare else {}
    settings = read_settings()
    lines: list[str] = []
    outcomes = list(_outcomes(answering.open_searcher(settings), asked, tag, lines))
    run = summary(outcomes, earlier)
    if results:
        results.write_text("".join(lines), "utf-8")
    if calibrate:
        run["out_of_fold"] = calibration.cross_validated(outcomes)
    if out:
        out.write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if calibrate:
        provenance = f"fitted by `ingestctl eval {questions.name} --calibrate` on {len(outcomes)} questions"
        calibrate.write_text(json.dumps(asdict(calibration.fit(outcomes, provenance)), indent=1) + "\n", "utf-8")
        console().print(f"written: {calibrate}; CONFIDENCE_MODEL={calibrate} uses it", markup=False)
    data(run) if as_json_ else click.echo(words(run))
    return 0


def _outcomes(searcher: Searcher, asked: Sequence, tag: str, lines: list[str]) -> Iterator[Judgement]:
    """Searches with the questions, and yields a judgement for each.

    Appends the search results of each question to `lines`, as a line of JSON.
    """
    queries = [query_of({"id": q.id}, Query(question=q.question, tag=q.tag or tag, k=DEPTH)) for q in asked]
    for question, answer in zip(asked, searcher.search_all(queries), strict=True):
        lines.append(json.dumps({"id": question.id} | as_json(answer), ensure_ascii=False) + "\n")
        yield judge(question, answer)


def summary(outcomes: Sequence[Judgement], earlier: dict[str, int]) -> dict:
    """The result of a run, as --out and --json write it.

    earlier: ranks of another run by question id, to compare with.
    """
    found = {
        "figures": figures(outcomes),
        "intervals": {name: [round(x, 4) for x in interval(outcomes, measure)] for name, measure in MEASURES.items()},
        "quoted": quoted(outcomes),
        "confidence": calibration.reliability([(o.confidence, o.rank == 1) for o in outcomes]),
        "questions": [
            {
                "id": o.question.id,
                "rank": o.rank,
                "confidence": o.confidence,
                "quoted": o.quoted,
                "question": o.question.question,
            }
            for o in outcomes
        ],
    }
    return found | ({"compared": compared(outcomes, earlier)} if earlier else {})


def words(run: dict) -> str:
    """The result as tables in plain text."""
    lines = [f"{'':<18}{'questions':>10}{'hit@1':>8}{'hit@5':>8}{'MRR@10':>8}"]
    for name, row in run["figures"].items():
        lines.append(f"{name:<18}{row['questions']:>10}{row['hit@1']:>8.3f}{row['hit@5']:>8.3f}{row['mrr@10']:>8.3f}")
    spans = "   ".join(f"{name} {low:.3f} … {high:.3f}" for name, (low, high) in run["intervals"].items())
    lines += ["", f"95 % intervals: {spans}"]
    if run["quoted"] is not None:
        lines.append(f"correct sections among the first five whose quotes contain the answer: {run['quoted']:.0%}")
    trust = run["confidence"]
    lines.append(f"confidence: Brier {trust['brier']:.3f}   ECE {trust['ece']:.3f}   AUC {trust['auc']:.3f}")
    lines += [f"  said {said:.2f}   true {true:.2f}   {n} questions" for said, true, n in trust["bins"]]
    if "out_of_fold" in run and not run["out_of_fold"]:
        lines.append("calibrated; the questions are about too few pages to estimate the confidence on other pages")
    if fitted := run.get("out_of_fold"):
        figures = (
            f"{name} {fitted[name]:.3f} [{low:.3f}, {high:.3f}]" for name, (low, high) in fitted["intervals"].items()
        )
        lines.append(f"calibrated, on pages that the fit did not see: {'   '.join(figures)}")
    if "compared" in run:
        lines += [f"{name} than before: {', '.join(ids) or 'none'}" for name, ids in run["compared"].items()]
    lines += ["", "rank  confidence  question"]
    for row in run["questions"]:
        lines.append(f"{row['rank'] or '-':>4}{row['confidence']:>12.2f}  {row['id']}  {row['question']}")
    return "\n".join(lines)


def _ranks(path: Path) -> dict[str, int]:
    """Ranks by question id, from a file that --out wrote. Another file: ConfigurationError."""
    try:
        return {str(row["id"]): int(row["rank"]) for row in json.loads(path.read_text("utf-8"))["questions"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{path} is not a run of eval", "give a file that --out wrote") from None
