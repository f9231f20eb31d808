"""Derives the role of an HTML element from its attributes and neighbours: anchor, code language, admonition, tab label."""

from __future__ import annotations

import re
from collections import defaultdict, deque

from wekadocs_assets.core.parsers.html_root import HEADINGS
from wekadocs_assets.core.parsers.html_tree import Element, element_text, find_elements

ADMONITIONS = frozenset(
    "note tip warning caution important danger hint attention error info seealso todo success example bug".split()
)
ADMONITION_BOXES = frozenset(
    ("admonition", "admonitionblock", "theme-admonition", "markdown-alert", "alert", "callout")
)
LAYOUT_IDS = frozenset("header content main main-content body page wrapper container preamble article".split())
LANGUAGE = re.compile(r"(?:highlight-source|highlight|language|lang|brush|code|sourceCode)[-:]\s*([\w+#.-]+)\Z")
NO_LANGUAGE = frozenset(("default", "none", "notranslate", "plaintext", "plain"))
TAB_SET = re.compile(r"tab-?set\b|tabbed-set\b|sphinx-tabs\b(?!-)|tabs-container\b|tabset\b|tabs-wrapper\b")
LABELS = (
    ".//*[@role='tab'] | .//label[contains(@class, 'tab-label') or parent::*[contains(@class, 'tabbed-labels')"
    " or contains(@class, 'tabbed-set')]]"
)
PANELS = (
    ".//*[@role='tabpanel' or contains(@class, 'sd-tab-content') or contains(@class, 'tabbed-block')"
    " or (contains(@class, 'tabbed-content') and not(*[contains(@class, 'tabbed-block')]))]"
)


def heading_anchor(heading: Element, root: Element) -> str:
    """The id that links to this heading use, '' if it has none.

    In this order: its own id, the target of its permalink, the id of its section, of an element in it, of an empty one
    before it.
    """
    own = heading.get("id")
    if own:
        return own
    for link in heading.iter("a"):
        target = link.get("href") or ""
        if target.startswith("#") and "toc-backref" not in (link.get("class") or ""):
            return target[1:]
    return _section_id(heading, root) or _inner_id(heading) or _id_before(heading)


def _section_id(heading: Element, root: Element) -> str:
    parent = heading.getparent()
    if (
        parent is None
        or (parent is root and parent.tag != "section")
        or parent.tag not in ("section", "div", "article", "header")
    ):
        return ""
    before = heading.getprevious()
    while before is not None and before.tag in ("span", "a") and not (before.text or "").strip():
        before = before.getprevious()
    found = parent.get("id") or ""
    return "" if before is not None or (found in LAYOUT_IDS and parent.tag != "section") else found


def _inner_id(heading: Element) -> str:
    for element in heading.iter("a", "span"):
        name = element.get("id") or (element.get("name") if element.tag == "a" else "")
        if name:
            return name
    return ""


def _id_before(heading: Element) -> str:
    before = heading.getprevious()
    if before is None or before.tag not in ("a", "span") or element_text(before).strip():
        return ""
    return before.get("id") or before.get("name") or ""


def heading_level(element: Element) -> int:
    """1 to 6 for h1 to h6, 1 to 9 by aria-level for `role="heading"`, 0 for any other element."""
    if element.tag in HEADINGS:
        return int(element.tag[1])
    if element.get("role") != "heading":
        return 0
    level = element.get("aria-level", "2")
    return min(int(level), 9) if level.isdecimal() and int(level) else 2


def code_language(pre: Element) -> str:
    """The language of a code block in lower case, '' if unknown: from its own attributes, its `code` or a box around it."""
    inner = pre.find("code")
    around = [e for _, e in zip(range(3), pre.iterancestors("div", "figure", "td"), strict=False)]
    for element in (pre, *([inner] if inner is not None else []), *around):
        named = element.get("data-lang") or element.get("data-language") or _class_language(element)
        if named:
            return "" if named.lower() in NO_LANGUAGE else named.lower()
    return ""


def _class_language(element: Element) -> str:
    names = (element.get("class") or "").split()
    for number, name in enumerate(names):
        if name in ("sourceCode", "brush:") and len(names) > number + 1:
            return names[number + 1].rstrip(";")
        found = LANGUAGE.match(name.rstrip(";"))
        if found:
            return found.group(1)
    return ""


def admonition_type(element: Element) -> str:
    """The type of an admonition (note, warning, …), '' for any other element."""
    names = (element.get("class") or "").lower().split()
    if not names or element.tag not in ("div", "aside", "section", "blockquote"):
        return ""
    boxed = not ADMONITION_BOXES.isdisjoint(names)
    if not boxed and len(names) > 1:
        return ""
    for name in names:
        kind = re.sub(r"^(?:alert-+|markdown-alert-|theme-admonition-|admonition-|callout-)", "", name)
        if kind in ADMONITIONS:
            return kind
    return "note" if boxed and "alert" not in names and "callout" not in names else ""


def tab_labels(root: Element) -> tuple[dict[Element, str], set[Element]]:
    """(label of each tab panel, the label elements so used). Matches by aria-labelledby, else by order in the tab set."""
    labels = find_elements(root, LABELS)
    panels = find_elements(root, PANELS) if labels else []
    by_id = {e.get("id", ""): e for e in labels if e.get("id")}
    queues: defaultdict[Element | None, deque[Element]] = defaultdict(deque)
    for label in labels:
        queues[_tab_set(label)].append(label)
    named: dict[Element, str] = {}
    used: set[Element] = set()
    for panel in panels:
        queue = queues[_tab_set(panel)]
        own = by_id.get(panel.get("aria-labelledby", ""))
        while own is None and queue:
            candidate = queue.popleft()
            own = candidate if candidate not in used else None
        if own is not None and own not in used:
            used.add(own)
            named[panel] = " ".join(element_text(own).split())
    return named, used


def _tab_set(element: Element) -> Element | None:
    for ancestor in element.iterancestors():
        if TAB_SET.search(ancestor.get("class") or ""):
            return ancestor
    return None
