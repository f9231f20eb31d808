"""Settings are read from the environment by their own names, and from nothing else."""

from pathlib import Path

import pytest

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.settings import Settings, read_settings


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


def test_secrets_are_not_printed(monkeypatch):
    monkeypatch.setenv("NEO4J_PASSWORD", "hunter2")
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@host")
    assert "hunter2" not in repr(read_settings())
