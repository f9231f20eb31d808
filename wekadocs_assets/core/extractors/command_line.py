"""Reads shell text as written: statements, words and assignments with exact offsets (pure; knows no page and no program)."""

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
LEADS = frozenset("if then else elif do while until time ! {".split())
"""Keywords before a command in the same statement."""
ENDS = frozenset("done fi esac } ;;".split())
HEADS = frozenset("for case select function in".split())
"""Keywords whose statement holds no command."""
WRAPPERS = frozenset("sudo nohup time env exec command doas".split())
DECLARATIONS = frozenset("export declare readonly typeset".split())
LONGEST_LINE = 4000
"""Nobody types a longer command: a longer line is data, or it was made to keep a reader busy. It is not read as shell text."""
WRAPPER_VALUES = frozenset("-u -g -U --user --group".split())


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, `text[start:end]`."""

    text: str
    start: int
    end: int

    @property
    def quoted(self) -> bool:
        return self.text[:1] in "\"'"


@dataclass(frozen=True, slots=True)
class Statement:
    """A simple command: its words without prompt, wrappers and assignments.

    prompt: the sign before it ('' when none); link: what precedes it on its line ('' for a line's first, '|', '&&', '$(' ...);
    local: it stands in a function of the text. A statement of assignments alone has no words.
    """

    words: tuple[Word, ...]
    assignments: tuple[Word, ...]
    prompt: str
    link: str
    local: bool
    line_start: int


@dataclass(frozen=True, slots=True)
class Script:
    """What a stretch of shell text holds; heredocs are (start, end) of their bodies."""

    statements: tuple[Statement, ...]
    functions: frozenset[str]
    heredocs: tuple[tuple[int, int], ...]


def read(text: str, start: int = 0, end: int | None = None) -> Script:
    """The statements of text[start:end] in reading order; offsets count from the start of `text`."""
    reader = _Reader(text, start, len(text) if end is None else end)
    reader.run()
    return Script(tuple(reader.statements), frozenset(reader.functions), tuple(reader.heredocs))


class _Reader:
    """One walk over the tokens; `raw` holds the words of the statement being read, `outer` those that wait for a `)` or a backtick."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.at, self.end = text, start, end
        self.statements: list[Statement] = []
        self.functions: set[str] = set()
        self.heredocs: list[tuple[int, int]] = []
        self.raw: list[Word] = []
        self.outer: list[tuple[str, list[Word], str]] = []
        self.prompt, self.link, self.local, self.line_start = "", "", False, start
        self.waiting: list[str] = []
        self.closings: dict[str, list[tuple[int, int]]] | None = None

    def run(self) -> None:
        self._begin_line(self.at)
        while self.at < self.end:
            match = TOKEN.match(self.text, self.at, self.end)
            assert match is not None  # the last alternative takes any sign, newline has its own
            self.at = match.end()
            self._take(match)
        self._close_all()
        self.statements.sort(key=_place)

    def _take(self, match: re.Match[str]) -> None:
        kind, piece = match.lastgroup, match.group()
        if kind == "word":
            self._word(match)
        elif kind == "newline":
            self._finish("")
            if self.outer and self.text.startswith("\n", self.at):
                self._close_all()  # an empty line: the bracket was never closed
            self._skip_heredocs()
            self._begin_line(self.at)
        elif kind == "continuation":
            self._skip_long_line()
        elif match["heredoc"]:
            self.waiting.append(match["end"])
        elif piece in ("$(", "`", "(", ")"):
            self._bracket(piece, match.start())
        elif kind == "operator":
            self._finish(piece)
        elif kind == "redirect":
            self.raw.append(Word(piece, match.start(), match.end()))

    def _bracket(self, piece: str, at: int) -> None:
        """A substitution or a subshell: its statements come between the words of the outer one."""
        opened = self.outer[-1][0] if self.outer else ""
        if piece == ")" or piece == "`" == opened:
            self._finish("")
            if self.outer:
                _, self.raw, self.link = self.outer.pop()
            return
        if piece == "(" and len(self.raw) == 1 and self.text.startswith(")", self.at):
            self._function(self.raw[0].text)
        self.outer.append((piece, self.raw, self.link))
        call = piece == "(" and at > 0 and self.text[at - 1].isalnum()
        self.raw, self.link = [], "call" if call else piece

    def _close_all(self) -> None:
        self._finish("")
        while self.outer:
            _, self.raw, self.link = self.outer.pop()
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
            self.prompt = "$"  # user@host:~# is no comment
        if match:
            self._close_all()
            self.at = match.end()
        self._skip_long_line()

    def _skip_long_line(self) -> None:
        """The one place where the length of a line, or of a stretch of inline code, is bounded."""
        long = self.end - self.at > LONGEST_LINE
        if long and self.text.find("\n", self.at, self.at + LONGEST_LINE + 1) < 0:
            newline = self.text.find("\n", self.at, self.end)
            self.at = self.end if newline < 0 else newline

    def _skip_heredocs(self) -> None:
        for word in self.waiting:
            if self.closings is None:
                self.closings = _lone_words(self.text, self.at, self.end)
            places = self.closings.get(word, [])
            number = bisect_left(places, (self.at, 0))
            if number < len(places):
                start, end = places[number]
                self.heredocs.append((self.at, start))
                self.at = min(end + 1, self.end)
        self.waiting.clear()

    def _finish(self, link: str) -> None:
        raw, self.raw = self.raw, []
        before, self.link = self.link, link
        raw = raw[_first(raw, lambda word: word.text not in LEADS) :]
        if raw and raw[0].text == "}":
            self.local = False
        if not raw or raw[0].text in HEADS or raw[0].text in ENDS:
            return
        self._keep(raw, before)

    def _keep(self, raw: list[Word], link: str) -> None:
        words, assignments = _leading_assignments(raw)
        words = _unwrapped(words)
        self.statements.append(
            Statement(tuple(words), tuple(assignments), self.prompt, link, self.local, self.line_start)
        )
        for word in raw:
            if word.quoted and ("$(" in word.text or "`" in word.text):
                self._substitutions(word)

    def _substitutions(self, word: Word) -> None:
        for match in SUBSTITUTION.finditer(word.text):
            group = 1 if match[1] is not None else 2
            inner = read(self.text, word.start + match.start(group), word.start + match.end(group))
            for found in inner.statements:
                self.statements.append(Statement(found.words, (), self.prompt, "$(", self.local, self.line_start))


def _place(statement: Statement) -> int:
    return (
        (statement.words or statement.assignments)[0].start
        if statement.words or statement.assignments
        else statement.line_start
    )


def _leading_assignments(raw: list[Word]) -> tuple[list[Word], list[Word]]:
    """(words, assignments): `A=1 B=2 cmd` and `export A=1`; `local a=1` is nobody's setting."""
    declares = raw[0].text in DECLARATIONS and len(raw) > 1 and ASSIGNMENT.match(raw[1].text)
    rest = raw[1:] if declares else raw
    at = _first(rest, lambda word: not ASSIGNMENT.match(word.text))
    return rest[at:], rest[:at]


def _unwrapped(words: list[Word]) -> list[Word]:
    """Without sudo and its like, their options and the assignments that they take."""
    at = 0
    while at < len(words) - 1 and words[at].text in WRAPPERS:
        at += 1
        while at < len(words) and (words[at].text.startswith("-") or ASSIGNMENT.match(words[at].text)):
            at += 2 if words[at].text in WRAPPER_VALUES else 1
    return words[at:]


def _first(words: list[Word], wanted: Callable[[Word], object]) -> int:
    """Where the first such word stands; behind the last when there is none."""
    return next((number for number, word in enumerate(words) if wanted(word)), len(words))


def _lone_words(text: str, start: int, end: int) -> dict[str, list[tuple[int, int]]]:
    """Where the lines are that hold one word alone, by that word: they close heredocs."""
    found: dict[str, list[tuple[int, int]]] = {}
    at = start
    for line in text[start:end].split("\n"):
        found.setdefault(line.strip(" \t"), []).append((at, at + len(line)))
        at += len(line) + 1
    return found


def option_words(words: tuple[Word, ...]) -> Iterator[Word]:
    """The words that are options, long or short, bracketed in a synopsis or not."""
    return (word for word in words if re.match(r"[\[({|]*--?[A-Za-z]", word.text))
