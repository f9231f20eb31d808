"""Finds the part of an HTML page that is its content, and says which elements in it are not for reading."""

from __future__ import annotations

import re

from lxml import etree

Element = etree._Element

INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd mark math mi mn mo mrow nobr output q rp rt"
    " ruby s samp script small span strike strong style sub sup time tt tspan u var wbr template input".split()
)
"""Elements that stand in a line of text; all others begin and end a block."""
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
UNSEEN = frozenset(
    "head script style template noscript title meta link base nav iframe object embed applet canvas audio video map select option"
    " datalist textarea input button desc metadata defs annotation annotation-xml rp".split()
)
ROLES = frozenset("navigation search banner contentinfo doc-toc menu menubar toolbar".split())
NOT_CONTENT = frozenset(
    "headerlink hash-link header-anchor heading-anchor anchorjs-link toc table-of-contents tableofcontents md-toc bd-toc breadcrumb"
    " breadcrumbs wy-breadcrumbs breadcrumbs-container sphinxsidebar sphinxsidebarwrapper rst-footer-buttons prev-next-area"
    " prev-next-bottom prev-next pagination pagination-nav paginav page-nav nav-chapters edit-page edit-this-page edit-page-link"
    " theme-edit-this-page editthispage github-edit-link sidebar-nav md-sidebar bd-sidebar bd-sidebar-secondary"
    " theme-doc-toc-mobile theme-doc-toc-desktop theme-doc-breadcrumbs theme-doc-footer copybtn copy-button skip-link skip-to-content"
    " sr-only visually-hidden screen-reader-text linenos lineno linenodiv md-source-file last-updated-container"
    " doxygen-navpath navpath".split()
)
NOT_CONTENT_IDS = frozenset("toc tableofcontents table-of-contents breadcrumbs nav-path".split())
PAGE_FRAME = frozenset(
    "sidebar footer site-footer page-footer site-header navbar navigation nav-bar topbar menu sidenav side-nav main-menu cookie-banner".split()
)
"""Class names and ids that mean the frame of a page when no content column was found; inside one they are content."""
UNSHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
SIGNS_ONLY = re.compile(r"[\W_]*\Z")
MAINS = "//*[@role='main'] | //main[not(.//*[@role='main'])]"
ARTICLES = "//article[not(ancestor::article)]"
COLUMNS = (
    "//div[@class='body']",
    "//*[@id='content' or @id='main-content' or @id='main' or @id='bodyContent']",
    "//div[contains(concat(' ', @class, ' '), ' document ') or contains(concat(' ', @class, ' '), ' markdown-body ')]",
)
HALF = 0.5


def content_root(tree: Element) -> tuple[Element, bool]:
    """The element that holds the content, and whether it holds the frame of the page too."""
    body = tree.find("body") if tree.tag == "html" else tree
    if body is None:
        body = tree
    mains = _shown(tree, [e for e in tree.xpath(MAINS) if _words(e, False)])
    if len(mains) > 1:
        return _around(mains), True
    for found in (mains, [e for e in tree.xpath(ARTICLES) if _words(e, False)]):
        if len(found) == 1:
            return _narrowed(found[0]), False
    whole = _words(body, True)
    for path in COLUMNS:
        found = tree.xpath(path)
        if len(found) == 1 and _words(found[0], False) > HALF * whole and not _title_before(found[0]):
            return found[0], False
    return body, True


def skipped(element: Element, frame: bool) -> bool:
    """Whether this element and all in it is no text of the page: navigation, controls, what is never shown."""
    tag = element.tag
    if tag in UNSEEN:
        return not (tag in ("button", "nav") and element.get("role") in ("tab", "tablist"))
    if tag == "footer":
        return element.getparent() is None or element.getparent().tag not in ("blockquote", "figure")
    if tag == "header" and not any(e.tag in HEADINGS for e in element.iter()):
        return True
    attributes = element.attrib
    if not attributes:
        return False
    if attributes.get("role") in ROLES:
        return True
    if _unshown(attributes):
        return True
    names = attributes.get("class", "").split()
    if names and _named_away(element, names, frame):
        return True
    identity = attributes.get("id", "")
    if identity in NOT_CONTENT_IDS or (frame and identity in PAGE_FRAME and not _in_main(element)):
        return tag in ("div", "ul", "aside")  # not section: there the id is made from a heading
    return tag == "a" and _is_pilcrow(element)


