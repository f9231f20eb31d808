"""Tells what a code block is: shell text, a file of settings, or neither (by its language and its lines)."""

from __future__ import annotations

import re
from typing import Literal

from wekadocs_assets.core.extractors.command_line import PROMPT

CodeKind = Literal["shell", "open", "settings", "data"]
"""shell: marked as such; open: unmarked, its lines decide; settings: `name = value` lines; data: no commands in it."""

SHELL = frozenset(
    "bash sh shell zsh ksh console shell-session shellsession terminal sh-session shell-script bash-session".split()
)
DATA = frozenset(
    """yaml yml json json5 xml html python py python3 go golang c cpp c++ java csharp rust sql groovy css scss http graphql diff lua ruby
    protobuf typescript ts dockerfile csv markdown md nginx promql rst tex""".split()
)
SETTINGS = frozenset("hcl terraform tf toml ini conf cfg properties nix systemd dosini env dotenv".split())
SETTING_LINE = re.compile(r"[ \t]*[\"']?[A-Za-z_][\w.\-]*[\"']?(?:[ \t]+=[ \t]*|=[ \t]*|[ \t]*=[ \t]+)[^\s=]")
SIMPLE_KEY = re.compile(r"[ \t]*(?:-[ \t]+)?[\"']?[\w.\-/]+[\"']?[ \t]*:(?:[ \t]|$)")
EMPTY_COMMENTS = frozenset(("#", "//", ";"))
SHELL_SIGNS = re.compile(
    r"^[ \t]*(?:#!/|\$ |export [A-Za-z_]+=|[A-Z_][A-Z0-9_]*=\S)|\$\(|&&|[ \t]--?[a-z][\w-]*|\\$", re.MULTILINE
)


def code_kind(language: str, text: str) -> CodeKind:
    language = language.strip().lower().split()[0] if language.strip() else ""
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    if language in SHELL:
        return "shell"
    if any(_prompted(line) for line in lines):
        return "open"
    if language in DATA:
        return "data"
    if language in SETTINGS or (_share(SETTING_LINE, lines) > 0.6 and not SHELL_SIGNS.search(text)):
        return "settings"
    if (text.lstrip()[:1] in "{[<" and text.rstrip()[-1:] in "}]>") or (
        _share(SIMPLE_KEY, lines) > 0.6 and len(lines) > 1
    ):
        return "data"
    return "open"


def _prompted(line: str) -> bool:
    match = PROMPT.match(line)
    return match is not None and match["sign"] not in ("#", "%")


def _share(pattern: re.Pattern[str], lines: list[str]) -> float:
    """Share of the telling lines (no comments, no braces alone) that match."""
    matching = sum(1 for line in lines if pattern.match(line))
    telling = matching + sum(1 for line in lines if not pattern.match(line) and _tells(line))
    return matching / telling if telling else 0.0


def _tells(line: str) -> bool:
    """No comment sign alone, and no bracket at its end but for `;` and `,`."""
    line = line.strip(" \t")
    end = line.removesuffix(",").removesuffix(";").rstrip(" \t")
    return line not in EMPTY_COMMENTS and not end.endswith(("{", "}", "[", "]"))
