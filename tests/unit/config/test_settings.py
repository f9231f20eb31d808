"""Settings are read from the environment by their own names, and from nothing else."""

import errno
import os
import threading
from pathlib import Path

import pytest

from wekadocs_assets.config.dagster_home import dagster_home
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.errors import ConfigurationError


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_data_folder_is_in_the_working_directory_whatever_HOME_says(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/somewhere/else")
    assert read_settings().data_folder == tmp_path / ".wekadocs"


def test_a_dotenv_file_is_read_and_the_environment_wins(monkeypatch, tmp_path):
    Path(".env").write_text("CHUNK_TOKENS=64\nWEKADOCS_HOME=here\nSOMETHING_ELSE=1\n")
    assert (read_settings().chunk_tokens, read_settings().data_folder) == (64, tmp_path / "here")
    monkeypatch.setenv("CHUNK_TOKENS", "96")
    assert read_settings().chunk_tokens == 96


@pytest.mark.parametrize(
    ("name", "value"), [("CHUNK_TOKENS", "many"), ("CHUNK_TOKENS", "3"), ("DOCUMENTS_PER_RUN", "0")]
)
def test_a_value_that_does_not_fit_is_refused_by_its_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name):
        read_settings()


def test_collections_are_tags_with_folders(monkeypatch, tmp_path):
    monkeypatch.setenv("COLLECTIONS", "a=./x, b=/y")
    assert read_settings().collection_roots() == {"a": str(tmp_path / "x"), "b": "/y"}
    monkeypatch.setenv("COLLECTIONS", "nothing")
    with pytest.raises(ConfigurationError, match="tag=folder"):
        read_settings().collection_roots()


def test_collections_may_be_urls(monkeypatch, tmp_path):
    monkeypatch.setenv("COLLECTIONS", f"a=s3://bucket/x=1/, b=S3://bucket,c=file://{tmp_path}/docs/")
    roots = {"a": "s3://bucket/x=1", "b": "s3://bucket", "c": str(tmp_path / "docs")}
    assert read_settings().collection_roots() == roots
    for wrong in ("a=s3://", "a=ftp://me:hunter2@host/docs"):
        monkeypatch.setenv("COLLECTIONS", wrong)
        with pytest.raises(ConfigurationError) as refused:
            read_settings().collection_roots()
        assert "hunter2" not in refused.value.message + refused.value.hint


SECRET = "hunter2"
SECRETS = {
    "NEO4J_PASSWORD": SECRET,
    "QDRANT_API_KEY": SECRET,
    "REDIS_URL": f"redis://:{SECRET}@host",
    "DAGSTER_POSTGRES_URL": f"postgresql://me:{SECRET}@host/dagster",
}


