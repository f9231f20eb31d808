"""compose.yaml, Dockerfile and .env.example without a Docker engine: the specification's schema, the promises that the
file makes to people, and every command of ours in it, health checks too, run as it stands.
"""

import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread

import jsonschema
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema

from wekadocs_assets.config.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
OURS = ("webserver", "daemon")
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z0-9_]+)(:-|:\?|-)?([^}]*)\}")
REQUIRED = re.compile(r"\$\{[A-Z0-9_]+:\?[^}]*\}")
SECRET = re.compile(r"PASSWORD|API_KEY|AUTH$|AUTH_|SECRET|TOKEN")
PASSWORD_IN_URL = re.compile(r"://[^/@]*:[^@]+@")
each_service = pytest.mark.parametrize("name", sorted(SERVICES))


def schema_errors(compose: dict) -> list[str]:
    validator = jsonschema.Draft202012Validator(get_builtin_schema("vendor.compose-spec"))
    return [error.message for error in validator.iter_errors(compose)]


def test_the_file_fits_the_compose_specification():
    assert schema_errors(yaml.safe_load(TEXT)) == []


@pytest.mark.parametrize("broken", ["helthcheck:", "depends-on:", "restart_policy:"])
def test_the_schema_refuses_a_misspelt_key(broken):
    key = {"helthcheck:": "healthcheck:", "depends-on:": "depends_on:", "restart_policy:": "restart:"}[broken]
    assert key in TEXT and schema_errors(yaml.safe_load(TEXT.replace(key, broken)))


@each_service
def test_every_service_has_a_pinned_image_a_health_check_and_comes_back_after_a_restart(name):
    service = SERVICES[name]
    tag = service["image"].rpartition(":")[2]
    assert "build" in service or (tag[:1].isdigit() or tag.startswith("v")), "a tag that names a version"
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["restart"] == "unless-stopped"


@each_service
def test_no_port_is_open_to_the_network(name):
    for port in SERVICES[name].get("ports", []):
        assert isinstance(port, str) and port.startswith("127.0.0.1:"), port


@each_service
def test_services_wait_for_the_health_of_what_they_need(name):
    for other, wanted in SERVICES[name].get("depends_on", {}).items():
        assert wanted == {"condition": "service_healthy"} and "healthcheck" in SERVICES[other]


def test_the_pipeline_waits_for_every_store():
    for name in OURS:
        assert set(SERVICES) - set(OURS) <= set(SERVICES[name]["depends_on"])


@each_service
def test_no_secret_stands_in_the_file(name):
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(variable):
            assert ":?" in value, f"{variable} has a value, or a default"
        assert not PASSWORD_IN_URL.search(REQUIRED.sub("", value)), f"{variable}: a password in the URL"
    command = SERVICES[name].get("command", [])
    assert not [word for before, word in pairwise(command) if "pass" in before and not REQUIRED.fullmatch(word)]


@each_service
def test_every_volume_is_a_declared_one_or_the_documents_read_only(name):
    for volume in SERVICES[name].get("volumes", []):
        if isinstance(volume, str):
            assert volume.partition(":")[0] in yaml.safe_load(TEXT)["volumes"]
        else:
            assert volume["target"] == "/documents" and volume["read_only"] is True


