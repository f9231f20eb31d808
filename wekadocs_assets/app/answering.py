"""Opens the searcher: the active index and the embedding model that made it."""

from __future__ import annotations

import time

from wekadocs_assets.app import bootstrap
from wekadocs_assets.config.settings import Settings
from wekadocs_assets.core.chunking import made_by
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.search.searcher import Searcher


def open_searcher(settings: Settings) -> Searcher:
    """A searcher on the active index. Raises ConfigurationError when the model of that index is not available."""
    stores = bootstrap.open_stores(settings)
    info = stores.graph.open()
    embedder = stores.embedder
    if info.embedding_version and not made_by(embedder.model_part, info.embedding_version):
        former = bootstrap.former_embedder(settings, info)
        if former is None:
            raise ConfigurationError(
                f"the index was made by {info.embedded_by}, and that model is not available here",
                f"set EMBEDDING_MODEL to it, or ingest again with the present one ({embedder.model_part})",
            )
        embedder = former[0]
    return Searcher(
        graph=stores.graph, vectors=stores.vectors[0], embedder=embedder, embedding_version=info.embedding_version, lock=stores.lock,
        base_urls=settings.base_urls_by_tag(), confidence=bootstrap.confidence(settings), clock=time.perf_counter,
    )  # fmt: skip
