"""On which stores a history runs: the settings that choose them, and what a shared server needs around each ingest."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LEASE_SECONDS = "5"
EXPIRE = "MATCH (c:Collection) SET c.lease_until = 0"
"""What waiting does: the process that held the lease is known to be dead."""


@dataclass(frozen=True)
class Engines:
    """graph: 'ladybug' | 'neo4j'; vectors: 'edge', 'neo4j' or both, the source of truth first."""

    graph: str
    vectors: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.graph}+{'+'.join(self.vectors)}"

    @property
    def on_server(self) -> bool:
        return self.graph == "neo4j"

    def environment(self, home: Path) -> dict[str, str]:
        """All of an ingest's environment."""
        settings = {
            "WEKADOCS_HOME": str(home / "data"),
            "REPORTS_DIR": str(home / "reports"),
            "EMBEDDING_MODEL": "hash",
            "VECTORS": ",".join(self.vectors),
            "LEASE_SECONDS": LEASE_SECONDS,
            "RETRY_SECONDS": "2",
        }
        server = {name: os.environ[name] for name in ("NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD") if self.on_server}
        return _without_settings() | settings | server


EMBEDDED = Engines("ladybug", ("edge",))
BESIDE_NEO4J = (("neo4j",), ("edge",), ("neo4j",), ("edge",), ("neo4j", "edge"))


def chosen(stores: str, number: int) -> Engines:
    """stores: 'embedded', or 'neo4j' for the ways in turn to keep vectors beside a graph on that server."""
    return EMBEDDED if stores == "embedded" else Engines("neo4j", BESIDE_NEO4J[number % len(BESIDE_NEO4J)])


def wipe() -> int:
    """For a forked child: an empty server."""
    from servers.wipe import wipe_data

    return _on_server(lambda driver: wipe_data(driver, "neo4j"))


def expire_leases() -> int:
    """For a forked child."""
    return _on_server(lambda driver: driver.execute_query(EXPIRE, database_="neo4j"))


def _on_server(work: Callable) -> int:
    from neo4j import GraphDatabase

    access = os.environ["NEO4J_USER"], os.environ["NEO4J_PASSWORD"]
    with GraphDatabase.driver(os.environ["NEO4J_URI"], auth=access) as driver:
        work(driver)
    return 0


def _without_settings() -> dict[str, str]:
    """The environment without settings that somebody may have set for other purposes."""
    from wekadocs_assets.config.settings import Settings

    return {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
