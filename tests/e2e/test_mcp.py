"""`ingestctl mcp` as a client meets it: what is offered, what each tool answers, and what a wrong call is told."""

import json
import subprocess
import sys

import pytest
from anyio.from_thread import start_blocking_portal
from mcp.shared.exceptions import MCPError
from mcp_processes import COMMAND, PATIENCE, answer, on_http, on_stdio, refusal, session

pytestmark = pytest.mark.process
GATES = """# Gates

A gate takes messages from producers.

## tidegate open

**Command:** `tidegate open <gate> [--wait seconds]`

**Parameters**

| Name | Value | Default |
| --- | --- | --- |
| gate* | The name of the gate. | |
| wait | How long to wait, in seconds. | 30 |

## Open a gate

1. Run `tidegate open north`.
2. Look at the lamp.

See [the daemon](operations/daemon.md).
"""
DAEMON = """# The daemon

The daemon reads its settings when it starts.

```ini
# where messages are kept
data_dir = /var/lib/tidegate
```
"""
ODD_NAME = "ünï code #1? 50%.md"
TOOLS = {"search_documentation", "get_section", "get_document_outline", "find_entity", "traverse", "index_status"}


@pytest.fixture(scope="module")
def home(new_home, tmp_path_factory):
    made = new_home(tmp_path_factory.mktemp("mcp"))
    (made.docs / "operations").mkdir()
    (made.docs / "gates.md").write_text(GATES)
    (made.docs / "operations" / "daemon.md").write_text(DAEMON)
    (made.docs / ODD_NAME).write_text("# Odd\n\nIts name has signs that mean something in a URI.\n")
    assert made.ingest()[0] in (0, 1)
    return made


