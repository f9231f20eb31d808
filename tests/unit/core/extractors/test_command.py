"""Command: which words make the name, where commands are found, and what is none."""

from __future__ import annotations

import pytest
from handmade_pages import code, document, extracted, names, paragraph, table

from wekadocs_assets.core.extractors.registry import extract
from wekadocs_assets.core.models import Vocabulary


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("$ acme pool resize-now <pool> [--size size]", {"acme pool resize-now"}),
        ("$ kubectl apply -f x.yaml", {"kubectl apply"}),
        ("$ kubectl get pvc", {"kubectl get"}),
        ("$ sudo systemctl restart sshd", {"systemctl restart"}),
        ("$ git clone https://example.org/x.git", {"git clone"}),
        ("$ cryptsetup luksFormat --type luks2 /dev/sda1", {"cryptsetup luksFormat"}),
        ("$ ./tools/setup_all.sh --fast", {"setup_all.sh"}),
        ("[root@host1 ~]# acme node list", {"acme node list"}),
        ("$ acme s3 bucket add drives0", {"acme s3 bucket add"}),
        ("$ acme node stop default && acme node rm -f default", {"acme node stop", "acme node rm"}),
        ("$ for i in a b; do mkswap $i; done", {"mkswap"}),
        ('$ curl -H "Bearer $(gcloud auth print-token)" https://x', {"curl", "gcloud auth print-token"}),
        ("$ MNT=$(mktemp -d)", {"mktemp"}),
        ("$ acme volume show | wc -l", {"acme volume show"}),
    ],
)
def test_a_prompted_line_gives_program_and_subcommands(line, expected):
    assert names("Command", code(line)) == expected


def test_the_mention_is_the_stretch_from_program_to_last_subcommand():
    made = document(code("$ sudo ./bin/acme.sh run\n$ sudo zpool   create \\\n  tank"))
    found = extract(made, Vocabulary())
    entity = {e.id: e.name for e in found.entities}
    quotes = {entity[m.entity_id]: made.sections[0].text[m.start : m.end] for m in found.mentions}
    assert quotes["acme.sh"] == "acme.sh"
    assert quotes["zpool create"] == "zpool   create"


def test_output_below_a_prompted_command_is_no_command():
    page = code("$ kubectl get pods\nNAME      READY   STATUS\nmount-0   1/1     Running\nsecret/kubectl created")
    assert names("Command", page) == {"kubectl get"}


def test_yaml_and_json_and_settings_hold_no_command():
    assert (
        names(
            "Command", code("kind: Pod\nrun: mount -a\n", "yaml"), code('{"run": "x --y"}'), code("size = 3\nzone = 4")
        )
        == set()
    )


def test_prose_that_contains_program_words_is_no_command():
    text = "Use the mount options to find the file and cut the time. Make a copy of the `file` and `find` it."
    assert names("Command", paragraph(text)) == set()


def test_a_command_label_defines_the_command():
    found = extracted(paragraph("**Command:** `acme quota set`"))
    assert [e.name for e in found.entities] == ["acme quota set"]
    assert found.mentions[0].role == "defines"


def test_alternatives_with_signs_between_them_are_one_command_each():
    assert names("Command", paragraph("Command: `acme task pause / resume / abort <id>`")) == {
        "acme task pause",
        "acme task resume",
        "acme task abort",
    }
    assert names("Command", code("$ acme task start|stop <id>")) == {"acme task start", "acme task stop"}


def test_inline_code_counts_when_its_program_is_known_from_the_page_or_from_the_vocabulary():
    known = names("Command", code("$ acme node list --all"), paragraph("Then `acme node remove` frees it."))
    assert known == {"acme node list", "acme node remove"}
    assert names("Command", paragraph("Then `acme node remove`."), vocabulary=Vocabulary(frozenset({"acme"}))) == {
        "acme node remove"
    }
    assert names("Command", paragraph("Then `acme node remove`.")) == set()


def test_a_command_split_over_two_pieces_of_inline_code_is_one():
    assert names("Command", paragraph("Use `zpool` `replace` then.")) == {"zpool replace"}


def test_a_line_that_a_pipe_sign_turned_into_a_table_row_counts():
    assert "acme node resources" in names(
        "Command", code("$ acme node list"), table(["x", "y"], ["acme node resources -C a0", "more"])
    )


def test_a_comment_is_no_command_and_a_root_prompt_is_no_comment():
    page = code("# get the storage class\nkubectl get sc\n# zpool create -f tank sda", "bash")
    assert names("Command", page) == {"kubectl get", "zpool create"}


def test_the_body_of_a_heredoc_is_no_command():
    assert names("Command", code("cat > /etc/x.conf <<EOF\nreboot --now\nEOF\nreboot", "bash")) == {"cat", "reboot"}


def test_functions_of_the_page_are_no_commands():
    page = code('wipe () {\n  blkdiscard -f "$1"\n}\nwipe --all /dev/sda', "bash")
    assert names("Command", page) == {"blkdiscard"}


def test_a_tree_drawn_with_pipe_signs_is_no_pipeline():
    assert names("Command", code("acme disk\n | list\n | rm\n | mount")) <= {"acme disk"}
