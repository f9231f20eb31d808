"""HTML inside Markdown: tags are told from placeholders, and `<pre>` is read as code."""

import pytest

from wekadocs_assets.core.parsers.embedded_html import Tag, pre_text, tag_at


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<details>", "details"),
        ("</TD>", "td"),
        ("<br/>", "br"),
        ("<source src='x'>", "source"),
        ("<section>text</section>", "section"),
        ('<Widget value="x">', "widget"),
    ],
)
def test_a_known_tag_is_one(text, name):
    tag, end = tag_at(text, 0)
    assert tag.name == name and tag.closing == text.startswith("</") and text[end - 1] == ">"


@pytest.mark.parametrize("text", ["<name>", "<source>", "<Widget>", "<a <b>", "< br>", "text", "<port>:<label>"])
def test_a_placeholder_is_none(text):
    assert tag_at(text, 0) is None


def test_an_attribute_is_found_in_every_way_of_quoting_it():
    tag = Tag("a", False, """ id="x&amp;y" name='n' href=/b title={"t"} """)
    assert [tag.attribute(name) for name in ("id", "name", "href", "title", "absent")] == ["x&y", "n", "/b", "t", ""]
    assert tag.attribute("absent", "name") == "n"


def test_a_pre_block_is_code_without_its_tags_with_what_follows_it():
    lines = ['<pre class="x"><code class="language-sh">a &lt;b&gt;<br>', "<b>c</b> <name></code></pre> after"]
    assert pre_text(lines) == ("sh", ["a <b>", "", "c <name>"], " after")
    assert pre_text(["<pre>", "never closed"]) == ("", ["", "never closed"], "")
