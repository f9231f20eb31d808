"""A plan reduced to the documents that were asked for, or to those that a newer plan still contains."""

from handmade_plans import entry, plan_of, planned

from wekadocs_assets.core.models import Unreadable
from wekadocs_assets.core.planning.reduced_plan import intersect, restrict_to


def uris(documents) -> list[str]:
    return [document.source_uri for document in documents]


def test_a_choice_of_partitions_is_partial_and_names_keys_that_no_source_holds():
    made = plan_of(planned("a.md"), planned("b.md"), deleted=(entry("c.md"),))
    (chosen,) = restrict_to([made], ["docs/a.md", "docs/gone.md"])
    assert chosen.partial and chosen.deleted == ()
    assert uris(chosen.documents) == ["a.md"]
    assert uris(chosen.unreadable) == ["docs/gone.md"]


def test_a_chosen_document_that_cannot_be_read_keeps_its_reason():
    broken = Unreadable("b.md", "no permission", "chmod")
    (chosen,) = restrict_to([plan_of(planned("a.md"), unreadable=(broken,))], ["docs/b.md"])
    assert chosen.documents == () and chosen.unreadable == (broken,)


def test_a_plan_without_a_chosen_document_is_left_out():
    plans = [plan_of(planned("a.md")), plan_of(planned("a.md", tag="faq"), tag="faq")]
    assert [plan.tag for plan in restrict_to(plans, ["faq/a.md"])] == ["faq"]
    assert restrict_to(plans, []) == []


def test_of_an_older_plan_the_changes_that_a_newer_one_still_contains_are_left():
    older = plan_of(planned("a.md"), planned("b.md"), deleted=(entry("gone.md"), entry("back.md")))
    newer = plan_of(
        planned("a.md"), planned("b.md", checksum="other"), planned("new.md"), deleted=(entry("gone.md"), entry("x.md"))
    )
    left = intersect(newer, older)
    assert uris(left.work) == ["a.md"] and uris(left.deleted) == ["gone.md"]


def test_an_intersection_is_partial_when_one_of_both_plans_is():
    whole, part = plan_of(planned("a.md")), plan_of(planned("a.md"), partial=True)
    assert intersect(whole, part).partial and intersect(part, whole).partial and not intersect(whole, whole).partial
