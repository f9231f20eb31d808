"""HTML without a tree: text, headings and code in reading order."""

from wekadocs_assets.core.parsers.html_flat import flat_blocks, flat_text
from wekadocs_assets.core.parsers.page import Heading, Inline, Leaf


def test_every_block_tag_begins_a_leaf_and_inline_tags_do_not():
    blocks = flat_blocks("<h2 id='a'>Next <b>part</b></h2><p>one<br>two &lt;x&gt;<div>three")
    assert blocks == [
        Heading(2, Inline("Next part"), "a"),
        Leaf("paragraph", Inline("one two <x>")),
        Leaf("paragraph", Inline("three")),
    ]
    assert flat_text(blocks) == "Next part\none two <x>\nthree"


def test_code_keeps_its_lines_and_blanks():
    (code, after) = flat_blocks("<pre>\n  a\n<div>b</div>\n</pre>after")
    assert code == Leaf("code", Inline("  a\nb")) and after.inline.text == "after"


def test_scripts_navigation_and_comments_are_skipped_unless_they_never_end():
    assert flat_text(flat_blocks("<nav>x</nav>a<!-- b --><script>c</script>d")) == "a d"
    assert flat_text(flat_blocks("<nav>x")) == "x" and flat_blocks("  <p></p> ") == []
