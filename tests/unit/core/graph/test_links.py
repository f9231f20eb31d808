"""Links of a collection: which document and anchor a raw target means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wekadocs_assets.core.graph.links import FATES, resolve

DOCUMENTS = {
    uri: (uri, frozenset({"top", "set-up", "Größe"}))
    for uri in (
        "index.md",
        "guide/README.md",
        "guide/disks.md",
        "guide/my page.md",
        "ref/cli.html",
        "ref/v1.2.md",
        "a.md",
        "a.html",
    )
}
FLAT = {uri: (uri, frozenset()) for uri in ("readme.md", "guide_disks.md", "guide_disks_add.md", "support_help.md")}


def end_of(source_uri: str, target: str, documents=DOCUMENTS):
    edges, counts = resolve([(source_uri, "section", [target])], documents)
    (fate,) = (name for name, count in counts.items() if count)
    return (fate, *edges[0][1:]) if edges else (fate,)


@pytest.mark.parametrize(
    ("target", "document", "anchor"),
    [
        ("disks.md", "guide/disks.md", ""),
        ("./disks.md#set-up", "guide/disks.md", "set-up"),
        ("disks.md#SET-UP", "guide/disks.md", "set-up"),
        ("disks.md#Gr%C3%B6%C3%9Fe", "guide/disks.md", "Größe"),
        ("disks.md#gone", "guide/disks.md", ""),
        ("disks", "guide/disks.md", ""),
        ("disks.html", "guide/disks.md", ""),
        ("disks.md?plain=1#top", "guide/disks.md", "top"),
        ("my%20page.md", "guide/my page.md", ""),
        ("../ref/cli.md", "ref/cli.html", ""),
        ("../ref/v1.2", "ref/v1.2.md", ""),
        ("../ref/../index", "index.md", ""),
        ("..", "index.md", ""),
        ("/", "index.md", ""),
        ("/ref/cli", "ref/cli.html", ""),
        ("/ref/cli/", "ref/cli.html", ""),
        ("../a", "a.md", ""),
        ("../a.html", "a.html", ""),
        ("disks/index.html", "guide/disks.md", ""),
    ],
)
def test_a_target_leads_to_its_page(target, document, anchor):
    assert end_of("guide/my page.md" if "my" not in target else "guide/disks.md", target) == (
        "resolved",
        document,
        anchor,
    )


@pytest.mark.parametrize("target", [".", "./", "README.md", "../guide", "/guide/", "index.html"])
def test_a_folder_is_its_index_or_readme(target):
    assert end_of("guide/disks.md", target) == ("resolved", "guide/README.md", "")


@pytest.mark.parametrize(
    "target", ["https://x.io/a.md", "//cdn.io/x", "mailto:a@b.c", "HTTP://x", "tel:1", "data:image/png;base64,x"]
)
def test_what_has_a_scheme_is_external(target):
    assert end_of("a.md", target) == ("external",)


@pytest.mark.parametrize("target", ["img/plan.png", "../x.pdf", "/files/a.tar.gz"])
def test_a_picture_or_download_is_a_file(target):
    assert end_of("a.md", target) == ("file",)


@pytest.mark.parametrize(
    "target", ["missing.md", "../../../a.md", "broken-reference", "guide/nothing/", "#gone", "a.md#gone"]
)
def test_what_is_not_there_is_counted(target):
    assert end_of("a.md", target) == ("nowhere",)


@pytest.mark.parametrize("target", ["#top", "#", "", "a.md", "./a.md#set-up"])
def test_a_link_within_its_own_page_is_resolved_without_an_edge(target):
    assert end_of("a.md", target) == ("resolved",)


@pytest.mark.parametrize(
    ("source_uri", "target", "document"),
    [
        ("guide_disks_add.md", "../../support/help", "support_help.md"),
        ("guide_disks.md", "../support/help", "support_help.md"),
        ("guide_disks.md", "disks/add", "guide_disks_add.md"),
        ("guide_disks_add.md", "../../disks", "guide_disks.md"),
        ("readme.md", "guide/disks/add#x", "guide_disks_add.md"),
        ("guide_disks.md", "/support/help", "support_help.md"),
    ],
)
def test_a_site_saved_into_one_folder_keeps_its_links(source_uri, target, document):
    assert end_of(source_uri, target, FLAT) == ("resolved", document, "")


def test_links_of_one_section_to_one_place_are_one_edge_and_counted_each():
    edges, counts = resolve([("a.md", "s", ["index.md", "./index.md", "x.md"])], DOCUMENTS)
    assert edges == [("s", "index.md", "")]
    assert counts == {"resolved": 2, "external": 0, "file": 0, "nowhere": 1}


@given(st.text(), st.sampled_from(sorted(DOCUMENTS)))
def test_any_target_has_exactly_one_fate(target, source_uri):
    _, counts = resolve([(source_uri, "s", [target])], DOCUMENTS)
    assert sum(counts.values()) == 1 and counts.keys() == set(FATES)