@pytest.fixture(scope="module", params=[on_stdio, on_http], ids=["stdio", "http"])
def talk(request, home):
    """Runs a piece of work with a client that stays connected for all tests."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(request.param(home)) as client:
        yield lambda work: portal.call(work, client)


def test_six_tools_that_only_read_with_every_parameter_described_and_bounded(talk):
    tools = talk(lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.annotations.read_only_hint and not tool.annotations.destructive_hint and tool.description
        assert tool.output_schema["type"] == "object"
        for name, parameter in tool.input_schema["properties"].items():
            assert parameter.get("description"), f"{tool.name}: {name}"
            bounds = {"maxLength", "maximum", "anyOf"}  # anyOf: one of a closed list, or null
            assert bounds & set(parameter), f"{tool.name}: {name} has no bound"


def test_a_question_is_answered_with_evidence_and_the_section_read(talk):
    async def work(client):
        found = await answer(client, "search_documentation", question="How do I open a gate?", tag="docs", k=3)
        first = found["results"][0]
        section = await answer(client, "get_section", section_id=first["section_id"])
        return found, first, section

    found, first, section = talk(work)
    assert 1 <= len(found["results"]) <= 3 and found["notes"] == [] and found["timings_ms"]
    assert first["source_uri"] == "gates.md" and first["heading_path"][0] == "Gates"
    assert all(section["text"][q["start"] : q["end"]] == q["quote"] for q in first["evidence"])
    assert section["title"] == first["title"] and section["parent"]["title"] == "Gates"


def test_filters_narrow_a_search(talk):
    async def work(client):
        below = await answer(client, "search_documentation", question="settings gate", prefix="operations/")
        named = await answer(client, "search_documentation", question="settings gate", kind="Procedure")
        return below["results"], named["results"]

    below, named = talk(work)
    assert {one["source_uri"] for one in below} == {"operations/daemon.md"}
    assert named and all(one["procedures"] for one in named)


def test_an_outline_leads_to_sections_and_to_the_whole_text(talk):
    async def work(client):
        outline = await answer(client, "get_document_outline", document="gates.md")
        same = await answer(client, "get_document_outline", document=outline["document_id"], offset=1, limit=1)
        by_end = await answer(client, "get_document_outline", document="daemon.md", tag="docs")
        middle = await answer(client, "get_section", section_id=same["sections"][0]["section_id"])
        page = await answer(client, "get_section", section_id=outline["sections"][0]["section_id"])
        return outline, same, by_end, middle, page, (await client.read_resource(by_end["resource"])).contents[0]

    outline, same, by_end, middle, page, text = talk(work)
    assert [one["title"] for one in outline["sections"]] == ["Gates", "tidegate open", "Open a gate"]
    assert same["sections"] == outline["sections"][1:2] and same["sections_total"] == 3
    assert by_end["source_uri"] == "operations/daemon.md"
    assert middle["previous"]["title"] == "Gates" and middle["next"]["title"] == "Open a gate"
    assert [one["title"] for one in page["subsections"]] == ["tidegate open", "Open a gate"]
    assert text.mime_type == "text/markdown" and text.text.startswith("# The daemon\n\nThe daemon reads")
    assert "\n\\# where messages are kept\n" in text.text, "a comment is no heading"


def test_documents_are_listed_as_resources_and_each_can_be_read(talk):
    async def work(client):
        listed = (await client.list_resources()).resources
        read = [await client.read_resource(one.uri) for one in listed]
        return listed, [one.contents[0].text for one in read], await client.list_resource_templates()

    listed, texts, templates = talk(work)
    (template,) = templates.resource_templates
    assert [text.split("\n")[0] for text in texts] == [f"# {one.title}" for one in listed]
    assert [one.uri for one in listed] == [
        "wekadocs://document/docs/gates.md",
        "wekadocs://document/docs/operations/daemon.md",
        "wekadocs://document/docs/%C3%BCn%C3%AF%20code%20%231%3F%2050%25.md",
    ]
    assert [one.title for one in listed] == ["Gates", "The daemon", "Odd"]
    assert template.uri_template == "wekadocs://document/{tag}/{+path}" and template.description


def test_a_command_is_told_with_its_parameters_its_procedures_and_its_sections(talk):
    async def work(client):
        command = await answer(client, "find_entity", name="tidegate open", kind="Command", tag="docs")
        held = await answer(client, "find_entity", name="DATA_D")
        nothing = await answer(client, "find_entity", name="flux capacitor")
        return command, held, nothing

    found, held, nothing = talk(work)
    (command,) = found["entities"]
    told = {one["name"]: (one["required"], one["default"]) for one in command["parameters"]}
    assert found["match"] == "exact" and told["gate"] == (True, "") and told["wait"] == (False, "30")
    (procedure,) = command["executed_by"]
    assert procedure["steps"][0].startswith("Run tidegate open north")
    assert next(one["role"] for one in command["mentions"]) == "defines" and command["mentions_total"] >= 2
    assert held["match"] == "contains" and held["entities"][0]["name"] == "data_dir"
    assert nothing["match"] == "none" and nothing["entities"] == [] and "search_documentation" in nothing["reason"]


@pytest.mark.parametrize("name", ["wait", "--wait"])
def test_a_parameter_names_its_commands(talk, name):
    async def work(client):
        return await answer(client, "find_entity", name=name)

    found = talk(work)
    assert found["match"] == "exact"
    assert "tidegate open" in {one["name"] for each in found["entities"] for one in each["commands"]}


def test_the_graph_is_walked_from_any_node_within_bounds(talk):
    async def work(client):
        document = (await answer(client, "get_document_outline", document="gates.md"))["document_id"]
        near = await answer(client, "traverse", node_id=document, limit=100)
        far = await answer(client, "traverse", node_id=document, label="Document", hops=3, limit=100)
        cut = await answer(client, "traverse", node_id=document, hops=3, limit=2)
        return near, far, cut

    near, far, cut = talk(work)
    assert {one["label"] for one in near["nodes"]} == {"Section"} and near["start"]["name"] == "Gates"
    assert {1, 2, 3} >= {one["hops"] for one in far["nodes"]} >= {1, 2} and far["complete"]
    assert {"Document", "Command", "Step"} <= {one["label"] for one in far["nodes"]}
    assert len({one["id"] for one in far["nodes"]}) == len(far["nodes"])
    assert len(cut["nodes"]) == 2 and not cut["complete"]


def test_the_status_tells_counts_and_the_last_ingest(talk):
    status = talk(lambda client: answer(client, "index_status"))
    (collection,) = status["collections"]
    assert (collection["tag"], collection["documents"], status["documents"]) == ("docs", 3, 3)
    assert collection["points"] == status["points"] >= 4 and status["embedding_version"].startswith("hash")
    assert collection["unfinished_ingest"] == "" and collection["last_ingest"]
    assert status["last_ingest_utc"] == collection["last_ingest_utc"] != ""


WRONG = {
    "an empty question": ("search_documentation", {"question": ""}, "question: "),
    "only white space": ("search_documentation", {"question": " \n"}, "question: "),
    "100 kB": ("search_documentation", {"question": "gate " * 20_000}, "at most 2000 characters"),
    "no question": ("search_documentation", {}, "question: Field required"),
    "a number": ("search_documentation", {"question": 7}, "question: "),
    "k=0": ("search_documentation", {"question": "gate", "k": 0}, "k: "),
    "k=21": ("search_documentation", {"question": "gate", "k": 21}, "less than or equal to 20"),
    "an unknown tag": ("search_documentation", {"question": "gate", "tag": "moon"}, "known: docs"),
    "an unknown kind": ("search_documentation", {"question": "gate", "kind": "Spell"}, "'Command'"),
    "a misspelt parameter": ("search_documentation", {"question": "gate", "tags": "docs"}, "known: question, tag"),
    "an unknown section": ("get_section", {"section_id": "0" * 64}, "take the section_id of a search result"),
    "an unknown document": ("get_document_outline", {"document": "gate"}, "perhaps gates.md"),
    "a document of no collection": ("get_document_outline", {"document": "gates.md", "tag": "moon"}, "known: docs"),
    "a long name": ("find_entity", {"name": "x" * 301}, "at most 300 characters"),
    "99 hops": ("traverse", {"node_id": "x", "hops": 99}, "less than or equal to 3"),
    "limit=101": ("traverse", {"node_id": "x", "limit": 101}, "less than or equal to 100"),
    "an unknown node": ("traverse", {"node_id": "0" * 64}, "take an id out of another answer"),
    "a wrong label": ("traverse", {"node_id": "0" * 64, "label": "Chunk"}, "'Section'"),
    "an unknown tool": ("drop_everything", {}, "known: search_documentation"),
}


def test_a_wrong_call_is_told_what_to_do_and_the_next_one_is_answered(talk):
    async def work(client):
        told = {name: await refusal(client, tool, **arguments) for name, (tool, arguments, _) in WRONG.items()}
        return told, await answer(client, "search_documentation", question="gate")

    told, after = talk(work)
    assert {name: text for name, text in told.items() if WRONG[name][2] not in text} == {}
    assert after["results"]


@pytest.mark.parametrize("uri", ["docs/none.md", "moon/gates.md", "docs/../../etc/passwd", "docs/%00"])
def test_a_resource_that_is_not_there_is_told(talk, uri):
    with pytest.raises(MCPError, match="no document|no collection"):
        talk(lambda client: client.read_resource(f"wekadocs://document/{uri}"))


@pytest.mark.parametrize("connect", [on_stdio, on_http], ids=["stdio", "http"])
def test_a_client_of_the_older_protocol_is_served_too(home, connect):
    found = session(
        connect, home, lambda client: answer(client, "search_documentation", question="gate"), mode="legacy"
    )
    assert found["results"]


@pytest.mark.process
def test_nothing_but_the_protocol_goes_to_stdout(home):
    asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize"}
    client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    call = {"name": "search_documentation", "arguments": {"question": "gate"}}
    lines = [
        asked | {"params": client},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        asked | {"id": 2, "method": "tools/call", "params": call},
    ]
    with subprocess.Popen(
        [sys.executable, *COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=home.environment, cwd=home.folder,
    ) as process:  # fmt: skip
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines) + "this is no JSON\n")
        process.stdin.flush()
        said = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        rest = process.stdout.read()
        assert process.wait(PATIENCE) == 0, "the client hung up"
    assert {one.get("id") for one in said} >= {1} and all(json.loads(line)["jsonrpc"] for line in rest.splitlines())
