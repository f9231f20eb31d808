"""The only reader of the environment: one frozen class, read once at each entry point and handed on."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, StringConstraints, ValidationError, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from wekadocs_assets.config.roots import is_url, one_spelling, without_file_scheme
from wekadocs_assets.config.tagged import by_tag, names, queries_by_tag, urls_by_tag
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Vocabulary
from wekadocs_assets.core.server_urls import SERVERS, check_files_url, check_server_url

PREFIX = "WEKADOCS_"
VECTOR_STORES = ("edge", "qdrant", "neo4j")
StoreName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$")]


class Settings(BaseSettings):
    """Every setting with its default; the environment variable is the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",
        extra="ignore",
        frozen=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,  # pydantic prints the input of the whole class otherwise, secrets too
    )

    wekadocs_home: Path = Field(
        Path(".wekadocs"),
        validate_default=True,
        description="the data folder: embedded stores, artifacts, Dagster's SQLite storage, locks",
    )
    reports_dir: Path = Field(Path("reports"), validate_default=True, description="where reports are written")
    collections: str = Field(
        "",
        description="known collections, `tag=folder` or `tag=URL` (such as `s3://bucket/prefix`), separated by commas; "
        "those ingested before are known without",
    )
    artifacts_url: str = Field(
        "",
        description="where artifacts lie, any fsspec URL such as `s3://bucket/prefix` or `memory://`; "
        "empty: the data folder",
    )
    base_urls: str = Field(
        "",
        description="where documents are published, `tag=https://docs.example.com/`, separated by commas; `{path}` stands "
        "for a document's path, `{stem}` for the path without its suffix, without either the path is put behind it",
    )
    confidence_model: str = Field(
        "", description="a file of `ingestctl eval --calibrate`, to say how sure answers are; empty: the packaged one"
    )
    sample_queries: str = Field(
        "",
        description="questions that a collection must be able to answer before it is ready for queries, as JSON: "
        '`{"docs": ["how is a filesystem created"]}`',
    )
    derived_queries: int = Field(
        100, ge=0, le=10_000, description="questions that each collection asks itself after an ingest; 0: none"
    )
    vocabulary_programs: str = Field(
        "", description="names of your programs, separated by commas, as a help to the extractors"
    )
    vocabulary_components: str = Field("", description="names of your product's processes and parts")

    neo4j_uri: str = Field(
        "", description="the graph's server, `bolt://host:7687` (`bolt+s`, `neo4j`, `neo4j+s`, … for TLS and clusters)"
    )
    neo4j_user: str = Field("neo4j", description="user name at Neo4j")
    neo4j_password: SecretStr = Field(SecretStr(""), description="password at Neo4j")
    neo4j_database: str = Field("", description="database of the Neo4j server; empty: the server's default")
    qdrant_url: str = Field("", description="the vectors' server, `http://host:6333`")
    qdrant_api_key: SecretStr = Field(SecretStr(""), description="API key of the Qdrant server")
    qdrant_collection: StoreName = Field(
        "wekadocs", description="alias that searches use on Qdrant; the collections behind it are named from it"
    )
    vectors: str = Field(
        "",
        description="vector stores out of `edge`, `qdrant`, `neo4j`, one or two, separated by a comma: the first is the "
        "source of truth, the second is kept beside it; empty: `qdrant` when `QDRANT_URL` is set, else `edge`",
    )
    redis_url: SecretStr = Field(
        SecretStr(""), description="progress and events, `redis://host:6379/0`; empty: a Valkey of the data folder"
    )
    redis_namespace: str = Field("", description="stands before every key in Redis, for instance `staging:`")
    dagster_postgres_url: SecretStr = Field(
        SecretStr(""), description="Dagster's storage, `postgresql://user:password@host:5432/database`; empty: SQLite"
    )

    embedding_model: str = Field(
        "",
        description="a sentence-transformers name or folder; empty: the packaged all-MiniLM-L6-v2; "
        "`hash`: word hashes, for tests",
    )
    embedding_device: str = Field("auto", description="`cpu`, `cuda`, `mps`, or chosen by what is there")
    chunk_tokens: int = Field(128, ge=16, le=4096, description="body tokens of a chunk")
    keep_old_vectors: bool = Field(
        False, description="keep the points of the former model or chunking after a switch to another"
    )

    documents_per_run: int = Field(500, ge=1, description="how many documents `ingestctl` gives to one Dagster run")
    max_document_mb: int = Field(64, ge=1, description="a larger file is reported, not read")
    lock_timeout: float = Field(60.0, ge=0, description="seconds to wait for another process that uses the data folder")
    lease_seconds: float = Field(
        30.0, ge=5, le=86400, description="seconds that a worker which died keeps a collection on a server"
    )
    neo4j_timeout: float = Field(120.0, gt=0, le=86400, description="seconds for one transaction at Neo4j")
    qdrant_timeout: float = Field(30.0, gt=0, le=3600, description="seconds for one answer of Qdrant")
    retry_seconds: float = Field(
        20.0,
        gt=0,
        le=3600,
        description="seconds to go on trying when a server goes away in the middle of an ingest; after that Dagster "
        "waits and tries the step again, three times",
    )
    connect_timeout: float = Field(4.0, gt=0, le=60, description="seconds to wait for a server to take a connection")

    watch_mode: Literal["folder", "spool", "part"] = Field(
        "folder",
        description="`folder`: a file counts when it did not change for `WATCH_SETTLE_SECONDS`; `spool`: when "
        "`name.ready` lies beside it (or it was seen as `name.part`); `part`: as soon as it has its name, for writers that "
        "rename `name.part`",
    )
    watch_settle_seconds: float = Field(
        5.0, ge=0, le=86400, description="seconds for which a watched file, or its absence, must have been the same"
    )
    watch_interval_seconds: int = Field(30, ge=1, le=86400, description="seconds from one look to the next")
    watch_retry_seconds: float = Field(
        300.0,
        ge=1,
        le=86400,
        description="seconds after which stores are looked at though no file changed, and what is not in is tried again",
    )
    admit_runs: int = Field(1, ge=1, description="ingests that may run or wait to run at once")
    admit_queued_jobs: int = Field(
        10_000, ge=1, description="jobs that may wait in the queue before folders wait for it"
    )
    admit_probe_seconds: float = Field(5.0, gt=0, description="seconds that graph and vectors may take for an answer")
    admit_redis_pct: float = Field(90.0, gt=0, le=100, description="share of its memory that Redis may use")
    admit_free_mb: float = Field(1000.0, ge=0, description="room that the data folder's disk must have")
    reconcile_cron: str = Field(
        "0 3 * * *", description="when the nightly comparison of the stores runs, as cron says it"
    )

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
            _refuse_unknown(source.env_vars)
        return init_settings, env_settings, dotenv_settings

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_the_default(cls, value: Any, info: ValidationInfo) -> Any:
        blank = isinstance(value, str) and not value.strip()
        return cls.model_fields[info.field_name].default if blank else value

    @field_validator("wekadocs_home", "reports_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        """So that one folder has one name, from whichever working directory it was meant."""
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        for variable in SERVERS:
            check_server_url(variable, _plain(getattr(self, variable.lower())))
        urls_by_tag(self.base_urls), queries_by_tag(self.sample_queries)
        check_files_url("ARTIFACTS_URL", self.artifacts_url)
        _check_vectors(self)
        return self

    @property
    def data_folder(self) -> Path:
        return self.wekadocs_home

    @property
    def graph_path(self) -> Path:
        """Of the embedded graph; its engine keeps further files beside it."""
        return self.data_folder / "graph.lbug"

    @property
    def vectors_path(self) -> Path:
        """Of the embedded vectors."""
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
        return Vocabulary(frozenset(names(self.vocabulary_programs)), frozenset(names(self.vocabulary_components)))

    @property
    def vector_stores(self) -> tuple[str, ...]:
        """The vector stores in their order; the first is the source of truth."""
        return names(self.vectors.lower()) or (("qdrant",) if self.qdrant_url else ("edge",))

    def base_urls_by_tag(self) -> dict[str, str]:
        """tag -> where its documents are published, from BASE_URLS."""
        return urls_by_tag(self.base_urls)

    def sample_queries_by_tag(self) -> dict[str, tuple[str, ...]]:
        return queries_by_tag(self.sample_queries)

    def collection_roots(self) -> dict[str, str]:
        """tag -> absolute root or URL, from COLLECTIONS."""
        return {tag: _place(root) for tag, root in by_tag("COLLECTIONS", self.collections, "folder", "docs=./docs")}


def read_settings(**overrides: object) -> Settings:
    """The settings of this process; a value that does not fit is a ConfigurationError that names the variable."""
    try:
        _check_dotenv(Path(".env"))
        return Settings(**overrides)
    except ValidationError as error:
        lines = [f"{'.'.join(str(p) for p in e['loc']).upper()}: {e['msg']}" for e in error.errors()]
        raise ConfigurationError("; ".join(lines), "docs/configuration.md lists every setting") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        hint = "make .env in the working directory a readable text file, or remove it"
        raise ConfigurationError(f"{Path('.env').absolute()} cannot be read: {reason}", hint) from None


def dagster_home() -> Path:
    """The folder of dagster.yaml: DAGSTER_HOME, the checkout, or the copy inside an installed package."""
    package, named = Path(__file__).parents[1], os.environ.get("DAGSTER_HOME")
    candidates = [*([Path(named)] if named else []), package.parent, package]
    return next((folder for folder in candidates if (folder / "dagster.yaml").is_file()), candidates[0])


def _place(root: str) -> str:
    place = without_file_scheme(root)
    return one_spelling(place) if is_url(place) else str(Path(place).expanduser().absolute())


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _check_dotenv(path: Path) -> None:
    """A folder or a broken link would pass for no file at all."""
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    if path.is_symlink() and not path.exists():
        raise FileNotFoundError(0, "it is a link to nothing")


def _refuse_unknown(variables: Any) -> None:
    known = [name.upper() for name in Settings.model_fields]
    for name in sorted(variable.upper() for variable in variables):
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name.removeprefix(PREFIX), known, 1, 0.8)
            close = close or difflib.get_close_matches(name, known, 1, 0.8)
            meant = f"did you mean {close[0]}? " if close else ""
            raise ConfigurationError(f"{name} is no setting", f"{meant}docs/configuration.md lists every setting")


def _check_vectors(settings: Settings) -> None:
    stores, choice = settings.vector_stores, f"one or two of {', '.join(VECTOR_STORES)}, for instance VECTORS=qdrant"
    unknown = [store for store in stores if store not in VECTOR_STORES]
    if unknown:
        raise ConfigurationError(f"VECTORS: '{unknown[0]}' is no vector store", choice)
    if len(stores) > 2 or len(set(stores)) < len(stores):
        raise ConfigurationError(f"VECTORS names {', '.join(stores)}", f"name {choice}, each once")
    for store, name in (("qdrant", "qdrant_url"), ("neo4j", "neo4j_uri")):
        if store in stores and not getattr(settings, name):
            hint = f"set {name.upper()} to the server's address, or take {store} out of VECTORS"
            raise ConfigurationError(f"VECTORS names {store}, but {name.upper()} is not set", hint)
    if settings.qdrant_url and "qdrant" not in stores:
        hint = "add qdrant to VECTORS, or unset QDRANT_URL"
        raise ConfigurationError("QDRANT_URL is set, but VECTORS does not name qdrant, so it would not be used", hint)
