"""Selects the element that holds the content of an HTML page, and the elements in it that are not content.

The page frame is everything around the content: site header, sidebar, navigation, footer.
"""

from __future__ import annotations

import re

from lxml import etree

from wekadocs_assets.core.parsers.html_tree import Element, element_text, find_elements

INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd mark math mi mn mo mrow nobr output q rp rt"
    " ruby s samp script small span strike strong style sub sup time tt tspan u var wbr template input".split()
)
"""Elements that are part of a line of text (phrasing content); all others are blocks."""
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
NON_TEXT_TAGS = frozenset(
    "head script style template noscript title meta link base nav iframe object embed applet canvas audio video map select option"
    " datalist textarea input button desc metadata defs annotation annotation-xml rp".split()
)
NON_CONTENT_ROLES = frozenset("navigation search banner contentinfo doc-toc menu menubar toolbar".split())
NON_CONTENT_CLASSES = frozenset(
    "headerlink hash-link header-anchor heading-anchor anchorjs-link toc table-of-contents tableofcontents md-toc bd-toc breadcrumb"
    " breadcrumbs wy-breadcrumbs breadcrumbs-container sphinxsidebar sphinxsidebarwrapper rst-footer-buttons prev-next-area"
    " prev-next-bottom prev-next pagination pagination-nav paginav page-nav nav-chapters edit-page edit-this-page edit-page-link"
    " theme-edit-this-page editthispage github-edit-link sidebar-nav md-sidebar bd-sidebar bd-sidebar-secondary"
    " theme-doc-toc-mobile theme-doc-toc-desktop theme-doc-breadcrumbs theme-doc-footer copybtn copy-button skip-link skip-to-content"
    " sr-only visually-hidden screen-reader-text linenos lineno linenodiv md-source-file last-updated-container"
    " doxygen-navpath navpath".split()
)
NON_CONTENT_IDS = frozenset("toc tableofcontents table-of-contents breadcrumbs nav-path".split())
PAGE_FRAME = frozenset(
    "sidebar footer site-footer page-footer site-header navbar navigation nav-bar topbar menu sidenav side-nav main-menu cookie-banner".split()
)
"""Class names and ids of the page frame. They count only if no content column was found: inside a column they are content."""
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
SYMBOLS_ONLY = re.compile(r"[\W_]*\Z")
MAIN_XPATH = "//*[@role='main'] | //main[not(.//*[@role='main'])]"
ARTICLE_XPATH = "//article[not(ancestor::article)]"
COLUMN_XPATHS = (
    "//div[@class='body']",
    "//*[@id='content' or @id='main-content' or @id='main' or @id='bodyContent']",
    "//div[contains(concat(' ', @class, ' '), ' document ') or contains(concat(' ', @class, ' '), ' markdown-body ')]",
)
MIN_SHARE = 0.5
"""Share of the words that an element must exceed to be taken as the content."""


def content_root(tree: Element) -> tuple[Element, bool]:
    """(the element that holds the content, whether it includes the page frame).

    In this order: the `main` landmark, an only `article`, a known content column with more than half of the words, `body`.
    """
    body = tree.find("body") if tree.tag == "html" else tree
    if body is None:
        body = tree
    mains = _outermost_visible(tree, [e for e in find_elements(tree, MAIN_XPATH) if _word_count(e, False)])
    if len(mains) > 1:
        return _common_ancestor(mains), True
    articles = [e for e in find_elements(tree, ARTICLE_XPATH) if _word_count(e, False)]
    for found in (mains, articles):
        if len(found) == 1:
            return _narrow_to_article(found[0]), False
    total = _word_count(body, True)
    for path in COLUMN_XPATHS:
        found = find_elements(tree, path)
        if len(found) == 1 and _word_count(found[0], False) > MIN_SHARE * total and not _has_title_before(found[0]):
            return found[0], False
    return body, True


