"""The only reader of the environment: one frozen class, read once at each entry point and handed on."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Vocabulary


class Settings(BaseSettings):
    """Every setting with its default; the environment variable is the field's name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    wekadocs_home: Path = Path(".wekadocs")
    """The data folder: embedded stores, artifacts, Dagster's SQLite storage, locks."""
    reports_dir: Path = Path("reports")
    collections: str = ""
    """Known collections as `tag=root`, comma-separated; those ingested before are known without it."""

    neo4j_uri: str = ""
    neo4j_password: SecretStr = SecretStr("")
    qdrant_url: str = ""
    qdrant_api_key: SecretStr = SecretStr("")
    redis_url: SecretStr = SecretStr("")
    dagster_postgres_url: SecretStr = SecretStr("")

    embedding_model: str = ""
    """A sentence-transformers name or folder; empty: the packaged all-MiniLM-L6-v2; `hash`: word hashes, for tests."""
    embedding_device: str = "auto"
    chunk_tokens: int = Field(128, ge=16, le=4096)
    vocabulary_programs: str = ""
    vocabulary_components: str = ""

    documents_per_run: int = Field(500, ge=1)
    max_document_mb: int = Field(64, ge=1)
    lock_timeout: float = Field(60.0, ge=0)
    """Seconds to wait for another process that uses the data folder."""

    @property
    def data_folder(self) -> Path:
        return self.wekadocs_home.expanduser().absolute()

    @property
    def reports_root(self) -> Path:
        return self.reports_dir.expanduser().absolute()

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(_names(self.vocabulary_programs), _names(self.vocabulary_components))

    def collection_roots(self) -> dict[str, str]:
        """tag -> absolute root, from COLLECTIONS."""
        roots: dict[str, str] = {}
        for item in filter(None, (part.strip() for part in self.collections.split(","))):
            tag, sign, root = item.partition("=")
            if not sign or not tag.strip() or not root.strip():
                raise ConfigurationError(
                    f"COLLECTIONS: '{item}' is not tag=folder", "for instance COLLECTIONS=docs=./docs"
                )
            roots[tag.strip()] = str(Path(root.strip()).expanduser().absolute())
        return roots


def read_settings(**overrides: object) -> Settings:
    """The settings of this process; a value that does not fit is a ConfigurationError that names the variable."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [f"{'.'.join(str(p) for p in e['loc']).upper()}: {e['msg']}" for e in error.errors()]
        raise ConfigurationError("; ".join(lines), "docs/configuration.md lists every setting") from None


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())