def visible_text(root: Element, frame: bool) -> str:
    """The text a reader sees in this element, read straight off the tree: words of different blocks kept apart."""
    parts: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            if element.tag not in INLINE:
                parts.append(" ")
            if element is not root and skipped(element, frame):
                walk.skip_subtree()
            elif element.text:
                parts.append(element.text)
        else:
            if element.tag not in INLINE:
                parts.append(" ")
            if element is not root and element.tail:
                parts.append(element.tail)
    return "".join(parts)


def _words(element: Element, frame: bool) -> int:
    return len(visible_text(element, frame).split())


def _shown(tree: Element, roots: list[Element]) -> list[Element]:
    """The outermost of these elements that a reader sees; the longest one alone where all are hidden."""
    if len(roots) < 2:
        return roots
    wanted, shown = set(roots), []
    walk = etree.iterwalk(tree, events=("start",))
    for _, element in walk:
        if element.tag not in ("html", "body") and skipped(element, False):
            walk.skip_subtree()
        elif element in wanted:
            shown.append(element)
            walk.skip_subtree()
    return shown or [max(roots, key=lambda e: _words(e, False))]


def _around(roots: list[Element]) -> Element:
    """The innermost element around all of these, none of which stands in another."""
    common = list(roots[0].iterancestors())
    for root in roots[1:]:
        known = set(root.iterancestors())
        common = [element for element in common if element in known]
    return common[0]


def _in_main(element: Element) -> bool:
    return any(e.tag == "main" or e.get("role") == "main" for e in element.iterancestors())


def _narrowed(root: Element) -> Element:
    """An only article inside the landmark, if what stands beside it has no heading and less than half of the words."""
    articles = root.xpath(".//article[not(ancestor::article)]") if root.tag != "article" else []
    if len(articles) != 1:
        return root
    inside = articles[0]
    headings = sum(1 for e in root.iter(*HEADINGS)) - sum(1 for e in inside.iter(*HEADINGS))
    return inside if not headings and _words(inside, False) > HALF * _words(root, False) else root


def _title_before(column: Element) -> bool:
    """Asciidoctor and its like put the page's only h1 into a header beside the column."""
    if next(column.iter("h1"), None) is not None:
        return False
    return any(next(e.iter("h1"), None) is not None for e in column.itersiblings("div", "header", "h1", preceding=True))


def _unshown(attributes: etree._Attrib) -> bool:
    hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true"
    if not hidden and not ("style" in attributes and UNSHOWN.search(attributes["style"])):
        return False
    # the panels of tabs are hidden one behind the other
    return attributes.get("role") != "tabpanel" and "tab" not in attributes.get("class", "")


def _named_away(element: Element, names: list[str], frame: bool) -> bool:
    tag = element.tag
    if tag in HEADINGS or tag in ("body", "main", "article", "code", "pre", "tr", "table"):
        return False
    if ("contents" in names and ("topic" in names or "local" in names)) or (tag == "td" and "gutter" in names):
        return True
    if any(name in NOT_CONTENT for name in names):
        return True
    return frame and any(name in PAGE_FRAME for name in names) and not _in_main(element)


def _is_pilcrow(link: Element) -> bool:
    """A heading's link to itself: a sign without words."""
    parent = link.getparent()
    if parent is None or not link.get("href", "").startswith("#"):
        return False
    return parent.tag in (HEADINGS | {"dt", "caption"}) and bool(SIGNS_ONLY.match("".join(link.itertext())))
