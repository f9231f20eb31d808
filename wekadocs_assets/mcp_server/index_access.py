"""The asynchronous interface of the tools to stores and model.

Stores are used only in the keeper's thread. The model is loaded in another thread, so that no lock is held meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from wekadocs_assets.app import answering, bootstrap
from wekadocs_assets.app.bootstrap import Stores
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.errors import WekadocsError
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.ports.stores import Lock, Reports
from wekadocs_assets.core.ports.vectors import Embedder
from wekadocs_assets.core.reports.files import read_ingest_report
from wekadocs_assets.core.reports.model import CollectionResult, IngestReport
from wekadocs_assets.core.search.answer import Answer, Query
from wekadocs_assets.mcp_server.keeper import Keeper
from wekadocs_assets.mcp_server.models import CollectionStatus, IndexStatus

T = TypeVar("T")
log = logging.getLogger(__name__)


class IndexAccess:
    """Stores and model of these settings, for coroutines. Methods raise the errors of core/errors.py."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.base_urls = settings.base_urls_by_tag()
        self.keeper = Keeper(self._lock, self._make_schema)
        self._has_schema = False
        self._loaded: set[str] = set()
        self._loading = asyncio.Lock()

    async def ask(self, work: Callable[[Stores], T]) -> T:
        """Runs `work` on the open stores in the keeper's thread and returns its result."""
        return await asyncio.wrap_future(self.keeper.ask(lambda: self._with_stores(work)))

    async def search(self, query: Query) -> Answer:
        """Searches with the active embedding version; loads its model first, if it is not loaded yet."""
        found = await self.ask(lambda _: self._answer(query))
        while not isinstance(found, Answer):
            await self._load(found)
            found = await self.ask(lambda _: self._answer(query))
        return found

    async def warm_up(self) -> None:
        """Loads the model of the active embedding version in advance, so that the first search is as fast as the next."""
        try:
            await self._load(await self.ask(lambda _: answering.open_searcher(self.settings).embedder))
        except WekadocsError as error:
            log.warning("not ready yet: %s", error.in_a_line)

    async def status(self) -> IndexStatus:
        """The state of the index: counts from the stores, times and readiness from the reports."""
        found = await self.ask(_status_of)
        return await asyncio.to_thread(_with_reports, found, bootstrap.reports(self.settings, read_only=True))

    def _lock(self) -> Lock:
        return bootstrap.open_stores(self.settings).lock

    def _make_schema(self) -> None:
        """Creates the graph's schema before the first use, and again after an error: the data folder may be new."""
        if not self._has_schema:
            bootstrap.open_stores(self.settings).graph.open()
            self._has_schema = True

    def _with_stores(self, work: Callable[[Stores], T]) -> T:
        try:
            return work(bootstrap.open_stores(self.settings))
        except Exception:
            self._has_schema = False
            raise

    def _answer(self, query: Query) -> Answer | Embedder:
        """The answer, or the embedder if its model has to be loaded first.

        The searcher is opened for each query, since an ingest may have changed the active embedding version.
        """
        searcher = answering.open_searcher(self.settings)
        is_warm = not searcher.embedding_version or searcher.embedder.model_part in self._loaded
        return searcher.search(query) if is_warm else searcher.embedder

    async def _load(self, embedder: Embedder) -> None:
        async with self._loading:
            if embedder.model_part not in self._loaded:
                await asyncio.to_thread(embedder.encode_question, "warm up")
                self._loaded.add(embedder.model_part)


def _status_of(stores: Stores) -> IndexStatus:
    """The status without what only the reports know."""
    version = stores.graph.open().embedding_version
    known = [_collection(stores, version, one) for one in stores.graph.collections()]
    return IndexStatus(
        embedding_version=version,
        documents=sum(one.documents for one in known),
        points=sum(one.points for one in known),
        collections=sorted(known, key=lambda one: one.tag),
    )


def _collection(stores: Stores, version: str, collection: Collection) -> CollectionStatus:
    return CollectionStatus(
        tag=collection.tag,
        documents=len(stores.graph.reader().documents(collection.tag)),
        points=stores.vectors[0].count(version, collection.tag) if version else 0,
        unfinished_ingest=collection.started_ingest_id if collection.is_unfinished else "",
        last_ingest=collection.finished_ingest_id,
    )


def _with_reports(status: IndexStatus, reports: Reports) -> IndexStatus:
    """Adds times and readiness from the last report of each collection; a missing report leaves them unknown."""
    found = {one.tag: read_ingest_report(reports, one.last_ingest) for one in status.collections}
    for one in status.collections:
        report = found[one.tag]
        one.last_ingest_utc = report.timestamp_utc if report else ""
    status.last_ingest_utc = max((one.last_ingest_utc for one in status.collections), default="")
    results = [_result(found[one.tag], one.tag) for one in status.collections]
    verdicts = [result.ready_for_queries if result else None for result in results]
    status.ready_for_queries = False if False in verdicts else None if not verdicts or None in verdicts else True
    reasons = dict.fromkeys(result.ready_reason for result in results if result)
    status.ready_reason = "; ".join(filter(None, reasons))
    return status


def _result(report: IngestReport | None, tag: str) -> CollectionResult | None:
    """Of this collection only: another collection of the same ingest may not be ready."""
    return next((result for result in report.collections if result.tag == tag), None) if report else None
