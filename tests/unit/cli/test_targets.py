"""What a person means by a PATH: a collection, or a part of one that is known; folders and URLs alike."""

import pytest

from wekadocs_assets.cli.targets import Target, targets
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Collection

KNOWN = {name: Collection(tag=name, root=f"s3://bucket/{name}") for name in ("docs", "docs/v2", "handbook")}


def target(path: str, known=KNOWN, tag: str = "", rebind: bool = False) -> Target:
    (found,) = targets(known, [path], tag, rebind)
    return found


@pytest.mark.parametrize(
    ("url", "tag", "root"),
    [
        ("s3://bucket/some/docs", "docs", "s3://bucket/some/docs"),
        ("s3://bucket/some/docs///", "docs", "s3://bucket/some/docs"),
        ("s3://bucket", "bucket", "s3://bucket"),
        ("S3://bucket/", "bucket", "s3://bucket"),
        ("s3://pages.html", "pages.html", "s3://pages.html"),
    ],
)
def test_a_new_url_is_a_collection_named_by_its_last_part(url, tag, root):
    assert target(url, {}) == Target(Collection(tag=tag, root=root))


def test_a_url_of_one_document_is_a_part_of_what_lies_around_it():
    assert target("s3://bucket/docs/a.md", {}) == Target(Collection(tag="docs", root="s3://bucket/docs"), "a.md")
    assert target("s3://bucket/a.md", {}) == Target(Collection(tag="bucket", root="s3://bucket"), "a.md")


@pytest.mark.parametrize(
    ("url", "tag", "within"),
    [
        ("s3://bucket/docs/", "docs", ""),
        ("s3://bucket/docs/guide/", "docs", "guide"),
        ("s3://bucket/docs/guide/a.md", "docs", "guide/a.md"),
        ("s3://bucket/docs/v2/a.md", "docs/v2", "a.md"),
        ("s3://bucket/docs-old", "docs-old", ""),
    ],
)
def test_a_url_below_a_known_root_is_a_part_of_the_closest_one(url, tag, within):
    found = target(url)
    assert (found.collection.tag, found.within) == (tag, within)


def test_folders_are_as_they_were_and_may_be_urls_of_files(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("")
    known = {"docs": Collection(tag="docs", root=str(tmp_path / "docs"))}
    for path in (f"{tmp_path}/docs/a.md", f"file://{tmp_path}/docs/a.md"):
        assert target(path, known) == Target(known["docs"], "a.md") == target(path, {})
    assert target(f"{tmp_path}/docs/", {}) == Target(known["docs"])
    assert target("/", {"everything": Collection(tag="everything", root="/")}).collection.tag == "everything"


@pytest.mark.parametrize("url", ["s3://", "s3:///", "s3://me:secret@bucket/docs", "://bucket"])
def test_a_url_that_names_no_place_or_holds_a_password_is_refused(url):
    with pytest.raises(ConfigurationError) as refused:
        target(url)
    assert refused.value.hint and "secret" not in refused.value.message


def test_a_known_tag_with_another_url_is_refused_and_can_be_rebound():
    with pytest.raises(ConfigurationError, match="--rebind|is s3://bucket/docs, not"):
        target("s3://other/docs", tag="docs")
    assert target("s3://other/docs", tag="docs", rebind=True).collection.root == "s3://other/docs"
