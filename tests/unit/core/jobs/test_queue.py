"""A queued job: made from a planned document, and read from an entry that any program may have written."""

from handmade_plans import planned

from wekadocs_assets.core import ids
from wekadocs_assets.core.jobs.queue import QueuedJob, job_of, queued_job


def test_the_job_of_a_document_has_its_version_and_the_type_of_its_content():
    job = queued_job(planned("guide/a.html", checksum="c0ffee"), 7.0)
    assert job == QueuedJob(
        job_id=ids.job_id("docs", "guide/a.html", "c0ffee"),
        source_uri="guide/a.html",
        checksum="c0ffee",
        tag="docs",
        content_type="text/html",
        created_at=7.0,
    )
    assert queued_job(planned("a.json"), 7.0).content_type == "application/json"


def test_the_fields_of_an_entry_give_the_job_that_was_put():
    job = queued_job(planned("a.md"), 7.5)
    fields = {
        "tag": job.tag,
        "source_uri": job.source_uri,
        "checksum": job.checksum,
        "content_type": job.content_type,
        "created_at": str(job.created_at),
    }
    assert job_of(fields) == job


def test_missing_and_odd_fields_get_defaults_and_the_id_is_computed():
    job = job_of({"job_id": "invented", "source_uri": "a.md", "created_at": "yesterday"})
    assert job == QueuedJob(
        job_id=ids.job_id("", "a.md", ""), source_uri="a.md", checksum="", tag="", content_type="", created_at=0.0
    )
