"""Classifies a code block by its language and its lines: shell text, settings, other data, or unknown."""

from __future__ import annotations

import re
from typing import Literal

from wekadocs_assets.core.extractors.command_line import PROMPT

CodeKind = Literal["shell", "unknown", "settings", "data"]
"""shell: its language is a shell. settings: `name = value` lines. data: no commands.

unknown: none of these, or text without a shell language in which a line has a prompt such as `$ `; may contain commands.
"""

SHELL_LANGUAGES = frozenset(
    "bash sh shell zsh ksh console shell-session shellsession terminal sh-session shell-script bash-session".split()
)
DATA_LANGUAGES = frozenset(
    """yaml yml json json5 xml html python py python3 go golang c cpp c++ java csharp rust sql groovy css scss http graphql diff lua ruby
    protobuf typescript ts dockerfile csv markdown md nginx promql rst tex""".split()
)
SETTINGS_LANGUAGES = frozenset("hcl terraform tf toml ini conf cfg properties nix systemd dosini env dotenv".split())
SETTING_LINE = re.compile(r"[ \t]*[\"']?[A-Za-z_][\w.\-]*[\"']?(?:[ \t]+=[ \t]*|=[ \t]*|[ \t]*=[ \t]+)[^\s=]")
KEY_LINE = re.compile(r"[ \t]*(?:-[ \t]+)?[\"']?[\w.\-/]+[\"']?[ \t]*:(?:[ \t]|$)")
EMPTY_COMMENTS = frozenset(("#", "//", ";"))
SHELL_SYNTAX = re.compile(
    r"^[ \t]*(?:#!/|\$ |export [A-Za-z_]+=|[A-Z_][A-Z0-9_]*=\S)|\$\(|&&|[ \t]--?[a-z][\w-]*|\\$", re.MULTILINE
)


def code_kind(language: str, text: str) -> CodeKind:
    """The kind of a code block; language: of its info string, '' if unknown."""
    language = language.strip().lower().split()[0] if language.strip() else ""
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    if language in SHELL_LANGUAGES:
        return "shell"
    if any(_has_prompt(line) for line in lines):
        return "unknown"
    if language in DATA_LANGUAGES:
        return "data"
    if language in SETTINGS_LANGUAGES or (_share(SETTING_LINE, lines) > 0.6 and not SHELL_SYNTAX.search(text)):
        return "settings"
    if (text.lstrip()[:1] in "{[<" and text.rstrip()[-1:] in "}]>") or (
        _share(KEY_LINE, lines) > 0.6 and len(lines) > 1
    ):
        return "data"
    return "unknown"


def _has_prompt(line: str) -> bool:
    match = PROMPT.match(line)
    return match is not None and match["sign"] not in ("#", "%")


def _share(pattern: re.Pattern[str], lines: list[str]) -> float:
    """The share of matching lines. Empty comments and lines that end with a bracket are left out unless they match."""
    matching = sum(1 for line in lines if pattern.match(line))
    counted = matching + sum(1 for line in lines if not pattern.match(line) and _counts(line))
    return matching / counted if counted else 0.0


def _counts(line: str) -> bool:
    """Whether a line counts against a pattern: it is not an empty comment and does not end with a bracket."""
    line = line.strip(" \t")
    end = line.removesuffix(",").removesuffix(";").rstrip(" \t")
    return line not in EMPTY_COMMENTS and not end.endswith(("{", "}", "[", "]"))
