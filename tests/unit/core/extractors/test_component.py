"""Component: processes, services, daemons and other named parts."""

from __future__ import annotations

from handmade_pages import names, paragraph

from wekadocs_assets.core.models import Vocabulary


def test_code_before_process_or_service_names_a_component():
    assert names("Component", paragraph("The `syncer` process and the `metad` daemon stop.")) == {"syncer", "metad"}


def test_capital_words_before_container_name_a_component():
    assert names("Component", paragraph("Then the Frontend container starts. Create containers now.")) == {
        "Frontend container"
    }


def test_names_of_the_vocabulary_are_found_everywhere():
    assert names(
        "Component", paragraph("The blue box hums."), vocabulary=Vocabulary(components=frozenset({"blue box"}))
    ) == {"blue box"}
