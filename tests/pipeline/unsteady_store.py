"""A second vector store that fails when it is told to: the real adapter on Qdrant's in-process mode."""

from qdrant_client import QdrantClient

from wekadocs_assets.adapters.qdrant.server import QdrantVectors
from wekadocs_assets.core.errors import StoreUnavailable

ALL = frozenset({"open", "versions", "serve", "drop", "upsert", "delete", "scan", "count"})


class UnsteadyVectors(QdrantVectors):
    """fails: names of the methods that are out of order; client: to look into the engine from the side."""

    def __init__(self) -> None:
        self.fails: frozenset[str] | set[str] = frozenset()
        self.client = QdrantClient(":memory:")
        super().__init__("", "", "docs", client=self.client)

    def alias(self) -> list[str]:
        return [alias.collection_name for alias in self.client.get_aliases().aliases]


def _unsteady(name: str):
    def method(self, *arguments, **options):
        if name in self.fails:
            raise StoreUnavailable("Qdrant at http://vectors:6333 does not answer", "is it running?")
        return getattr(QdrantVectors, name)(self, *arguments, **options)

    return method


for _name in ALL:
    setattr(UnsteadyVectors, _name, _unsteady(_name))
