"""Plain technical English: phrases that readers stumbled over must not come back.

Add a phrase here, with what to write instead, when a reader could not explain a sentence after one reading.
The terms themselves are in docs/glossary.md.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "wekadocs_assets"
GENERATED = re.compile(r"<!-- generated: .*?<!-- end -->", re.DOTALL)
INSTEAD = {
    r"(?<!there )\b(is|are) no\b(?! longer)": "is not a …, there is no …, or a positive definition",
    r"\b(of|is|are) ours\b": "name the thing: our tag, the project's labels",
    r"\bcom(es?|ing) to (its|an|the) end\b": "ends, finishes",
    r"\bstands? (for|in|on|under|beside|before|behind|there|at|with)\b": "is, means, represents, precedes",
    r"\bas (it|they) stands?\b": "up to date",
    r"\bwhat may pass\b|\bcalls? its trouble passing\b": "transient error",
    r"\btold\b": "reported, or a name for the value",
    r"\balone\b": "only",
    r"(?<!\")\bstrangers?\b": "untracked points, foreign nodes",  # not the JSON key of `reconcile --json`
    r"\bsuperseded\b": "stale",
    r"\bmend(s|ed|ing)?\b": "repair, correct",
    r"\b(broken|broke|breaks|break) off\b": "interrupted, aborted",
    r"\bg(ives?|ave|iven|iving) up\b": "dead-letter, release, stop",
    r"\b(made|make|is|are|be) whole\b|\bwhole (again|yet)\b": "complete, consistent",
    r"\bfurther (vector )?store\b|\b(a|the) mirrors\b|\bmirror\b(?! reclaim)": "replica store",  # not the list of verbs
    r"(?<!\")\bserved\b": "active: the active index, the active version",  # not the name of a check of `doctor --json`
    r"\bpipeline\.wanted\b|\bwanted (index|version)\b": "target: the target index, the target version",
    r"\btall(y|ies)\b": "counts",
    r"\b(show_)?looks\b(?= =|\()": "checks of watched collections",
    r"\bsource of truth\b|\bis the truth\b": "primary store",
    r"\banew\b": "again",
    r"\bby (itself|themselves)\b": "automatically, separately",
    r"\bfor good\b": "permanently",
    r"\bsettl(e|es|ed|ing)\b": "quiet period; purge and link",
    r"\bsomebody\b|\bnobody\b(?!')|\bwhoever\b": "name the actor: another process, no reader",
    r"\blies? (in|beside|at|below|under|there)\b": "is in, is stored in",
    r"\bnothing of\b": "none of, does not contain",
    r"\bset free\b|\blets? go of\b": "release",
    r"\bmake(s)? good\b|\bmade good\b": "replace",
    r"\bthe house\b|\bhouse rules?\b": "repository layout, conventions",
}
"""Phrase -> what to write instead."""
NOT_CLEAN_YET: set[str] = set()
"""Rooms whose text has not been rewritten yet; only ever shrinks. A room is a path below wekadocs_assets, or `docs` for all else."""


def room(path: Path) -> str:
    if not path.is_relative_to(PACKAGE):
        return "docs"
    parts = path.relative_to(PACKAGE).parts
    return "/".join(parts[:-1][:2]) or "."


def texts() -> list[Path]:
    """The package, the benchmarks, the Makefile and the written documentation; what is generated from code is checked there."""
    pages = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), ROOT / "reports" / "README.md"]
    code = [*PACKAGE.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py"), ROOT / "Makefile"]
    return sorted([*code, *(page for page in pages if page.name != "configuration.md")])


def written(path: Path) -> str:
    text = path.read_text("utf-8")
    return GENERATED.sub(lambda block: "\n" * block[0].count("\n"), text) if path.suffix == ".md" else text


@pytest.mark.parametrize("phrase", INSTEAD)
def test_a_phrase_that_nobody_understood_does_not_come_back(phrase):
    pattern = re.compile(phrase, re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:110]}"
        for path in texts()
        if room(path) not in NOT_CLEAN_YET
        for number, line in enumerate(written(path).splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, f"instead of {phrase!r} write {INSTEAD[phrase]!r}:\n" + "\n".join(found)
