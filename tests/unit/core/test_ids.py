"""Ids are functions of place; keys are fit for Dagster."""

from hypothesis import given
from hypothesis import strategies as st

from wekadocs_assets.core import ids

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1)


@given(NAMES, NAMES)
def test_partition_keys_are_short_and_hold_nothing_that_dagster_reads_otherwise(tag, uri):
    key = ids.partition_key(tag, uri)
    assert len(key) <= ids.KEY_BYTES
    assert "..." not in key and not set(key) & set(", []\n\t")


@given(st.lists(NAMES, min_size=2, max_size=20, unique=True))
def test_different_documents_have_different_keys_and_ids(uris):
    assert len({ids.partition_key("t", uri) for uri in uris}) == len(uris)
    assert len({ids.document_id("t", uri) for uri in uris}) == len(uris)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_a_digest_tells_lists_of_parts_apart(one, other):
    assert (ids.digest(*one) == ids.digest(*other)) == (one == other)


def test_ids_do_not_change_between_releases():
    document = ids.document_id("docs", "a/b.md")
    section = ids.section_id(document, ("A",), 0)
    assert document == "da2e38fcac7860907bfe93be98ec2cf77826a2c61fb2fa2ecedec1f0d1bfda27"
    assert section == "767d6741513f35c23f7cbd8564598057ce2274d6742365799e1257a9f3b44628"
    assert ids.point_id(ids.chunk_id(section, "v", 0)) == "04004971-a968-5e41-8bc8-56cbcee58954"
    assert ids.partition_key("docs", "a b/ü...md") == "docs/a%20b/%C3%BC%2E%2E%2Emd"


def test_a_jobs_id_is_made_of_collection_name_and_bytes_alone():
    job = ids.job_id("docs", "a.md", "c0ffee")
    assert job == ids.job_id("docs", "a.md", "c0ffee") and len(job) == 32
    assert len({job, ids.job_id("docs", "a.md", "c0ffef"), ids.job_id("docs", "b.md", "c0ffee")}) == 3
