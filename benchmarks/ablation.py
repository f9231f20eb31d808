"""What each part of the ranking brings: `python benchmarks/ablation.py QUESTIONS.jsonl [--tag TAG | --tag-from FIELD]`.

Asks the index of WEKADOCS_HOME every question (rows as for `ingestctl eval`) with parts of core/search/hybrid.py left out or
turned further, and prints hit@1 with its 95 % interval, hit@5, MRR@10 and hit@5 of the paraphrases. Chunk sizes are compared
by ingesting with another CHUNK_TOKENS into another folder.
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
    "meaning alone": replace(WEIGHTS, words=0.0, section_mean=0.0),
    "meaning, with the section's mean": replace(WEIGHTS, words=0.0),
    "words alone": replace(WEIGHTS, meaning=0.0, section_mean=0.0),
    "both": replace(WEIGHTS, power=1.0, section_mean=0.0),
    "both, words squared": replace(WEIGHTS, section_mean=0.0),
    "the same, with the section's mean (ships)": WEIGHTS,
    "with twice its weight": replace(WEIGHTS, section_mean=2 * WEIGHTS.section_mean),
    "words to the third power": replace(WEIGHTS, power=3.0),
    "20 candidates": replace(WEIGHTS, candidates=20),
    "200 candidates": replace(WEIGHTS, candidates=200),
    "10 sections looked at whole": replace(WEIGHTS, shortlist_size=10),
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
    told = {measure: of(found) for measure, of in MEASURES.items()}
    low, high = interval(found, MEASURES["hit@1"])
    hit1 = f"{told['hit@1']:.3f} [{low:.2f}, {high:.2f}]"
    hit5 = f"{MEASURES['hit@5'](paraphrases):.3f}" if paraphrases else "-"
    return f"{name:<44}{hit1:>22}{told['hit@5']:>8.3f}{told['mrr@10']:>8.3f}{hit5:>13}"


if __name__ == "__main__":
    main()
