"""The element that holds the content, and what in it is no content."""

import pytest

from wekadocs_assets.core.parsers.html_root import content_root, is_skipped, visible_text
from wekadocs_assets.core.parsers.html_tree import find_elements, parse_tree

WORDS = "<p>some words of the page that count</p>"


def root(body: str) -> tuple[str, bool]:
    """(tag and id of the content root, whether the frame is in it)"""
    tree, _ = parse_tree(f"<html><body>{body}</body></html>")
    found, includes_frame = content_root(tree)
    return f"{found.tag}{'#' + found.get('id') if found.get('id') else ''}", includes_frame


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"<nav>x</nav><main>{WORDS}</main>", ("main", False)),
        (f"<main><article>{WORDS}</article></main>", ("article", False)),
        (f"<main><h1>T</h1><article>{WORDS}</article></main>", ("main", False)),
        (f"<div role='main' id='m'>{WORDS}</div><aside>x</aside>", ("div#m", False)),
        (f"<article>{WORDS}</article>", ("article", False)),
        (f"<div id='side'>x</div><div id='content'>{WORDS}</div>", ("div#content", False)),
        (f"<div id='content'><p>few</p></div>{WORDS}", ("body", True)),
        (f"<div><h1>T</h1></div><div id='content'>{WORDS}</div>", ("body", True)),
        (f"<div id='both'><main>{WORDS}</main><main>{WORDS}</main></div>", ("div#both", True)),
        (WORDS, ("body", True)),
    ],
)
def test_the_content_is_the_landmark_or_the_column_with_most_words(body, expected):
    assert root(body) == expected


@pytest.mark.parametrize(
    ("element", "skipped"),
    [
        ("<nav>x</nav>", True),
        ("<button>x</button>", True),
        ("<button role='tab'>x</button>", False),
        ("<div hidden>x</div>", True),
        ("<div hidden role='tabpanel'>x</div>", False),
        ("<div style='display: none'>x</div>", True),
        ("<div class='toc'>x</div>", True),
        ("<pre class='toc'>x</pre>", False),
        ("<section id='toc'>x</section>", False),
        ("<div id='toc'>x</div>", True),
        ("<header>x</header>", True),
        ("<header><h1>x</h1></header>", False),
        ("<footer>x</footer>", True),
        ("<div>x</div>", False),
    ],
)
def test_navigation_controls_and_hidden_parts_are_skipped(element, skipped):
    tree, _ = parse_tree(f"<body>{element}</body>")
    assert is_skipped(tree.find("body")[0], False) is skipped


def test_the_frame_counts_only_where_it_is_inside_the_root():
    tree, _ = parse_tree("<body><div class='sidebar'>x</div></body>")
    sidebar = tree.find("body")[0]
    assert is_skipped(sidebar, True) and not is_skipped(sidebar, False)


def test_a_link_of_a_heading_to_itself_is_skipped_and_another_is_not():
    tree, _ = parse_tree("<h2>A <a href='#a'>¶</a><a href='#b'>b</a></h2>")
    assert [is_skipped(link, False) for link in find_elements(tree, "//a")] == [True, False]


def test_blocks_are_apart_in_the_visible_text_and_parts_of_a_word_are_not():
    tree, _ = parse_tree("<body><p>a<b>b</b></p><p>c</p><script>x</script>d</body>")
    assert visible_text(tree, False).split() == ["ab", "c", "d"]
