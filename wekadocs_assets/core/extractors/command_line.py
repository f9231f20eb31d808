"""Tokenizes shell text into statements, words and assignments with exact offsets.

Which statements are commands of the page is decided elsewhere (command_evidence).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PROMPT = re.compile(
    r"[ \t]*(?:\([\w.-]+\)[ \t]*)?(?P<sign>\[[^\]\n]{1,60}\][ \t]?[$#]|[\w.-]++@[\w.-]++[^\s$#>%]{0,60}+[ \t]?[$#>%]|\$|%|#)[ \t]+"
)
WORD = (
    r"(?:[\w./=:,@%+~-]++|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'"  # quoted on one line
    r"|[\"'](?=[{\[\n])(?s:.{0,4000}?)[\"'](?=[\s;)]|$)"  # a quoted body of several lines: JSON, a script
    r"|\$\{[^}\n]{0,200}+\}|\$\(\([^\n]{0,200}?\)\)|<[^<>\s][^<>\n]{0,80}>|\\[^\n]|\$(?!\()"
    r"|(?<=[^\s|])\|(?=[^\s|])|[^\s;|&()`\"'<>\\$]|[\"'])++"
)
TOKEN = re.compile(
    r"(?P<continuation>\\[ \t]*\n)|(?P<heredoc><<-?[ \t]*[\"']?(?P<end>\w+)[\"']?)|(?P<newline>\n)|(?P<blank>[ \t]+)"
    r"|(?P<open>\$\(|`)|(?P<operator>&&|\|\||[;|&()])|(?P<redirect>\d?>>?(?:&\d)?|<(?![^<>\s][^<>\n]{0,80}>))|(?P<word>"
    + WORD
    + r")|(?P<other>.)",
    re.MULTILINE,
)
ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)\+?=(?!=)")
SUBSTITUTION = re.compile(r"\$\(([^()\n]+)\)|`([^`\n]+)`")
LEADING_KEYWORDS = frozenset("if then else elif do while until time ! {".split())
"""Keywords before a command in the same statement."""
CLOSING_KEYWORDS = frozenset("done fi esac } ;;".split())
HEADER_KEYWORDS = frozenset("for case select function in".split())
"""Keywords of a statement that contains no command."""
WRAPPERS = frozenset("sudo nohup time env exec command doas".split())
DECLARATIONS = frozenset("export declare readonly typeset".split())
LONGEST_LINE = 4000
"""Characters; a longer line is skipped: it is data, and reading it would take too long."""
WRAPPER_VALUES = frozenset("-u -g -U --user --group".split())
"""Options of wrappers that take a value."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written; start and end are its offsets."""

    text: str
    start: int
    end: int

    @property
    def is_quoted(self) -> bool:
        return self.text[:1] in "\"'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A simple command: its words without prompt, wrappers (`sudo`) and assignments; no words if it only assigns.

    prompt: '$', '#', '%', '>' or ''; operator: what precedes it on its line: '' for the first, '|', '&&', '$(', …, 'call'
    for the arguments of a function call `f(…)`; local: it is inside a shell function; line_start: offset of its line.
    """

    words: tuple[Word, ...]
    assignments: tuple[Word, ...]
    prompt: str
    operator: str
    local: bool
    line_start: int


@dataclass(frozen=True, slots=True)
class Script:
    """The statements of a shell text, the names of its functions, and (start, end) of the bodies of its heredocs."""

    statements: tuple[Statement, ...]
    functions: frozenset[str]
    heredocs: tuple[tuple[int, int], ...]


def read_shell(text: str, start: int = 0, end: int | None = None) -> Script:
    """The statements of text[start:end] in reading order; offsets count from the start of `text`. Never fails."""
    reader = _Reader(text, start, len(text) if end is None else end)
    reader.run()
    return Script(tuple(reader.statements), frozenset(reader.functions), tuple(reader.heredocs))


class _Reader:
    """Reads token by token; `raw` has the words of the current statement, `outer` the enclosing unfinished statements."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.at, self.end = text, start, end
        self.statements: list[Statement] = []
        self.functions: set[str] = set()
        self.heredocs: list[tuple[int, int]] = []
        self.raw: list[Word] = []
        self.outer: list[tuple[str, list[Word], str]] = []
        self.prompt, self.operator, self.local, self.line_start = "", "", False, start
        self.open_heredocs: list[str] = []
        self.lines_by_text: dict[str, list[tuple[int, int]]] | None = None

    def run(self) -> None:
        self._begin_line(self.at)
        while self.at < self.end:
            match = TOKEN.match(self.text, self.at, self.end)
            assert match is not None  # the last alternative matches any character but newline, which has its own
            self.at = match.end()
            self._read_token(match)
        self._close_all()
        self.statements.sort(key=_start)

    def _read_token(self, match: re.Match[str]) -> None:
        kind, piece = match.lastgroup, match.group()
        if kind == "word":
            self._word(match)
        elif kind == "newline":
            self._finish("")
            if self.outer and self.text.startswith("\n", self.at):
                self._close_all()  # an empty line: the bracket has no end
            self._skip_heredocs()
            self._begin_line(self.at)
        elif kind == "continuation":
            self._skip_long_line()
        elif match["heredoc"]:
            self.open_heredocs.append(match["end"])
        elif piece in ("$(", "`", "(", ")"):
            self._bracket(piece, match.start())
        elif kind == "operator":
            self._finish(piece)
        elif kind == "redirect":
            self.raw.append(Word(piece, match.start(), match.end()))

    def _bracket(self, piece: str, at: int) -> None:
        """Opens or closes a substitution or subshell, whose statements are inside the outer one."""
        opened = self.outer[-1][0] if self.outer else ""
        if piece == ")" or piece == "`" == opened:
            self._finish("")
            if self.outer:
                _, self.raw, self.operator = self.outer.pop()
            return
        if piece == "(" and len(self.raw) == 1 and self.text.startswith(")", self.at):
            self._function(self.raw[0].text)
        self.outer.append((piece, self.raw, self.operator))
        call = piece == "(" and at > 0 and self.text[at - 1].isalnum()
        self.raw, self.operator = [], "call" if call else piece

    def _close_all(self) -> None:
        self._finish("")
        while self.outer:
            _, self.raw, self.operator = self.outer.pop()
            self._finish("")

    def _word(self, match: re.Match[str]) -> None:
        if match.group().startswith("#") and (match.start() == 0 or self.text[match.start() - 1] in " \t\n;"):
            newline = self.text.find("\n", match.start(), self.end)
            self.at = self.end if newline < 0 else newline
            return
        self.raw.append(Word(match.group(), match.start(), match.end()))
        if "\n" in match.group():
            self._skip_long_line()

    def _function(self, name: str) -> None:
        self.functions.add(name)
        self.raw.clear()
        self.local = True

    def _begin_line(self, at: int) -> None:
        self.line_start = at
        match = PROMPT.match(self.text, at, self.end)
        self.prompt = match["sign"][-1] if match else ""
        if match and match["sign"] != "#" and self.prompt == "#":
            self.prompt = "$"  # in `user@host:~# `, # is a prompt, not a comment
        if match:
            self._close_all()
            self.at = match.end()
        self._skip_long_line()

    def _skip_long_line(self) -> None:
        """Moves to the end of the line if more than LONGEST_LINE characters are left of it."""
        long = self.end - self.at > LONGEST_LINE
        if long and self.text.find("\n", self.at, self.at + LONGEST_LINE + 1) < 0:
            newline = self.text.find("\n", self.at, self.end)
            self.at = self.end if newline < 0 else newline

    def _skip_heredocs(self) -> None:
        for word in self.open_heredocs:
            if self.lines_by_text is None:
                self.lines_by_text = _lines_by_text(self.text, self.at, self.end)
            places = self.lines_by_text.get(word, [])
            number = bisect_left(places, (self.at, 0))
            if number < len(places):
                start, end = places[number]
                self.heredocs.append((self.at, start))
                self.at = min(end + 1, self.end)
        self.open_heredocs.clear()

    def _finish(self, operator: str) -> None:
        raw, self.raw = self.raw, []
        before, self.operator = self.operator, operator
        raw = raw[_first_index(raw, lambda word: word.text not in LEADING_KEYWORDS) :]
        if raw and raw[0].text == "}":
            self.local = False
        if not raw or raw[0].text in HEADER_KEYWORDS or raw[0].text in CLOSING_KEYWORDS:
            return
        self._keep(raw, before)

    def _keep(self, raw: list[Word], operator: str) -> None:
        words, assignments = _leading_assignments(raw)
        words = _remove_wrappers(words)
        self.statements.append(
            Statement(
                words=tuple(words),
                assignments=tuple(assignments),
                prompt=self.prompt,
                operator=operator,
                local=self.local,
                line_start=self.line_start,
            )
        )
        for word in raw:
            if word.is_quoted and ("$(" in word.text or "`" in word.text):
                self._substitutions(word)

    def _substitutions(self, word: Word) -> None:
        for match in SUBSTITUTION.finditer(word.text):
            group = 1 if match[1] is not None else 2
            inner = read_shell(self.text, word.start + match.start(group), word.start + match.end(group))
            for found in inner.statements:
                self.statements.append(
                    Statement(
                        words=found.words,
                        assignments=(),
                        prompt=self.prompt,
                        operator="$(",
                        local=self.local,
                        line_start=self.line_start,
                    )
                )


