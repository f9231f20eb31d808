"""The Markdown dialect: CommonMark by markdown-it-py, with rules added or replaced where it would lose text of real pages.

Added or replaced: pipe tables (extra cells and a missing delimiter row are kept), HTML tags (placeholders in angle
brackets stay text), autolinks, template tags as tokens, link reference definitions (only with a plausible target),
indented tabs and admonitions (Python-Markdown syntax). Another rule of the dialect belongs here.
"""

from __future__ import annotations

import functools
import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.reference import reference
from markdown_it.rules_inline import StateInline

from wekadocs_assets.core.parsers.embedded_html import tag_at

MAX_NESTING = 100
"""Nesting levels that are parsed: markdown-it drops text below its limit, and a higher limit overflows Python's stack."""

DELIMITER_ROW = re.compile(r"^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
CELL_PART = re.compile(r"\\.|`+[^`]*`+|\||[^\\`|]+|[\\`]")
AUTOLINK = re.compile(
    r"<((?:https?|ftps?|mailto|tel|file|ssh|git):[^\s<>]*|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)>", re.IGNORECASE
)
TEMPLATE = re.compile(r"\{%(?:(?!\{%|%\})[^\n]){0,1000}%\}|\{\{[<%](?:(?!\{\{|\}\})[^\n]){0,1000}[>%]\}\}")
NO_COMMENT_END = -1
"""Key in an inline state's cache: the text has no further `-->`, so it is not searched again."""
CONTAINER = re.compile(
    r"^(?P<sign>!!!|\?\?\?\+?|===[!+]*)[ \t]+(?P<kind>[\w-]+)?"
    r'(?:[ \t]+(?:inline|end))*[ \t]*(?P<words>[^"\n]*)(?:"(?P<title>[^"]*)")?[ \t]*$'
)
DEFINITION = re.compile(r"^\[(?!\^)[^\[\]]*\]:\s*(?:<[^<>\n]*>|\S*[./#:]\S*)")


@functools.cache
def markdown_parser() -> MarkdownIt:
    """The configured parser: its `block.parse` reads blocks, its `inline.parse` the text of a block."""
    md = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    md.enable("strikethrough")
    md.disable("html_block")
    md.block.ruler.at("reference", _reference)
    md.block.ruler.before("fence", "pipe_table", _pipe_table, {"alt": ["paragraph", "reference"]})
    everywhere: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("fence", "indented_container", _indented_container, everywhere)
    md.inline.ruler.at("html_inline", _tag)
    md.inline.ruler.at("autolink", _autolink)
    md.inline.ruler.before("html_inline", "template", _template)
    # link targets stay as written, whatever they are; markdown-it documents these methods as replaceable
    md.normalizeLink = md.normalizeLinkText = _unchanged  # type: ignore[method-assign, assignment]
    md.validateLink = _accept  # type: ignore[method-assign, assignment]
    return md


def _unchanged(target: str) -> str:
    return target


def _accept(target: str) -> bool:
    return True


def _line_text(state: StateBlock, at: int) -> str:
    return state.src[state.bMarks[at] + state.tShift[at] : state.eMarks[at]]


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A link reference definition; `[INFO]: Starting` and footnotes are text."""
    head = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start] + 300]
    return bool(DEFINITION.match(head)) and reference(state, start, end, silent)


def _pipe_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A pipe table: rows with a delimiter row under the first (GFM 4.10), or two or more lines that start with a pipe.

    Its token's meta: rows (cell texts), header (whether the first row is a header).
    """
    first = _line_text(state, start)
    if "|" not in first or start + 1 >= end or state.is_code_block(start):
        return False
    if state.sCount[start + 1] < state.blkIndent:
        return False
    second = _line_text(state, start + 1)
    has_delimiters = "|" in second and bool(DELIMITER_ROW.match(second))
    leading_pipe = first.startswith("|")
    if not has_delimiters and not (leading_pipe and second.startswith("|")):
        return False
    if silent:
        return True
    lines, state.line = _table_lines(state, start, end, leading_pipe)
    token = state.push("pipe_table", "", 0)
    token.map = [start, state.line]
    token.meta = {"rows": _rows(lines), "header": has_delimiters}
    return True


def _table_lines(state: StateBlock, start: int, end: int, leading_pipe: bool) -> tuple[list[str], int]:
    """(the lines of the table, the line after it); a row broken over two lines is joined."""
    lines: list[str] = []
    at = start
    terminators = state.md.block.ruler.getRules("blockquote")
    while at < end and state.sCount[at] >= state.blkIndent and (text := _line_text(state, at).rstrip()):
        if at > start + 1 and not text.startswith("|") and any(rule(state, at, end, True) for rule in terminators):
            break
        if leading_pipe and not text.startswith("|") and lines and not lines[-1].endswith("|"):
            lines[-1] += f" {text}"
        else:
            lines.append(text)
        at += 1
    return lines, at


def _rows(lines: list[str]) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in lines:
        if DELIMITER_ROW.match(line) and "-" in line and "|" in line:
            continue
        rows.append(_cells(line, len(rows[0]) if rows else 0))
    return rows


def _cells(line: str, columns: int) -> list[str]:
    """The cell texts of a row. A pipe inside a code span separates cells only if that gives the header's cell count."""
    text = line.strip().removeprefix("|")
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    if "`" not in text and "\\" not in text:
        return [cell.strip() for cell in text.split("|")]
    cells = [""]
    for m in CELL_PART.finditer(text):
        if m[0] == "|":
            cells.append("")
        else:
            cells[-1] += m[0]
    plain = re.split(r"(?<!\\)\|", text)
    best = plain if columns and len(plain) == columns != len(cells) else cells
    return [cell.replace("\\|", "|").strip() for cell in best]


def _indented_container(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`!!! note "Title"`, `??? tip` and `=== "Tab"`, with content indented by four (Python-Markdown, MkDocs Material)."""
    text = _line_text(state, start)
    if text[:3] not in ("!!!", "???", "===") or state.is_code_block(start):
        return False
    m = CONTAINER.match(text)
    if not m or (m["sign"][0] == "=" and (m["title"] is None or m["kind"])):
        return False
    if silent:
        return True
    indent = state.sCount[start] + 4
    stop = start + 1
    while stop < end and (state.isEmpty(stop) or state.sCount[stop] >= indent):
        stop += 1
    kind = "tab" if m["sign"][0] == "=" else "details" if m["sign"][0] == "?" else "admonition"
    token = state.push("container_open", "", 1)
    token.map = [start, stop]
    token.meta = {"kind": kind, "type": m["kind"] or "", "title": f"{m['words']}{m['title'] or ''}".strip()}
    old_max, old_indent, old_parent = state.lineMax, state.blkIndent, state.parentType
    state.lineMax, state.blkIndent, state.parentType = stop, indent, "blockquote"
    state.md.block.tokenize(state, start + 1, stop)
    state.lineMax, state.blkIndent, state.parentType = old_max, old_indent, old_parent
    state.push("container_close", "", -1)
    state.line = stop
    return True


def _tag(state: StateInline, silent: bool) -> bool:
    """HTML tags and comments; `<name>` and other placeholders stay text."""
    if state.src[state.pos] != "<":
        return False
    if state.src.startswith("<!--", state.pos):
        end = -1 if NO_COMMENT_END in state.cache else state.src.find("-->", state.pos + 4)
        if end < 0:
            state.cache[NO_COMMENT_END] = state.pos
            return False
        state.pos = end + 3
        return True
    found = tag_at(state.src, state.pos)
    if not found:
        return False
    if not silent:
        state.push("tag", "", 0).meta = {"tag": found[0]}
    state.pos = found[1]
    return True


def _autolink(state: StateInline, silent: bool) -> bool:
    """Autolinks: `<https://host>` and `<name@host>`; `<host:port>` is a placeholder."""
    m = AUTOLINK.match(state.src, state.pos) if state.src[state.pos] == "<" else None
    if not m:
        return False
    if not silent:
        state.push("link_open", "a", 1).attrs = {"href": m[1]}
        state.push("text", "", 0).content = m[1]
        state.push("link_close", "a", -1)
    state.pos = m.end()
    return True


def _template(state: StateInline, silent: bool) -> bool:
    """Template tags of Liquid and Hugo: `{% hint %}`, `{{< tab >}}`."""
    m = TEMPLATE.match(state.src, state.pos) if state.src[state.pos] == "{" else None
    if not m:
        return False
    if not silent:
        state.push("template", "", 0).content = m[0].strip("{}%<> -")
    state.pos = m.end()
    return True
