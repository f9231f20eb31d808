"""Ablation of the ranking: `python benchmarks/ablation.py QUESTIONS.jsonl [--tag TAG | --tag-from FIELD]`.

Asks the index of WEKADOCS_HOME every question (rows as for `ingestctl eval`) with variants of the weights in
core/search/hybrid.py, and prints hit@1 with its 95 % interval, hit@5, MRR@10 and hit@5 of the paraphrases. To compare
chunk sizes, ingest with another CHUNK_TOKENS into another WEKADOCS_HOME and run it again.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from wekadocs_assets.app import answering
from wekadocs_assets.cli.search import read_rows
from wekadocs_assets.config.settings import read_settings
from wekadocs_assets.core.models import Vector
from wekadocs_assets.core.search.answer import Query
from wekadocs_assets.core.search.evaluation import DEPTH, MEASURES, Judgement, Question, interval, judge, question_of
from wekadocs_assets.core.search.hybrid import WEIGHTS
from wekadocs_assets.core.search.searcher import Searcher

VARIANTS = {
    "dense vectors only": replace(WEIGHTS, words=0.0, section_mean=0.0),
    "dense vectors, with the section's mean": replace(WEIGHTS, words=0.0),
    "BM25 only": replace(WEIGHTS, meaning=0.0, section_mean=0.0),
    "cosine + BM25": replace(WEIGHTS, power=1.0, section_mean=0.0),
    "cosine + BM25 squared": replace(WEIGHTS, section_mean=0.0),
    "the same, with the section's mean (in use)": WEIGHTS,
    "the same, with twice the section's mean": replace(WEIGHTS, section_mean=2 * WEIGHTS.section_mean),
    "BM25 to the third power": replace(WEIGHTS, power=3.0),
    "20 candidates": replace(WEIGHTS, candidates=20),
    "200 candidates": replace(WEIGHTS, candidates=200),
    "10 sections with all their chunks": replace(WEIGHTS, shortlist_size=10),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("questions", type=Path)
    arguments.add_argument("--tag", default="")
    arguments.add_argument("--tag-from", default="")
    options = arguments.parse_args()
    questions = [question_of(row, options.tag_from) for row in read_rows(options.questions)]
    searcher = answering.open_searcher(read_settings())
    vectors = dict(zip(questions, searcher.embedder.encode_questions([q.question for q in questions]), strict=True))
    print(f"{'':<44}{'hit@1':>22}{'hit@5':>8}{'MRR@10':>8}{'paraphrases':>13}")
    for name, weights in VARIANTS.items():
        print(row(name, outcomes(replace(searcher, weights=weights), vectors, options.tag)), flush=True)


def outcomes(searcher: Searcher, vectors: dict[Question, Vector], tag: str) -> list[Judgement]:
    with searcher.lock.reading():
        return [
            judge(q, searcher.search(Query(question=q.question, tag=q.tag or tag, k=DEPTH), v))
            for q, v in vectors.items()
        ]


def row(name: str, found: list[Judgement]) -> str:
    paraphrases = [outcome for outcome in found if outcome.question.paraphrase]
    measured = {measure: of(found) for measure, of in MEASURES.items()}
    low, high = interval(found, MEASURES["hit@1"])
    hit1 = f"{measured['hit@1']:.3f} [{low:.2f}, {high:.2f}]"
    hit5 = f"{MEASURES['hit@5'](paraphrases):.3f}" if paraphrases else "-"
    return f"{name:<44}{hit1:>22}{measured['hit@5']:>8.3f}{measured['mrr@10']:>8.3f}{hit5:>13}"


if __name__ == "__main__":
    main()