def is_skipped(element: Element, includes_frame: bool) -> bool:
    """Whether an element and its descendants are left out: navigation, controls, hidden elements.

    includes_frame: the page frame is inside the content root, so classes and ids of PAGE_FRAME are left out too.
    """
    tag = element.tag
    if tag in NON_TEXT_TAGS:
        return not (tag in ("button", "nav") and element.get("role") in ("tab", "tablist"))
    if tag == "footer":
        parent = element.getparent()
        return parent is None or parent.tag not in ("blockquote", "figure")
    if tag == "header" and not any(e.tag in HEADINGS for e in element.iter()):
        return True
    attributes = element.attrib
    if not attributes:
        return False
    if attributes.get("role") in NON_CONTENT_ROLES:
        return True
    if _is_hidden(attributes):
        return True
    names = attributes.get("class", "").split()
    if names and _has_skipped_class(element, names, includes_frame):
        return True
    identity = attributes.get("id", "")
    if identity in NON_CONTENT_IDS or (includes_frame and identity in PAGE_FRAME and not _in_main(element)):
        return tag in ("div", "ul", "aside")  # not section: generators derive its id from the heading
    return tag == "a" and _is_permalink(element)


def visible_text(root: Element, includes_frame: bool) -> str:
    """The visible text of an element; blocks are separated by blanks. Used to count words and to detect lost text."""
    parts: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            if element.tag not in INLINE:
                parts.append(" ")
            if element is not root and is_skipped(element, includes_frame):
                walk.skip_subtree()
            elif element.text:
                parts.append(element.text)
        else:
            if element.tag not in INLINE:
                parts.append(" ")
            if element is not root and element.tail:
                parts.append(element.tail)
    return "".join(parts)


def _word_count(element: Element, includes_frame: bool) -> int:
    return len(visible_text(element, includes_frame).split())


def _outermost_visible(tree: Element, roots: list[Element]) -> list[Element]:
    """The visible ones of these elements, without those inside another; if all are hidden, only the longest."""
    if len(roots) < 2:
        return roots
    wanted, shown = set(roots), []
    walk = etree.iterwalk(tree, events=("start",))
    for _, element in walk:
        if element.tag not in ("html", "body") and is_skipped(element, False):
            walk.skip_subtree()
        elif element in wanted:
            shown.append(element)
            walk.skip_subtree()
    return shown or [max(roots, key=lambda e: _word_count(e, False))]


def _common_ancestor(roots: list[Element]) -> Element:
    """The innermost common ancestor of elements none of which contains another."""
    common = list(roots[0].iterancestors())
    for root in roots[1:]:
        known = set(root.iterancestors())
        common = [element for element in common if element in known]
    return common[0]


def _in_main(element: Element) -> bool:
    return any(e.tag == "main" or e.get("role") == "main" for e in element.iterancestors())


def _narrow_to_article(root: Element) -> Element:
    """The only article in root, if it has all of root's headings and more than half of its words; else root."""
    articles = find_elements(root, ".//article[not(ancestor::article)]") if root.tag != "article" else []
    if len(articles) != 1:
        return root
    article = articles[0]
    headings_outside = sum(1 for _ in root.iter(*HEADINGS)) - sum(1 for _ in article.iter(*HEADINGS))
    if headings_outside or _word_count(article, False) <= MIN_SHARE * _word_count(root, False):
        return root
    return article


def _has_title_before(column: Element) -> bool:
    """Whether the only h1 is in a sibling before the column, as Asciidoctor writes it."""
    if next(column.iter("h1"), None) is not None:
        return False
    return any(next(e.iter("h1"), None) is not None for e in column.itersiblings("div", "header", "h1", preceding=True))


def _is_hidden(attributes: etree._Attrib) -> bool:
    hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true"
    if not hidden and not HIDDEN_STYLE.search(attributes.get("style", "")):
        return False
    # all tab panels but the selected one are hidden; their text belongs to the page
    return attributes.get("role") != "tabpanel" and "tab" not in attributes.get("class", "")


def _has_skipped_class(element: Element, names: list[str], includes_frame: bool) -> bool:
    tag = element.tag
    if tag in HEADINGS or tag in ("body", "main", "article", "code", "pre", "tr", "table"):
        return False
    if ("contents" in names and ("topic" in names or "local" in names)) or (tag == "td" and "gutter" in names):
        return True
    if any(name in NON_CONTENT_CLASSES for name in names):
        return True
    return includes_frame and any(name in PAGE_FRAME for name in names) and not _in_main(element)


def _is_permalink(link: Element) -> bool:
    """Whether a link is a heading's link to itself: a symbol such as `¶`, without letters or digits."""
    parent = link.getparent()
    if parent is None or not link.get("href", "").startswith("#"):
        return False
    return parent.tag in (HEADINGS | {"dt", "caption"}) and bool(SYMBOLS_ONLY.match(element_text(link)))
