"""The role of an element: its level and anchor, its language, its admonition, the label of its tab."""

import pytest

from wekadocs_assets.core.parsers import html_roles as roles
from wekadocs_assets.core.parsers.html_tree import Element, find_elements, parse_tree


def body(html: str) -> Element:
    tree, _ = parse_tree(f"<body>{html}</body>")
    return tree.find("body")


def only(html: str, path: str) -> tuple[Element, Element]:
    root = body(html)
    (found,) = find_elements(root, path)
    return found, root


@pytest.mark.parametrize(
    ("html", "anchor"),
    [
        ("<h2 id='own'>A</h2>", "own"),
        ("<h2>A<a href='#link'>¶</a></h2>", "link"),
        ("<div id='x'><section id='part'><h2>A</h2></section></div>", "part"),
        ("<section id='part'><p>before</p><h2>A</h2></section>", ""),
        ("<div id='content'><h2>A</h2></div>", ""),
        ("<h2><a name='inner'></a>A</h2>", "inner"),
        ("<div><a id='before'></a><h2>A</h2></div>", "before"),
        ("<div><a id='before'>text</a><h2>A</h2></div>", ""),
    ],
)
def test_a_heading_is_linked_by_its_nearest_id(html, anchor):
    assert roles.heading_anchor(*only(html, "//h2")) == anchor


@pytest.mark.parametrize(
    ("html", "level"),
    [
        ("<h3>A</h3>", 3),
        ("<p role='heading' aria-level='4'>A</p>", 4),
        ("<p role='heading'>A</p>", 2),
        ("<p role='heading' aria-level='50'>A</p>", 9),
        ("<p role='heading' aria-level='x'>A</p>", 2),
        ("<p>A</p>", 0),
    ],
)
def test_a_level_is_that_of_the_tag_or_of_the_role(html, level):
    assert roles.heading_level(body(html)[0]) == level


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<pre class='language-SH'>x</pre>", "sh"),
        ("<pre><code class='lang-yaml hljs'>x</code></pre>", "yaml"),
        ("<div class='highlight-python notranslate'><div><pre>x</pre></div></div>", "python"),
        ("<pre data-lang='toml'>x</pre>", "toml"),
        ("<pre class='brush: java;'>x</pre>", "java"),
        ("<pre class='sourceCode bash'>x</pre>", "bash"),
        ("<div class='highlight-default'><pre>x</pre></div>", ""),
        ("<pre class='wide'>x</pre>", ""),
    ],
)
def test_the_language_of_code_is_on_it_in_it_or_around_it(html, language):
    assert roles.code_language(only(html, "//pre")[0]) == language


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<div class='admonition warning'>x</div>", "warning"),
        ("<div class='note'>x</div>", "note"),
        ("<div class='note wide'>x</div>", ""),
        ("<div class='alert alert-danger'>x</div>", "danger"),
        ("<div class='alert alert-primary'>x</div>", ""),
        ("<div class='admonition custom'>x</div>", "note"),
        ("<p class='note'>x</p>", ""),
    ],
)
def test_an_admonition_is_known_by_its_box_or_its_only_class(html, kind):
    assert roles.admonition_type(body(html)[0]) == kind


def test_a_panel_has_the_label_that_it_names_or_the_next_one_of_its_set():
    root = body(
        "<div class='tabs-container'><ul><li role='tab' id='t'>One</li><li role='tab'>Two</li></ul>"
        "<div role='tabpanel' aria-labelledby='t'>b</div><div role='tabpanel'>a</div></div>"
        "<div role='tabpanel'>no label</div>"
    )
    named, used = roles.tab_labels(root)
    assert [named.get(panel) for panel in find_elements(root, "//*[@role='tabpanel']")] == ["One", "Two", None]
    assert len(used) == 2