def _start(statement: Statement) -> int:
    return (
        (statement.words or statement.assignments)[0].start
        if statement.words or statement.assignments
        else statement.line_start
    )


def _leading_assignments(raw: list[Word]) -> tuple[list[Word], list[Word]]:
    """(words, assignments) of `A=1 B=2 cmd` and `export A=1`. `local a=1` gives no assignment: it is not a setting."""
    declares = raw[0].text in DECLARATIONS and len(raw) > 1 and ASSIGNMENT.match(raw[1].text)
    rest = raw[1:] if declares else raw
    at = _first_index(rest, lambda word: not ASSIGNMENT.match(word.text))
    return rest[at:], rest[:at]


def _remove_wrappers(words: list[Word]) -> list[Word]:
    """Removes wrappers such as sudo, with their options and assignments."""
    at = 0
    while at < len(words) - 1 and words[at].text in WRAPPERS:
        at += 1
        while at < len(words) and (words[at].text.startswith("-") or ASSIGNMENT.match(words[at].text)):
            at += 2 if words[at].text in WRAPPER_VALUES else 1
    return words[at:]


def _first_index(words: list[Word], wanted: Callable[[Word], object]) -> int:
    """The index of the first wanted word, len(words) if there is none."""
    return next((number for number, word in enumerate(words) if wanted(word)), len(words))


def _lines_by_text(text: str, start: int, end: int) -> dict[str, list[tuple[int, int]]]:
    """(start, end) of each line, by its stripped text: finds the line that closes a heredoc."""
    found: dict[str, list[tuple[int, int]]] = {}
    at = start
    for line in text[start:end].split("\n"):
        found.setdefault(line.strip(" \t"), []).append((at, at + len(line)))
        at += len(line) + 1
    return found


def option_words(words: tuple[Word, ...]) -> Iterator[Word]:
    """The words that are options (`-f`, `--file`, `[--file`)."""
    return (word for word in words if re.match(r"[\[({|]*--?[A-Za-z]", word.text))
