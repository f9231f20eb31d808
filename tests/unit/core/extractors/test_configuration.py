"""Configuration: options, parameter tables, mount options, variables, keys and properties - names without values."""

from __future__ import annotations

from handmade_pages import bullets, code, heading, names, paragraph, table, terms


def test_long_options_lose_their_dashes_and_short_ones_do_not_count():
    assert names("Configuration", code("$ acme quota set <path> [--soft-limit n] -k --owner=me")) == {
        "soft-limit",
        "owner",
    }


def test_the_rows_of_a_parameter_table_are_configurations():
    page = table(
        ["Name", "Value", "Default"],
        ["hard*", "The limit.", "none"],
        ["spec.size", "The size.", ""],
        ["`-h`, `--help`", "Help.", ""],
    )
    assert names("Configuration", page) == {"hard", "spec.size", "help"}


def test_the_rows_of_other_tables_are_none():
    assert names("Configuration", table(["Name", "Description"], ["NodeDown", "A node went down."])) == set()


def test_a_table_of_names_under_a_heading_of_options_counts():
    assert names("Configuration", heading("Mount options"), table(["Name", "Description"], ["sync_on", "Waits."])) == {
        "sync_on"
    }


def test_mount_options_and_properties_count_one_by_one():
    page = code(
        "$ mount -t vfat -o fmask=0077,noatime,dmask=1 /dev/a /b\n$ zpool create -o ashift=12 -O xattr=sa tank sda"
    )
    assert names("Configuration", page) == {"fmask", "noatime", "dmask", "ashift", "xattr"}


def test_the_output_format_of_another_tool_is_a_value():
    assert names("Configuration", code("$ kubectl get pods -o wide")) == set()


def test_upper_case_variables_that_the_reader_assigns_count_and_local_ones_do_not():
    page = code('export DISK=/dev/sda\nname=x\nwipe () {\n  local disk="$1"\n  SIZE=3\n}', "bash")
    assert names("Configuration", page) == {"DISK"}


def test_keys_of_a_settings_file_count():
    assert names("Configuration", code("# sizes\nclients_number = 2\nzone.name = 'b'\n")) == {
        "clients_number",
        "zone.name",
    }


def test_named_settings_in_prose_count_and_their_values_do_not():
    text = "Set the `max_pages` mount option to `false`. The parameters `aName`, `bName`, and `cName` override it. The status is `Bound`."
    assert names("Configuration", paragraph(text)) == {"max_pages", "aName", "bName", "cName"}


def test_an_assignment_in_inline_code_gives_its_name():
    assert names("Configuration", paragraph("Manage it with `mountpoint=legacy`, not with `property=value`.")) == {
        "mountpoint"
    }


def test_definition_terms_with_a_value_and_terms_under_properties_count():
    assert names("Configuration", terms(("cache_max=4 (uint)", "The most."))) == {"cache_max"}
    assert names("Configuration", heading("Pool properties"), terms(("altroot", "Another root."))) == {"altroot"}


def test_a_bullet_list_of_options_counts():
    page = paragraph("Use the following options:") + bullets("`join-ips`: The addresses.", "`base-port`: The port.")
    assert names("Configuration", page) == {"join-ips", "base-port"}
