"""A data folder in this process, and the job `ingest` on it with a real, ephemeral Dagster instance."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest
from in_process import forget_stores

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.settings import Settings, read_settings
from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.jobs.ports import ProgressSink
from wekadocs_assets.core.jobs.states import ProgressEvent
from wekadocs_assets.core.pipeline import Pipeline
from wekadocs_assets.defs.build import build_definitions
from wekadocs_assets.defs.partitions import source_document_partitions

PAGE = "# {title}\n\nIntroduction of {title}.\n\n## Install\n\nRun `gatectl install --force`.\n\n## Use\n\n{body}\n"


class Listener(ProgressSink):
    def __init__(self) -> None:
        self.events: list[ProgressEvent] = []

    def publish(self, events) -> None:
        self.events += events


@dataclass
class Place:
    """Documents in `docs`, the collection 'docs', embedded stores with the hash embedder."""

    docs: Path
    instance: dg.DagsterInstance
    listener: Listener = field(default_factory=Listener)

    @property
    def pipeline(self) -> Pipeline:
        return bootstrap.open_pipeline(read_settings())

    def write(self, name: str, title: str = "", body: str = "Nothing more.") -> None:
        path = self.docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE.format(title=title or name, body=body))

    def run(
        self, selection: list[str] | None = None, tags: dict[str, str] | None = None, **config
    ) -> dg.ExecuteInProcessResult:
        """The job `ingest` on this instance; with tags, assets and partitions as Materialize in the UI chooses them."""
        definitions = build_definitions(progress=self.listener)
        job = definitions.resolve_implicit_global_asset_job_def() if tags else definitions.resolve_job_def("ingest")
        with stores_kept_open():
            return job.execute_in_process(
                run_config={
                    "resources": {"run": {"config": config}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
                instance=self.instance,
                asset_selection=[dg.AssetKey(name) for name in selection] if selection else None,
                tags=tags,
                raise_on_error=False,
            )

    def materialized(self, asset: str) -> set[str]:
        keys = self.instance.get_materialized_partitions(dg.AssetKey(asset))
        return {key for key in keys if "/" in key}

    def partitions(self) -> set[str]:
        return {key for key in self.instance.get_dynamic_partitions(source_document_partitions.name) if "/" in key}

    def statuses(self, result: dg.ExecuteInProcessResult, asset: str) -> dict[str, int]:
        (found,) = [
            m for m in result.asset_materializations_for_node(asset)
            if m.partition is None or "/" not in m.partition
        ]  # fmt: skip
        return {name: found.metadata[name].value for name in ("done", "fresh", "failed", "blocked")}


@contextmanager
def stores_kept_open() -> Iterator[None]:
    """One hold over a whole run: to open the engines for each step costs more than the work of a few pages."""
    try:
        lock = bootstrap.open_stores(read_settings()).lock
    except WekadocsError:  # the run itself says so
        yield
        return
    with lock.writing():
        yield


@dataclass(frozen=True)
class Snapshot:
    """A data folder with documents that were ingested once, and its copy, from which it is restored before each test."""

    folder: Path
    copy: Path

    @classmethod
    def of(cls, folder: Path, fill: Callable[[Place], object]) -> "Snapshot":
        """fill: writes the documents and ingests them."""
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch, placed(folder, patch) as place:
            fill(place)
        forget_stores()
        return cls(folder, Path(shutil.copytree(folder, folder.with_name(f"{folder.name}-copy"))))

    @contextmanager
    def restored(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
        """The path is the same for each test, because the stores name the root of the collection."""
        forget_stores()
        shutil.rmtree(self.folder)
        shutil.copytree(self.copy, self.folder)
        with placed(self.folder, monkeypatch) as place:
            yield place
        forget_stores()


@contextmanager
def placed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The settings of a data folder in `folder`, and an instance that lives as long as the block."""
    docs = folder / "docs"
    docs.mkdir(exist_ok=True)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("WEKADOCS_HOME", str(folder / "data"))
    monkeypatch.setenv("REPORTS_DIR", str(folder / "reports"))
    monkeypatch.setenv("EMBEDDING_MODEL", "hash")
    monkeypatch.setenv("COLLECTIONS", f"docs={docs}")
    monkeypatch.chdir(folder)
    with dg.DagsterInstance.ephemeral() as instance:
        yield Place(docs, instance)
