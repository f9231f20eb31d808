"""The collections of a Qdrant server that are ours: named, made, checked, served by an alias, dropped."""

from __future__ import annotations

import re
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wekadocs_assets.adapters.qdrant.point_schema import DENSE, INDEXED, SPARSE
from wekadocs_assets.adapters.qdrant.session import CollectionAbsent, QdrantSession
from wekadocs_assets.core.errors import ConfigurationError, StoreBusy
from wekadocs_assets.core.ports.vector_rules import missing_version_error

if TYPE_CHECKING:
    from qdrant_client.models import CollectionInfo

OLDEST = (1, 10)
"""First release with the query API and IDF."""
STORE_ID = "wekadocs_store_id"


class QdrantCollections:
    """<name>__<embedding_version> each, and the alias <name> that points to the one that is served."""

    def __init__(self, session: QdrantSession, name: str) -> None:
        if "__" in name or name.endswith("_"):  # else docs would own the collections of docs__old
            hint = "it may hold no two underscores in a row, and none at its end"
            raise ConfigurationError(f"QDRANT_COLLECTION: {name!r} cannot be told from its versions", hint)
        self._session, self._ask, self._name = session, session.ask, name

    def named(self, version: str) -> str:
        return f"{self._name}__{version}"

    def versions(self) -> list[str]:
        prefix = self.named("")
        return sorted(name.removeprefix(prefix) for name in self._all() if name.startswith(prefix))

    def ensure(self, version: str, dimensions: int) -> str:
        """Makes what is not there, and returns the collection's id; one request where all is there.

        Another collection than ours under the name: ConfigurationError, and nothing is written.
        """
        info = self._info(version)
        if info is None:
            info = self._create(version, dimensions)
        self._check(version, info, dimensions)
        for field in INDEXED:  # those too that a killed process did not come to
            if field not in info.payload_schema:
                self._index(version, field)
        return _store_id(info) or self._give_id(version)

    def serve(self, version: str) -> None:
        """Moves the alias in one step."""
        aliases = {alias.alias_name: alias.collection_name for alias in self._ask("get_aliases").aliases}
        served = aliases.get(self._name)
        if served == self.named(version):
            return
        if served is not None and not served.startswith(self.named("")):
            raise self._taken(f"an alias of {served}")
        self._refuse_collection_of_our_name()
        try:
            self._ask("update_collection_aliases", _alias_move(self._name, self.named(version), served is not None))
        except CollectionAbsent as error:
            raise self.unopened(version) from error

    def drop(self, version: str) -> None:
        """An alias that points there goes with it: the server sees to that."""
        with suppress(CollectionAbsent):
            self._ask("delete_collection", self.named(version))

    def unopened(self, version: str) -> StoreBusy:
        return missing_version_error(version, f"collection {self.named(version)} of {self._session.place}")

    def _all(self) -> list[str]:
        """Names of all collections, aliases not among them."""
        return [collection.name for collection in self._ask("get_collections").collections]

    def _info(self, version: str) -> CollectionInfo | None:
        try:
            return self._ask("get_collection", self.named(version))
        except CollectionAbsent:
            return None

    def _create(self, version: str, dimensions: int) -> CollectionInfo:
        """With its id in one request; another process that makes it at the same time is welcome."""
        from qdrant_client import models

        self._refuse_old_release()
        self._refuse_collection_of_our_name()
        refusal: ConfigurationError | None = None
        try:
            self._ask(
                "create_collection",
                self.named(version),
                vectors_config={DENSE: models.VectorParams(size=dimensions, distance=models.Distance.COSINE)},
                sparse_vectors_config={SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)},
                metadata={STORE_ID: uuid.uuid4().hex},
            )
        except ConfigurationError as error:
            refusal = error
        info = self._info(version)
        if info is None:
            raise refusal or self.unopened(version)
        return info

    def _check(self, version: str, info: CollectionInfo, dimensions: int) -> None:
        has, wanted = _vectors_of(info), f"{DENSE}: {dimensions} dimensions, Cosine; {SPARSE}: idf"
        if not set(wanted.split("; ")) <= set(has.split("; ")):
            raise ConfigurationError(
                f"collection {self.named(version)} of {self._session.place} has ({has}), wanted is ({wanted})",
                "the model changed under its name, or the collection is somebody else's: set another QDRANT_COLLECTION, "
                "or delete that collection and ingest again",
            )

    def _index(self, version: str, field: str) -> None:
        from qdrant_client import models

        self._ask("create_payload_index", self.named(version), field, models.PayloadSchemaType.KEYWORD, wait=True)

    def _give_id(self, version: str) -> str:
        """For a server that keeps no metadata (before 1.16): the id is in an index's name, which dies with the rest."""
        self._refuse_old_release()
        self._index(version, f"{STORE_ID}_{uuid.uuid4().hex}")
        info = self._info(version)
        if info is None or not _store_id(info):
            text = f"collection {self.named(version)} of {self._session.place} keeps neither metadata nor indexes"
            raise ConfigurationError(text, "update the server, or see which rights QDRANT_API_KEY has")
        return _store_id(info)

    def _refuse_old_release(self) -> None:
        said = self._ask("info").version
        numbers = re.match(r"(\d+)\.(\d+)", said)
        if numbers and tuple(map(int, numbers.groups())) < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            raise ConfigurationError(f"{self._session.place} is release {said}", f"update it to {oldest} or newer")

    def _refuse_collection_of_our_name(self) -> None:
        if self._name in self._all():
            raise self._taken("a collection")

    def _taken(self, what: str) -> ConfigurationError:
        hint = "set QDRANT_COLLECTION to another name, or remove what has it"
        return ConfigurationError(f"{self._session.place} has {what} under the name {self._name}", hint)


def _alias_move(alias: str, collection: str, exists: bool) -> list[Any]:
    from qdrant_client import models

    removal = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
    creation = models.CreateAlias(collection_name=collection, alias_name=alias)
    return [removal] * exists + [models.CreateAliasOperation(create_alias=creation)]


def _store_id(info: CollectionInfo) -> str:
    """'' where there is none; of several that were made at once, the first for all."""
    kept = (getattr(info.config, "metadata", None) or {}).get(STORE_ID)
    prefix = f"{STORE_ID}_"
    made = sorted(field.removeprefix(prefix) for field in info.payload_schema if field.startswith(prefix))
    return kept or (made[0] if made else "")


def _vectors_of(info: CollectionInfo) -> str:
    """The vectors of a collection in words; ours read exactly as the check wants them."""
    dense, sparse = info.config.params.vectors, info.config.params.sparse_vectors or {}
    named = dense if isinstance(dense, dict) else {"unnamed": dense} if dense else {}
    words = [f"{name}: {_dense_in_words(named[name])}" for name in sorted(named)]
    words += [f"{name}: {_sparse_in_words(sparse[name])}" for name in sorted(sparse)]
    return "; ".join(words) or "no vectors"


def _dense_in_words(params: Any) -> str:
    many = ", several a point" if params.multivector_config else ""
    return f"{params.size} dimensions, {params.distance.value}{many}"


def _sparse_in_words(params: Any) -> str:
    return params.modifier.value if params.modifier else "no idf"
