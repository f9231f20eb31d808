"""HTML pages of every make: what is content, what it becomes, and that damage loses no word."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wekadocs_assets.core.models import Document, Section
from wekadocs_assets.core.parsers import section_tree
from wekadocs_assets.core.parsers.html import parse


def read(text: str) -> Document:
    return section_tree.build(parse(text), "t", "page.html", "html")


def only(text: str) -> Section:
    document = read(text)
    assert len(document.sections) == 1 and not document.warnings
    return document.sections[0]


def whole(document: Document) -> str:
    return "\n".join(part for s in document.sections for part in ((s.title, s.text) if s.level else (s.text,)))


def marked(section: Section, *kinds: str) -> list[tuple[str, str, str]]:
    return [(s.kind, s.info, section.quote(s)) for s in section.spans_of(*kinds)]


SPHINX = """<!DOCTYPE html><html><head><title>Install &mdash; Handbook</title><meta name="description" content="How to install."></head>
<body><nav class="wy-nav-side"><ul><li><a href="a.html">Other page</a></li></ul></nav>
<div role="navigation"><ul class="wy-breadcrumbs"><li>Home</li></ul></div>
<div role="main" class="document"><div itemprop="articleBody"><section id="install"><h1>Install<a class="headerlink" href="#install">¶</a></h1>
<p>Run <code class="docutils literal"><span class="pre">setup</span></code>, see the
<a class="reference internal" href="b.html"><span class="doc">guide</span></a>.</p>
<nav class="contents local"><p>On this page</p></nav>
<div class="admonition note"><p class="admonition-title">Note</p><p>Mind the gap.</p></div>
<section id="linux"><h2>Linux<a class="headerlink" href="#linux">¶</a></h2>
<div class="highlight-sh notranslate"><div class="highlight"><pre><span></span>sudo<span class="w"> </span>setup
setup --all
</pre></div></div></section></section></div></div>
<footer><a rel="prev">Previous</a> Copyright</footer><script>var x = "no text";</script></body></html>"""


def test_a_sphinx_page_gives_its_content_column_alone():
    document = read(SPHINX)
    assert (document.title, document.description, document.warnings) == ("Install", "How to install.", ())
    assert [(s.level, s.anchor, s.title) for s in document.sections] == [
        (1, "install", "Install"),
        (2, "linux", "Linux"),
    ]
    assert document.sections[0].text == "Run setup, see the guide.\n\nNote\n\nMind the gap."
    assert document.sections[1].text == "sudo setup\nsetup --all"
    assert marked(document.sections[0], "link", "inline_code") == [
        ("inline_code", "", "setup"),
        ("link", "b.html", "guide"),
    ]
    assert marked(document.sections[0], "admonition") == [("admonition", "note", "Note\n\nMind the gap.")]
    assert marked(document.sections[1], "code") == [("code", "sh", "sudo setup\nsetup --all")]


def test_an_asciidoctor_page_keeps_its_title_admonition_and_callouts():
    document = read(
        """<body class="article"><div id="header"><h1>Guide</h1><div id="toc" class="toc"><div id="toctitle">Contents</div>
        <ul><li><a href="#_one">One</a></li></ul></div></div><div id="content"><div class="sect1"><h2 id="_one"><a class="anchor" href="#_one"></a>One</h2>
        <div class="sectionbody"><div class="admonitionblock warning"><table><tr><td class="icon"><div class="title">Warning</div></td>
        <td class="content">Hot.</td></tr></table></div><div class="listingblock"><div class="title">A file</div><div class="content">
        <pre class="highlight"><code class="language-yaml" data-lang="yaml">a: 1</code></pre></div></div>
        <div class="dlist"><dl><dt class="hdlist1">size</dt><dd><p>How big.</p></dd></dl></div></div></div></div>
        <div id="footer"><div id="footer-text">Last updated</div></div></body>"""
    )
    assert [(s.title, s.anchor) for s in document.sections] == [("Guide", "guide"), ("One", "_one")]
    section = document.sections[1]
    assert section.text == "Warning\n\nHot.\n\nA file\n\na: 1\n\nsize\nHow big."
    assert marked(section, "admonition", "code", "caption", "definition") == [
        ("admonition", "warning", "Warning\n\nHot."), ("caption", "", "Warning"), ("caption", "", "A file"),
        ("code", "yaml", "a: 1"), ("definition", "", "How big."),
    ]  # fmt: skip


def test_a_hand_written_page_keeps_loose_text_and_leaves_its_frame():
    document = read(
        "<title>Disks</title><div id=menu><a href=x>Home</a></div>Loose <i>text</i>.<div>In a div<br>and on</div><p>Paragraph<p>Next"
    )
    assert document.title == "Disks"
    assert whole(document) == "Loose text.\n\nIn a div\nand on\n\nParagraph\n\nNext"


def test_text_before_the_first_heading_is_a_section():
    document = read("<body><p>Early.</p><h2>Later</h2><p>Text</p></body>")
    assert [(s.level, s.heading_path) for s in document.sections] == [(0, ()), (2, ("Later",))]


@pytest.mark.parametrize(
    "heading",
    [
        '<h2 id="here">T</h2>', '<h2><a name="here"></a>T</h2>', '<a id="here"></a><h2>T</h2>', '<h2><span id="here"></span>T</h2>',
        '<section id="here"><h2>T</h2></section>', '<div id="here"><h2>T</h2></div>', '<h2>T<a class="header-anchor" href="#here">#</a></h2>',
    ],
)  # fmt: skip
def test_the_anchor_is_the_id_that_the_site_gives(heading):
    section = read(f"<body><h1>Top</h1><p>x</p>{heading}</body>").sections[1]
    assert (section.title, section.anchor) == ("T", "here")


def test_lists_nest_and_numbers_follow_start_and_value():
    section = only("<ol start=3><li>three<ul><li>a<li><p>b</p></ul></li><li>four</li><li value=9>nine</li></ol>")
    assert section.text == "3. three\n  - a\n  - b\n4. four\n9. nine"
    assert [s.info for s in section.spans_of("list_item")] == ["3", "", "", "4", "9"]


def test_table_cells_know_their_header_through_spans():
    section = only(
        "<table><caption>Sizes</caption><thead><tr><th rowspan=2>Disk<th colspan=2>Speed<tr><th>Read<th>Write</thead>"
        "<tr><td>a<td>1<td><p>2</p><p>fast</p><tr><td colspan=2>b<td>3</table>"
    )
    assert section.text == "Sizes\n\nDisk | Speed\nRead | Write\na | 1 | 2 fast\nb | 3"
    assert [s.info for s in section.spans_of("table_cell")][4:] == [
        "Disk",
        "Speed / Read",
        "Speed / Write",
        "Disk",
        "Speed / Write",
    ]


def test_a_table_that_places_blocks_is_read_as_blocks():
    document = read(
        "<table><tr><td><h1>Title</h1><p>Text</p></td><td><table><tr><td>x</td><td>y</td></tr></table></td></tr></table>"
    )
    assert whole(document) == "Title\nText\n\nx | y"


def test_line_numbers_beside_code_are_no_text():
    section = only(
        '<table class="highlighttable"><tr><td class="linenos"><pre>1\n2</pre></td><td class="code"><pre>a\nb</pre></td></tr></table>'
    )
    assert section.text == "a\nb"


def test_definitions_may_hold_blocks():
    section = only("<dl><dt><code>-f</code></dt><dd>Force.<pre>x -f</pre><p>More.</p></dd><dt>-g<dd><p>Guide.</p></dl>")
    assert marked(section, "term", "definition", "code", "paragraph") == [
        ("term", "", "-f"), ("definition", "", "Force."), ("code", "", "x -f"), ("paragraph", "", "More."), ("term", "", "-g"), ("definition", "", "Guide."),
    ]  # fmt: skip


def test_a_mandoc_synopsis_and_display_are_code():
    section = only('<table class="Nm"><tr><td><code>zap</code></td><td>[<code>-f</code>] <var>pool</var></td></tr></table>'
                   '<div class="Bd Bd-indent"><code class="Li"># <b>zap</b>\n tank</code></div>')  # fmt: skip
    assert marked(section, "code") == [("code", "", "zap [-f] pool"), ("code", "", "# zap tank")]


@pytest.mark.parametrize(
    "tabs",
    [
        '<div class="sd-tab-set"><input type=radio><label class="sd-tab-label">Debian</label><div class="sd-tab-content"><p>apt</p></div>'
        '<input type=radio><label class="sd-tab-label">Fedora</label><div class="sd-tab-content"><p>dnf</p></div></div>',
        '<div class="sphinx-tabs"><div role="tablist"><button role="tab" id="t0">Debian</button><button role="tab" id="t1">Fedora</button></div>'
        '<div role="tabpanel" aria-labelledby="t0"><p>apt</p></div><div role="tabpanel" aria-labelledby="t1" hidden="true"><p>dnf</p></div></div>',
        '<div class="tabbed-set"><div class="tabbed-labels"><label>Debian</label><label>Fedora</label></div><div class="tabbed-content">'
        '<div class="tabbed-block"><p>apt</p></div><div class="tabbed-block"><p>dnf</p></div></div></div>',
    ],
)  # fmt: skip
def test_tabs_keep_label_and_text_in_reading_order(tabs):
    section = only(tabs)
    assert section.text == "Debian\n\napt\n\nFedora\n\ndnf"
    assert marked(section, "tab") == [("tab", "Debian", "Debian\n\napt"), ("tab", "Fedora", "Fedora\n\ndnf")]


def test_details_quotes_figures_and_telling_pictures_are_kept():
    section = only('<details><summary>More</summary><p>Inside</p></details><blockquote>Wise<footer>Sage</footer></blockquote>'
                   '<figure><img src="a.png" alt="a"><figcaption>Fig. 1</figcaption></figure><img src="b.png" alt="Two racks, wired">')  # fmt: skip
    assert section.text == "More\nInside\n\nWise\n\nSage\n\nFig. 1\n\nTwo racks, wired"
    assert marked(section, "details", "quote", "caption")[0] == ("details", "More", "More\nInside")
    assert [link.target for link in section.links] == ["b.png"]


@pytest.mark.parametrize(
    "page",
    [
        "<body>{frame}<main><h1>A</h1>{aside}<p>one</p></main><p>two</p><main><h2>B</h2><p>three</p></main></body>",
        "<body>{frame}<div role=main><h1>A</h1>{aside}<p>one</p></div><p>two</p><main><h2>B</h2><p>three</p></main></body>",
        "<body>{frame}<div><div><main><h1>A</h1>{aside}<p>one</p></main><p>two</p></div><main><h2>B</h2><main>three</main></main></div>",
        "<body>{frame}<main><h1>A</h1>{aside}one<p>two</main><main hidden>Menu</main><noscript><main>No</main></noscript><main><h2>B</h2>three</main>",
    ],
)
def test_several_roots_of_content_are_all_read_with_what_stands_between(page):
    frame, aside = (
        '<nav>Nav</nav><div class="sidebar">Side</div><footer>Foot</footer>',
        '<div class="sidebar">Aside</div>',
    )
    document = read(page.format(frame=frame, aside=aside))
    assert whole(document).split() == ["A", "Aside", "one", "two", "B", "three"]
    assert not document.warnings


def test_one_of_two_roots_that_is_hidden_is_not_read_and_two_hidden_ones_are_not_lost():
    hidden = "<main hidden><p>Results of the search</p></main>"
    frame = '<div class="content-wrapper">Frame</div>'
    assert whole(read(f"<body>{frame}<main><p>text</p></main>{hidden}</body>")) == "text"
    assert whole(read(f"<body>{frame}<main hidden>short</main>{hidden}</body>")) == "Results of the search"
    assert (
        whole(read('<body style="display:none"><main><p>one</p></main><main><p>two</p></main></body>')) == "one\n\ntwo"
    )


def test_hidden_text_is_not_read_and_a_column_named_like_a_frame_is():
    section = only(
        '<main><p hidden>no</p><p style="display: none">no</p><span aria-hidden="true">no</span><aside class="sidebar">Aside.</aside><p>yes</p></main>'
    )
    assert section.text == "Aside.\n\nyes"


def test_a_section_whose_heading_is_table_of_contents_stays():
    assert "Chapter" in whole(
        read(
            '<div role="main"><h1>Book</h1><section id="table-of-contents"><h2>Table of contents</h2><ul><li>Chapter</ul></section></div>'
        )
    )


def test_an_xml_declaration_and_invisible_signs_do_no_harm():
    document = read(
        '<?xml version="1.0" encoding="latin-1"?><html><body><p>Gr&uuml;&#8203;\u00df&shy;e &amp; &#x4e;ull</p></body></html>'
    )
    assert whole(document) == "Grüße & Null"


@pytest.mark.parametrize(
    ("damaged", "words"),
    [
        ("<h1>T</h1><pre>one\n# two\n<h2>Next</h2><p>three</p>", "T one # two Next three"),
        ("<h1>T</h1><pre>one\ntwo", "T one two"),
        ("<title>Page\n<body><p>text", "text"),
        ("<p>one</p><script>var x\n<p>two</p>", "one two"),
        ("<p>one <!-- two <p>three", "one two three"),
        ("<div everything stands in one tag", "<div everything stands in one tag"),
        ("<b><i>never <u>closed", "never closed"),
        ("<ul><li>a<li>b<table><tr><td>c", "- a - b c"),
        ("plain words, no tags", "plain words, no tags"),
    ],
)
def test_damage_loses_no_words(damaged, words):
    document = read(damaged)
    assert whole(document).split() == words.split()
    assert not document.warnings


def test_a_swallowing_pre_is_ended_and_the_repair_recorded():
    assert [(r.what, r.line) for r in read("<h1>T</h1>\n<pre>one\n<h2>Next</h2>").repairs] == [
        ("preformatted text never closed: ended before <h2>", 3)
    ]


@pytest.mark.parametrize("tag", ["div", "span", "ul><li", "blockquote", "b", "table><tr><td"])
@pytest.mark.parametrize("depth", [250, 1000, 30_000])
def test_nesting_of_any_depth_keeps_all_text(tag, depth):
    document = read(f"<body>{f'<{tag}>word ' * depth}end</body>")
    assert whole(document).count("word") == depth and "end" in whole(document)
    assert depth < 30_000 or document.repairs


@pytest.mark.parametrize(
    "text",
    [
        "<table>" + "<tr><td>one<td>two</tr>" * 20_000, "<p>" + "word " * 2_000_000, "<p>" + "w" * 10_500_000, "<" * 1_000_000 + "word",
        "<!--" * 300_000 + "word", "<p " + "a=1 " * 300_000 + ">word", "<title>" * 100_000 + "word", "<pre>" * 50_000 + "word", "<a href='" * 100_000 + "word",
    ],
    ids=["rows", "long line", "long word", "brackets", "comments", "attributes", "titles", "pres", "quotes"],
)  # fmt: skip
def test_large_and_hostile_input_takes_time_in_proportion(text):
    before = time.process_time()
    parse(text)
    assert time.process_time() - before < 8


@pytest.mark.parametrize("text", ["", "  \n ", "<p", "</p", "<html></html>", "<!doctype html>"])
def test_nothing_to_read_is_an_empty_document(text):
    document = read(text)
    assert not document.sections and "the document is empty" in document.warnings


TAGS = ["p", "div", "section", "ul", "li", "ol", "dl", "dd", "dt", "table", "tr", "td", "th", "pre", "code", "a", "b", "em", "h1", "h3", "blockquote", "details",
        "summary", "figcaption", "span", "article", "main", "svg", "button-ish"]  # fmt: skip
PIECES = st.lists(st.tuples(st.sampled_from(["", "", "/"]), st.sampled_from(TAGS)), max_size=40)


@given(PIECES)
def test_every_word_is_kept_once_whatever_tags_stand_around_it(pieces):
    words = [f"word{number}x" for number in range(len(pieces) + 1)]
    body = words[0] + "".join(f"<{slash}{tag}> {word} " for (slash, tag), word in zip(pieces, words[1:], strict=True))
    document = read(f"<body><p>{body}</body>")
    assert not any("none of its sections" in warning for warning in document.warnings)
    found = [w for w in whole(document).split() if w.startswith("word")]
    assert len(found) == len(set(found))
    if not {"main", "article"} & {tag for _, tag in pieces}:  # those may leave their frame out
        assert found == words
