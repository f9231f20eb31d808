"""What a test gets to reach a server: addresses and credentials, whoever started it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Neo4jAccess:
    uri: str
    user: str
    password: str = field(repr=False)
    database: str = "neo4j"
