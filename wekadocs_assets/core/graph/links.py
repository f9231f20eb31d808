"""Resolves the raw link targets of a collection to its documents, by their names only: nothing is fetched.

A link within its own page is resolved but gives no edge: LINKS_TO joins a page to another one, and with
edges for a table of contents every page would be its own most linked neighbour.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

PAGE_SUFFIXES = (".md", ".markdown", ".html", ".htm", ".json")
FOLDER_PAGES = ("index", "readme", "_index")
"""Names (any case) of the page that a link to its folder leads to."""
FILE_SUFFIXES = frozenset(
    ".png .jpg .jpeg .gif .svg .webp .ico .bmp .mp4 .mov .webm .pdf .zip .gz .tgz .tar .xz .whl .deb .rpm .csv .txt .xml"
    " .yaml .yml .toml .ini .conf .sh .py .js .css .xlsx .docx .pptx".split()
)
FATES = ("resolved", "external", "file", "nowhere")
"""What became of a link. file: a picture or a download; nowhere: the page or the anchor is missing. The keys are in the report."""
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")

Edge = tuple[str, str, str]
Documents = Mapping[str, tuple[str, frozenset[str]]]


class Resolution(NamedTuple):
    """edges: sorted (section id, document id, anchor); the anchor is '' if the page lacks it. counts: links by fate."""

    edges: list[Edge]
    counts: dict[str, int]


def resolve(links: Iterable[tuple[str, str, Iterable[str]]], documents: Documents) -> Resolution:
    """links: (source_uri, section id, raw targets); documents: source_uri -> (document id, anchors)."""
    pages = _Pages(documents)
    edges: set[Edge] = set()
    counts = dict.fromkeys(FATES, 0)
    for source_uri, section_id, targets in links:
        for target in targets:
            fate, end = pages.follow(source_uri, target)
            counts[fate] += 1
            if end:
                edges.add((section_id, *end))
    return Resolution(sorted(edges), counts)


class _Pages:
    """Finds documents by every name that a link may use."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.names = _names({uri: uri for uri in documents})
        flat = not any("/" in uri for uri in documents)
        self.flat = _names({_unfolded(uri): uri for uri in documents}) if flat else {}

    def follow(self, source_uri: str, target: str) -> tuple[str, tuple[str, str] | None]:
        """The link's fate (FATES), and (document id, anchor) of another document."""
        target = unicodedata.normalize("NFC", target.strip())
        if SCHEME.match(target):
            return "external", None
        path, _, fragment = target.partition("#")
        path = unquote(path.partition("?")[0])
        found = self._find(source_uri, path) if path else source_uri
        if found is None or found not in self.documents:
            return ("file" if posixpath.splitext(path)[1].lower() in FILE_SUFFIXES else "nowhere"), None
        anchor = self._anchor(found, unquote(fragment))
        if found == source_uri:
            return ("resolved" if anchor or not fragment else "nowhere"), None
        return "resolved", (self.documents[found][0], anchor)

    def _find(self, source_uri: str, path: str) -> str | None:
        for name in _readings(source_uri, path):
            if found := _look_up(self.names, name):
                return found
        # A site saved into one folder, `guide_setup_disks.md` for /guide/setup/disks: links use the site's paths.
        here = _unfolded(source_uri)
        for base in (here, posixpath.splitext(here)[0] + "/"):
            for name in _readings(base, path):
                if found := _look_up(self.flat, re.sub(r"^(\.\./)+", "", name)):
                    return found
        return None

    def _anchor(self, source_uri: str, fragment: str) -> str:
        anchors = self.documents[source_uri][1]
        if fragment in anchors:
            return fragment
        folded = fragment.casefold()
        return min((anchor for anchor in anchors if anchor.casefold() == folded), default="")


def _readings(source_uri: str, path: str) -> Iterator[str]:
    """The path relative to the root: read from the page's folder, or from the root if it starts with a slash."""
    if path.startswith("/"):
        yield posixpath.normpath(path.lstrip("/") or ".")
    else:
        yield posixpath.normpath(posixpath.join(posixpath.dirname(source_uri), path))


def _names(uris: Mapping[str, str]) -> dict[str, str]:
    """Name -> source_uri. Names of a page: its path, the path without suffix, its folder if in FOLDER_PAGES; the best `_rank` wins."""
    ranked = sorted(uris, key=lambda path: (_rank(path), path))
    names = {path: uris[path] for path in ranked}
    for path in ranked:
        names.setdefault(posixpath.splitext(path)[0], uris[path])
    for path in ranked:
        stem = posixpath.splitext(path)[0]
        if posixpath.basename(stem).lower() in FOLDER_PAGES:
            names.setdefault(posixpath.dirname(stem) or ".", uris[path])
    return names


def _rank(path: str) -> int:
    suffix = posixpath.splitext(path)[1].lower()
    return PAGE_SUFFIXES.index(suffix) if suffix in PAGE_SUFFIXES else len(PAGE_SUFFIXES)


def _look_up(names: Mapping[str, str], name: str) -> str | None:
    """The source_uri by exact name, else by another rendering of the page (`x.html` for x.md, `x/index.html` for x)."""
    stem, suffix = posixpath.splitext(name)
    if name in names or suffix.lower() not in PAGE_SUFFIXES:
        return names.get(name)
    if stem not in names and posixpath.basename(stem).lower() in FOLDER_PAGES:
        return names.get(posixpath.dirname(stem) or ".")
    return names.get(stem)


def _unfolded(source_uri: str) -> str:
    return source_uri.replace("_", "/")
