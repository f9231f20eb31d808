"""All settings: one frozen class, read once at each entry point and passed on.

Add a setting here, with bounds and a description; `make docs` writes it to docs/configuration.md. No other module reads
the environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, StringConstraints, ValidationError, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from wekadocs_assets.config.checks import check_dotenv, check_vectors, refuse_unknown
from wekadocs_assets.config.roots import is_url, normalise_url, without_file_scheme
from wekadocs_assets.config.tagged import parse_by_tag, queries_by_tag, split_list, urls_by_tag
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Vocabulary
from wekadocs_assets.core.server_urls import SERVERS, check_files_url, check_server_url

StoreName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$")]


class Settings(BaseSettings):
    """Every setting with its default; the name of the environment variable is the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",
        extra="ignore",
        frozen=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,  # otherwise pydantic prints all input, secrets included
    )

    wekadocs_home: Path = Field(
        Path(".wekadocs"),
        validate_default=True,
        description="the data folder: embedded stores, artifacts, Dagster's SQLite storage, locks",
    )
    reports_dir: Path = Field(Path("reports"), validate_default=True, description="the folder for reports")
    collections: str = Field(
        "",
        description="known collections, `tag=folder` or `tag=URL` (such as `s3://bucket/prefix`), separated by "
        "commas; collections that were ingested before are known without it",
    )
    artifacts_url: str = Field(
        "",
        description="storage of the artifacts, any fsspec URL such as `s3://bucket/prefix` or `memory://`; empty: "
        "the data folder",
    )
    base_urls: str = Field(
        "",
        description="public addresses of the documents, `tag=https://docs.example.com/`, separated by commas; "
        "`{path}` is replaced by the path of a document, `{stem}` by the path without its suffix; "
        "without a placeholder the path is appended",
    )
    confidence_model: str = Field(
        "",
        description="a file written by `ingestctl eval --calibrate` that computes the confidence of answers; empty: "
        "the packaged model",
    )
    sample_queries: str = Field(
        "",
        description='questions that a collection must be able to answer to be ready for queries, as JSON: `{"docs": '
        '["how is a filesystem created"]}`',
    )
    derived_queries: int = Field(
        100,
        ge=0,
        le=10_000,
        description="number of queries derived from each collection's text to test the index after an ingest; 0: none",
    )
    vocabulary_programs: str = Field(
        "", description="names of your command-line programs, separated by commas; they help the extractors"
    )
    vocabulary_components: str = Field(
        "",
        description="names of your product's processes and components, separated by commas; they help the extractors",
    )

    neo4j_uri: str = Field(
        "",
        description="Neo4j server for the graph, `bolt://host:7687` (`bolt+s`, `neo4j`, `neo4j+s`, … for TLS and "
        "clusters); empty: Ladybug in the data folder",
    )
    neo4j_user: str = Field("neo4j", description="user name at Neo4j")
    neo4j_password: SecretStr = Field(SecretStr(""), description="password at Neo4j")
    neo4j_database: str = Field("", description="database of the Neo4j server; empty: the server's default")
    qdrant_url: str = Field("", description="Qdrant server for the vectors, `http://host:6333`")
    qdrant_api_key: SecretStr = Field(SecretStr(""), description="API key of the Qdrant server")
    qdrant_collection: StoreName = Field(
        "wekadocs", description="alias that searches use on Qdrant, and prefix of the names of its collections"
    )
    vectors: str = Field(
        "",
        description="vector stores: one or two of `edge`, `qdrant`, `neo4j`, separated by a comma. The first is the "
        "primary store, the second a replica; empty: `qdrant` when `QDRANT_URL` is set, otherwise `edge`",
    )
    redis_url: SecretStr = Field(
        SecretStr(""),
        description="Redis server for progress, job states and the queue, `redis://host:6379/0`; empty: an embedded "
        "Valkey of the data folder",
    )
    redis_namespace: str = Field("", description="prefix of every key in Redis, for example `staging:`")
    dagster_postgres_url: SecretStr = Field(
        SecretStr(""),
        description="Postgres server for Dagster's storage, `postgresql://user:password@host:5432/database`; empty: "
        "SQLite in the data folder",
    )

    embedding_model: str = Field(
        "",
        description="a sentence-transformers name or folder; empty: the packaged all-MiniLM-L6-v2; `hash`: word "
        "hashes, for tests",
    )
    embedding_device: str = Field("auto", description="`cpu`, `cuda` or `mps`; `auto` selects what is available")
    chunk_tokens: int = Field(128, ge=16, le=4096, description="maximum number of tokens of a chunk's text")
    keep_old_vectors: bool = Field(
        False, description="keep the points of the previous model or chunking after a switch"
    )

    documents_per_run: int = Field(
        500, ge=1, description="maximum number of documents in one Dagster run of `ingestctl`"
    )
    max_document_mb: int = Field(64, ge=1, description="a larger file is reported and not read")
    lock_timeout: float = Field(
        60.0, ge=0, description="seconds to wait for another process that has locked the data folder"
    )
    lease_seconds: float = Field(
        30.0, ge=5, le=86400, description="seconds after which the lease of a dead worker on a collection expires"
    )
    neo4j_timeout: float = Field(120.0, gt=0, le=86400, description="time-out of one transaction at Neo4j, in seconds")
    qdrant_timeout: float = Field(30.0, gt=0, le=3600, description="time-out of one request to Qdrant, in seconds")
    retry_seconds: float = Field(
        20.0,
        gt=0,
        le=3600,
        description="seconds to retry when a server becomes unreachable during an ingest; after that, Dagster waits "
        "and retries the step three times",
    )
    connect_timeout: float = Field(4.0, gt=0, le=60, description="time-out of a connection attempt, in seconds")

    watch_mode: Literal["folder", "spool", "part"] = Field(
        "folder",
        description="when a watched file is taken. `folder`: it did not change for `WATCH_SETTLE_SECONDS`; `spool`: "
        "`name.ready` exists beside it, or it was seen as `name.part`; `part`: as soon as it exists, for "
        "writers that rename `name.part`",
    )
    watch_settle_seconds: float = Field(
        5.0,
        ge=0,
        le=86400,
        description="quiet period: seconds for which a watched file, or its absence, must be unchanged",
    )
    watch_interval_seconds: int = Field(30, ge=1, le=86400, description="seconds between two scans of a watched folder")
    watch_retry_seconds: float = Field(
        300.0,
        ge=1,
        le=86400,
        description="seconds after which the stores are checked and failed documents are retried although no file "
        "changed",
    )
    admit_runs: int = Field(1, ge=1, description="maximum number of ingests that run or wait at the same time")
    admit_queued_jobs: int = Field(
        10_000, ge=1, description="maximum number of waiting jobs; folders wait while there are more"
    )
    admit_probe_seconds: float = Field(
        5.0, gt=0, description="maximum response time of the graph and vector stores, in seconds"
    )
    admit_redis_pct: float = Field(
        90.0, gt=0, le=100, description="maximum share of its memory that Redis may use, in percent"
    )
    admit_free_mb: float = Field(1000.0, ge=0, description="minimum free space on the disk of the data folder, in MB")
    reconcile_cron: str = Field("0 3 * * *", description="cron expression of the nightly comparison of the stores")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        for source in (env_settings, dotenv_settings):
            if isinstance(source, EnvSettingsSource):
                refuse_unknown(source.env_vars, settings_cls.model_fields)
        return init_settings, env_settings, dotenv_settings

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_the_default(cls, value: Any, info: ValidationInfo) -> Any:
        blank = isinstance(value, str) and not value.strip()
        return cls.model_fields[str(info.field_name)].default if blank else value

    @field_validator("wekadocs_home", "reports_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        """One folder has one name, whatever the working directory is."""
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        for variable in SERVERS:
            check_server_url(variable, _plain(getattr(self, variable.lower())))
        urls_by_tag(self.base_urls), queries_by_tag(self.sample_queries)
        check_files_url("ARTIFACTS_URL", self.artifacts_url)
        check_vectors(self.vector_stores, {"qdrant": self.qdrant_url, "neo4j": self.neo4j_uri})
        return self

    @property
    def data_folder(self) -> Path:
        return self.wekadocs_home

    @property
    def graph_path(self) -> Path:
        """The embedded graph; its engine creates more files beside it."""
        return self.data_folder / "graph.lbug"

    @property
    def vectors_path(self) -> Path:
        """The folder of the embedded vectors."""
        return self.data_folder / "vectors"

    @property
    def locks_path(self) -> Path:
        return self.data_folder / "locks"

    @property
    def artifacts_root(self) -> str:
        """A folder, or a URL."""
        return self.artifacts_url or str(self.data_folder / "artifacts")

    @property
    def reports_root(self) -> Path:
        return self.reports_dir

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(
            frozenset(split_list(self.vocabulary_programs)), frozenset(split_list(self.vocabulary_components))
        )

    @property
    def vector_stores(self) -> tuple[str, ...]:
        """The vector stores in their order; the first is the primary store."""
        return split_list(self.vectors.lower()) or (("qdrant",) if self.qdrant_url else ("edge",))

    def base_urls_by_tag(self) -> dict[str, str]:
        """tag -> public address of its documents, from BASE_URLS."""
        return urls_by_tag(self.base_urls)

    def sample_queries_by_tag(self) -> dict[str, tuple[str, ...]]:
        """tag -> questions, from SAMPLE_QUERIES."""
        return queries_by_tag(self.sample_queries)

    def collection_roots(self) -> dict[str, str]:
        """tag -> absolute root or URL, from COLLECTIONS."""
        return {
            tag: _place(root) for tag, root in parse_by_tag("COLLECTIONS", self.collections, "folder", "docs=./docs")
        }


def read_settings(**overrides: Any) -> Settings:
    """The settings of this process. An invalid value raises ConfigurationError with the name of the variable."""
    try:
        check_dotenv(Path(".env"))
        return Settings(**overrides)
    except ValidationError as error:
        lines = [f"{'.'.join(str(p) for p in e['loc']).upper()}: {e['msg']}" for e in error.errors()]
        raise ConfigurationError("; ".join(lines), "docs/configuration.md lists every setting") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        hint = "make .env in the working directory a readable text file, or remove it"
        raise ConfigurationError(f"{Path('.env').absolute()} cannot be read: {reason}", hint) from None


def _place(root: str) -> str:
    place = without_file_scheme(root)
    return normalise_url(place) if is_url(place) else str(Path(place).expanduser().absolute())


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
