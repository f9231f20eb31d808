"""A Neo4j session that notes its statements and can die before one of them, as a killed process does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wekadocs_assets.adapters.neo4j.session import Neo4jSession


class Recording(Neo4jSession):
    """dies_before: the number of the statement in `ran`; None: lives."""

    def __init__(self, *place: str) -> None:
        super().__init__(*place)
        self.ran: list[str] = []
        self.dies_before: int | None = None

    def read(self, work: Callable, **more: Any) -> Any:
        return super().read(self._noted(work), **more)

    def write(self, work: Callable, **more: Any) -> Any:
        return super().write(self._noted(work), **more)

    def run(self, statement: str, **parameters: Any) -> list:
        self._note(statement)
        return super().run(statement, **parameters)

    def _noted(self, work: Callable) -> Callable:
        def noted(run: Callable) -> Any:
            def one(statement: str, **parameters: Any) -> list:
                self._note(statement)
                return run(statement, **parameters)

            return work(one)

        return noted

    def _note(self, statement: str) -> None:
        if self.dies_before is not None and len(self.ran) >= self.dies_before:
            raise KeyboardInterrupt
        self.ran.append(statement)