@pytest.mark.parametrize("name", OURS)
def test_our_containers_get_settings_that_exist_and_fit_together(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    environment = {k: VARIABLE.sub(filled_in, v) for k, v in SERVICES[name]["environment"].items()}
    known = {field.upper() for field in Settings.model_fields}
    assert not [variable for variable in environment if variable not in known and not variable.startswith("DAGSTER_")]
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    settings = Settings()
    assert settings.neo4j_uri and settings.qdrant_url and settings.dagster_postgres_url.get_secret_value()
    assert settings.collection_roots() == {"docs": SERVICES[name]["volumes"][-1]["target"]}


@pytest.mark.parametrize("name", OURS)
def test_neo4j_may_hold_the_vectors_too_and_no_qdrant_is_named(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    chosen = {"VECTORS": "neo4j", "QDRANT_URL": ""}
    for variable, value in SERVICES[name]["environment"].items():
        monkeypatch.setenv(variable, VARIABLE.sub(lambda found: chosen.get(found[1], filled_in(found)), value))
    assert Settings().vector_stores == ("neo4j",)


def filled_in(variable: re.Match) -> str:
    """As compose does: a required variable has some value, an optional one its default."""
    return "abc123" if variable[2] == ":?" else variable[3]


def test_every_variable_is_explained_and_the_required_ones_are_in_the_example():
    page = (ROOT / "docs" / "deployment.md").read_text()
    variables = VARIABLE.findall(TEXT)
    assert not [name for name, _, _ in variables if f"`{name}`" not in page]
    required = {name for name, kind, _ in variables if kind == ":?"}
    example = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert example == dict.fromkeys(required, ""), "each required one, with no value to be left in by mistake"
    assert all(kind for _, kind, _ in variables), "neither a default nor required: silently empty"


@pytest.mark.process
def test_a_filled_in_env_file_is_accepted_by_ingestctl_in_the_same_folder(tmp_path):
    lines = (ROOT / ".env.example").read_text().splitlines()
    (tmp_path / ".env").write_text("\n".join(f"{line}secret1" if line.endswith("=") else line for line in lines))
    code = "from wekadocs_assets.config.settings import read_settings; print(repr(read_settings()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=bare(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "neo4j_password" in done.stdout and "secret1" not in done.stdout


@pytest.mark.process
def test_env_files_with_passwords_cannot_be_committed_or_get_into_the_image():
    ignored = subprocess.run(["git", "check-ignore", "-q", ".env"], cwd=ROOT)
    assert ignored.returncode == 0, ".gitignore lets .env in"
    assert not in_build_context(".env") and not in_build_context(".wekadocs")


def test_the_image_is_built_from_files_that_are_there():
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = [path for line in re.findall(r"^COPY (.*)$", dockerfile, re.MULTILINE) for path in line.split()[:-1]]
    assert copied and not [path for path in copied if not (ROOT / path).exists() or not in_build_context(path)]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {project["project"]["readme"], *project["project"]["license-files"], *wheel["packages"]}
    assert needed | set(wheel["force-include"]) | {"pyproject.toml", "constraints.txt", "workspace.yaml"} <= set(copied)


def test_the_image_does_not_run_as_root():
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users and users[-1] not in ("root", "0")


def in_build_context(path: str) -> bool:
    """By .dockerignore, whose last matching line decides."""
    kept = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#") and fnmatch(path, line.removeprefix("!")):
            kept = line.startswith("!")
    return kept


def bare() -> dict[str, str]:
    """This environment without our settings."""
    settings = {field.upper() for field in Settings.model_fields}
    return {k: v for k, v in os.environ.items() if k not in settings and not k.startswith("DAGSTER_")}


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """What a container of ours sees: a working folder with the two files of Dagster, and a data folder; no server."""
    folder = tmp_path_factory.mktemp("image")
    for name in ("dagster.yaml", "workspace.yaml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return folder, bare() | {"DAGSTER_HOME": str(folder), "WEKADOCS_HOME": str(folder / "data"), "PATH": programs}


def health(image, name: str, ports: dict[str, str] | None = None) -> int:
    """The exit code of the service's health check; ports: those of the container -> those where the service is here."""
    folder, environment = image
    (kind, *command) = SERVICES[name]["healthcheck"]["test"]
    command = ["/bin/sh", "-c", *command] if kind == "CMD-SHELL" else command
    for there, here in (ports or {}).items():
        command = [part.replace(there, here) for part in command]
    command = [part.replace("$$", "$") for part in command]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=120).returncode


@contextmanager
def running(image, command: list[str]) -> Iterator[None]:
    folder, environment = image
    with (folder / f"{command[0]}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(60)
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def becomes_healthy(image, name: str, ports: dict[str, str] | None = None) -> bool:
    limit = time.monotonic() + 240
    while time.monotonic() < limit:
        if health(image, name, ports) == 0:
            return True
        time.sleep(1)
    return False


@pytest.mark.slow
@pytest.mark.process
def test_the_webserver_and_then_the_daemon_start_and_their_health_checks_notice(image):
    port = str(free_port())
    assert health(image, "webserver", {"3000": port}) != 0
    with running(image, [port if part == "3000" else part for part in SERVICES["webserver"]["command"]]):
        assert becomes_healthy(image, "webserver", {"3000": port}), (image[0] / "dagster-webserver.log").read_text()
        assert health(image, "daemon") != 0
        with running(image, SERVICES["daemon"]["command"]):
            assert becomes_healthy(image, "daemon"), (image[0] / "dagster-daemon.log").read_text()


@pytest.mark.process
@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_of_qdrant_asks_whether_it_is_ready(image, status, code):
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            assert health(image, "qdrant", {"6333": str(server.server_port)}) == code
        finally:
            server.shutdown()
    assert asked == ["/readyz"]


@pytest.mark.process
def test_the_health_check_of_qdrant_fails_while_nothing_listens(image):
    assert health(image, "qdrant", {"6333": str(free_port())}) != 0
