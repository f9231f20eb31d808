"""Derived edges: steps, what they execute, the parameters of commands, the errors that procedures resolve."""

from __future__ import annotations

from handmade_pages import code, extracted, heading, numbered, paragraph, table

from wekadocs_assets.core.models import Extraction


def drawn(found: Extraction, kind: str) -> set[tuple[str, str]]:
    name = {e.id: e.name for e in found.entities}
    return {(name[e.from_id], name[e.to_id]) for e in found.edges if e.type == kind}


def properties(found: Extraction, target: str) -> dict:
    name = {e.id: e.name for e in found.entities}
    return next(e.properties for e in found.edges if e.type == "HAS_PARAMETER" and name[e.to_id] == target)


def test_a_procedure_contains_its_steps_in_order():
    found = extracted(heading("Stop"), numbered("Stop it.", "Wait for it."))
    order = {e.properties["order"] for e in found.edges if e.type == "CONTAINS_STEP"}
    assert drawn(found, "CONTAINS_STEP") == {("Stop", "Stop it."), ("Stop", "Wait for it.")}
    assert order == {1, 2}


def test_a_step_executes_the_commands_of_its_item_and_no_other():
    found = extracted(heading("Stop"), numbered(paragraph("Stop it:") + code("$ systemctl stop x"), "Run `reboot`."))
    assert drawn(found, "EXECUTES") == {("Stop it:", "systemctl stop"), ("Run reboot.", "reboot")}


def test_options_in_a_synopsis_belong_to_its_command_and_brackets_make_them_optional():
    found = extracted(code("$ acme fs add <fs-name> [--size size]"))
    assert drawn(found, "HAS_PARAMETER") == {("acme fs add", "fs-name"), ("acme fs add", "size")}
    assert properties(found, "fs-name")["required"] is True
    assert properties(found, "size")["required"] is False


def test_rows_of_the_table_after_a_command_say_required_and_default():
    found = extracted(paragraph("`acme fs add <fs-name> [--size size]`"), table(["Name", "Value", "Default"], ["size*", "A size.", "1GB"]),
                      paragraph("Run `acme fs add x`."))  # fmt: skip
    assert properties(found, "size") == {"required": True, "default": "1GB", "type": ""}


def test_a_table_under_its_own_heading_belongs_to_the_command_of_the_section_above():
    found = extracted(
        heading("Add"), code("$ acme fs add"), heading("Parameters", 3), table(["Name", "Default"], ["size", "1"])
    )
    assert drawn(found, "HAS_PARAMETER") == {("acme fs add", "size")}


def test_a_procedure_in_a_section_about_an_error_resolves_it():
    found = extracted(
        heading("Known errors"), paragraph("It fails with error `no space left`."), numbered("Free some.", "Start it.")
    )
    assert drawn(found, "RESOLVES") == {("Known errors", "no space left")}
    elsewhere = extracted(
        heading("Cleaning"), paragraph("It fails with error `no space left`."), numbered("Free some.", "Start it.")
    )
    assert drawn(elsewhere, "RESOLVES") == set()