def refusal(monkeypatch, **variables: str) -> str:
    """The message and the hint of the refusal that these variables cause."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        read_settings()
    return f"{refused.value.message} | {refused.value.hint}"


def test_secrets_are_not_printed(monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert SECRET not in repr(settings) + str(settings) + str(settings.model_dump()) + settings.model_dump_json()
    assert settings.redis_url.get_secret_value() == SECRETS["REDIS_URL"]


@pytest.mark.parametrize(
    "value",
    [
        f"http://:{SECRET}@host",
        f"redis://:{SECRET}@",
        f"redis://:x/{SECRET}@host",
        f"postgresql://me:{SECRET}",
        f"postgresql+psycopg://me:{SECRET}@host",
        f"postgresql://[{SECRET}@host",
        SECRET,
    ],
)
@pytest.mark.parametrize("name", ["REDIS_URL", "DAGSTER_POSTGRES_URL", "NEO4J_URI", "QDRANT_URL"])
def test_a_refused_url_is_named_without_its_password(monkeypatch, name, value):
    message = refusal(monkeypatch, **{name: value})
    assert name in message
    assert SECRET not in message


def test_a_refusal_of_another_setting_prints_no_secret(monkeypatch):
    assert SECRET not in refusal(monkeypatch, **SECRETS, CHUNK_TOKENS="many")
    with pytest.raises(ValueError, match="CHUNK_TOKENS|chunk_tokens") as refused:  # pydantic's own words, in a log
        Settings()
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("unknown", "meant"),
    [
        ("WEKADOCS_HOEM", "WEKADOCS_HOME"),
        ("WEKADOCS_NEO4J_URI", "NEO4J_URI"),
        ("WEKADOCS_REPORT_DIR", "REPORTS_DIR"),
        ("wekadocs_vectors", "VECTORS"),
    ],
)
def test_an_unknown_name_of_ours_is_refused_with_the_one_that_was_meant(monkeypatch, unknown, meant):
    message = refusal(monkeypatch, **{unknown: SECRET})
    assert message.startswith(f"{unknown.upper()} is not a setting")
    assert f"did you mean {meant}?" in message
    assert SECRET not in message


def test_an_unknown_name_of_ours_is_refused_in_a_dotenv_file_too(monkeypatch):
    Path(".env").write_text("WEKADOCS_QQQQQQ=1\n")
    message = refusal(monkeypatch)
    assert message.startswith("WEKADOCS_QQQQQQ is not a setting")
    assert "did you mean" not in message


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"VECTORS": "qdrant"}, ["VECTORS", "QDRANT_URL is not set"]),
        ({"VECTORS": "neo4j"}, ["VECTORS", "NEO4J_URI is not set"]),
        ({"VECTORS": "edge", "QDRANT_URL": "http://q"}, ["VECTORS", "QDRANT_URL is set"]),
        ({"VECTORS": "edge,pinecone"}, ["VECTORS", "'pinecone'"]),
        ({"VECTORS": "edge,edge"}, ["VECTORS", "each once"]),
        (
            {"VECTORS": "edge,qdrant,neo4j", "QDRANT_URL": "http://q", "NEO4J_URI": "bolt://n"},
            ["VECTORS", "one or two"],
        ),
        ({"NEO4J_URI": "http://host:7687"}, ["NEO4J_URI", "bolt+ssc://"]),
        ({"NEO4J_URI": "localhost:7687"}, ["NEO4J_URI", "bolt+ssc://"]),
        ({"NEO4J_URI": "bolt://"}, ["NEO4J_URI names no host"]),
        ({"NEO4J_URI": "bolt://me:hunter2@host"}, ["NEO4J_USER and NEO4J_PASSWORD"]),
        ({"NEO4J_URI": "bolt://host/docs"}, ["NEO4J_DATABASE"]),
        ({"QDRANT_URL": "host:6333"}, ["QDRANT_URL", "http://"]),
        ({"QDRANT_URL": "http://me:hunter2@host"}, ["QDRANT_URL", "QDRANT_API_KEY"]),
        ({"QDRANT_COLLECTION": "a/b"}, ["QDRANT_COLLECTION"]),
        ({"REDIS_URL": "host:6379"}, ["REDIS_URL", "rediss://"]),
        ({"REDIS_URL": "redis://host:port"}, ["REDIS_URL"]),
        ({"DAGSTER_POSTGRES_URL": "mysql://host/db"}, ["DAGSTER_POSTGRES_URL", "postgresql://"]),
        ({"DAGSTER_POSTGRES_URL": "postgresql:///db"}, ["DAGSTER_POSTGRES_URL names no host"]),
        ({"ARTIFACTS_URL": "bucket/prefix"}, ["ARTIFACTS_URL has no scheme"]),
        ({"ARTIFACTS_URL": "sftp://me:hunter2@host/x"}, ["ARTIFACTS_URL", "FSSPEC_"]),
        ({"LEASE_SECONDS": "4"}, ["LEASE_SECONDS"]),
        ({"CONNECT_TIMEOUT": "nan"}, ["CONNECT_TIMEOUT"]),
        ({"KEEP_OLD_VECTORS": "perhaps"}, ["KEEP_OLD_VECTORS"]),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(monkeypatch, variables, names):
    message = refusal(monkeypatch, **variables)
    assert [name for name in names if name not in message] == []
    assert SECRET not in message


@pytest.mark.parametrize(
    ("variables", "stores"),
    [
        ({}, ("edge",)),
        ({"QDRANT_URL": "https://host:6333/prefix"}, ("qdrant",)),
        ({"NEO4J_URI": "neo4j+s://host"}, ("edge",)),
        ({"NEO4J_URI": "bolt://[::1]:7687/", "VECTORS": "neo4j"}, ("neo4j",)),
        ({"NEO4J_URI": "bolt://n", "QDRANT_URL": "http://q", "VECTORS": " Qdrant , neo4j,"}, ("qdrant", "neo4j")),
        ({"QDRANT_URL": "http://q", "VECTORS": "edge,qdrant"}, ("edge", "qdrant")),
    ],
)
def test_the_order_of_vector_stores_follows_from_what_is_set(monkeypatch, variables, stores):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert read_settings().vector_stores == stores


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("REDIS_URL", "rediss://:p%40ss@host/1"),
        ("DAGSTER_POSTGRES_URL", "postgres://me:pw@host/db"),
        ("DAGSTER_POSTGRES_URL", "postgresql+psycopg2://me@/db?host=/run/postgresql"),
        ("ARTIFACTS_URL", "memory://"),
        ("ARTIFACTS_URL", "s3://bucket/prefix"),
        ("ARTIFACTS_URL", "http://host:8080/a@b"),
    ],
)
def test_the_usual_forms_of_urls_are_taken(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    read_settings()


def test_an_empty_value_is_the_default_and_wins_over_the_dotenv_file(monkeypatch, tmp_path):
    Path(".env").write_text("QDRANT_URL=http://q\nNEO4J_TIMEOUT=\nWEKADOCS_HOME=\n")
    monkeypatch.setenv("QDRANT_URL", "")
    settings = read_settings()
    assert (settings.qdrant_url, settings.neo4j_timeout, settings.data_folder) == ("", 120, tmp_path / ".wekadocs")


def test_a_dotenv_file_from_windows_is_read():
    Path(".env").write_bytes(b"\xef\xbb\xbfCHUNK_TOKENS=64\r\nNEO4J_PASSWORD=hunter2\r\nNEO4J_URI=bolt://h\r\n")
    settings = read_settings()
    assert settings.chunk_tokens == 64
    assert (settings.neo4j_password.get_secret_value(), settings.neo4j_uri) == (SECRET, "bolt://h")


def test_a_dotenv_that_is_a_folder_is_refused(monkeypatch):
    Path(".env").mkdir()
    assert ".env cannot be read: it is a folder" in refusal(monkeypatch)


def test_a_dotenv_that_is_a_link_to_nothing_is_refused(monkeypatch):
    Path(".env").symlink_to("nowhere")
    assert ".env cannot be read: it is a broken link" in refusal(monkeypatch)


def test_a_dotenv_that_is_not_text_is_refused(monkeypatch):
    Path(".env").write_bytes(b"CHUNK_TOKENS=\xff\xfe64\n")
    assert ".env cannot be read: it is not UTF-8 text" in refusal(monkeypatch)


def test_a_dotenv_that_may_not_be_read_is_refused(monkeypatch):
    """By a stand-in for the operating system: root, who runs tests in a container, may read every file."""
    Path(".env").write_text("CHUNK_TOKENS=64\n")

    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", ".env")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        patch.setattr("builtins.open", refuse)
        assert "cannot be read: Permission denied" in refusal(patch)


def test_a_dotenv_that_a_password_manager_serves_as_a_pipe_is_read_once(tmp_path):
    os.mkfifo(".env")
    writer = threading.Thread(target=lambda: (tmp_path / ".env").write_text("CHUNK_TOKENS=64\n"), daemon=True)
    writer.start()
    assert read_settings().chunk_tokens == 64
    writer.join(10)


def test_equal_settings_are_one_key_of_a_cache():
    assert len({read_settings(), read_settings(), read_settings(chunk_tokens=64)}) == 2


def test_the_folder_of_dagster_yaml_is_found(monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    assert (dagster_home() / "dagster.yaml").is_file()
