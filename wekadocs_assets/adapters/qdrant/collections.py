"""The collections of this program on a Qdrant server: created, checked, activated by an alias, dropped."""

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
    """Collections <name>__<embedding_version>, and the alias <name> of the active one."""

    def __init__(self, session: QdrantSession, name: str) -> None:
        if "__" in name or name.endswith("_"):  # otherwise `docs` would own the collections of `docs__old`
            hint = "it must not contain two underscores in a row or end with one"
            raise ConfigurationError(f"QDRANT_COLLECTION: {name!r} cannot be distinguished from its versions", hint)
        self._session, self._ask, self._name = session, session.ask, name

    def named(self, version: str) -> str:
        return f"{self._name}__{version}"

    def versions(self) -> list[str]:
        prefix = self.named("")
        return sorted(name.removeprefix(prefix) for name in self._all() if name.startswith(prefix))

    def ensure(self, version: str, dimensions: int) -> str:
        """Creates the collection and its indexes if missing, and returns its id; one request if everything exists.

        Raises ConfigurationError, and writes nothing, when the name belongs to a collection with other vectors.
        """
        info = self._info(version)
        if info is None:
            info = self._create(version, dimensions)
        self._check(version, info, dimensions)
        for field in INDEXED:  # also after a process was killed before it created them
            if field not in info.payload_schema:
                self._index(version, field)
        return _store_id(info) or self._give_id(version)

    def serve(self, version: str) -> None:
        """Moves the alias to the version, atomically. Raises ConfigurationError when the alias belongs to something else."""
        aliases = {alias.alias_name: alias.collection_name for alias in self._ask("get_aliases").aliases}
        active = aliases.get(self._name)
        if active == self.named(version):
            return
        if active is not None and not active.startswith(self.named("")):
            raise self._taken(f"an alias of {active}")
        self._refuse_collection_named_as_alias()
        try:
            self._ask("update_collection_aliases", _alias_move(self._name, self.named(version), active is not None))
        except CollectionAbsent as error:
            raise self.unopened(version) from error

    def drop(self, version: str) -> None:
        """Deletes the collection; the server deletes its alias too."""
        with suppress(CollectionAbsent):
            self._ask("delete_collection", self.named(version))

    def unopened(self, version: str) -> StoreBusy:
        return missing_version_error(version, f"collection {self.named(version)} of {self._session.place}")

    def _all(self) -> list[str]:
        """Names of all collections, without aliases."""
        return [collection.name for collection in self._ask("get_collections").collections]

    def _info(self, version: str) -> CollectionInfo | None:
        try:
            info: CollectionInfo = self._ask("get_collection", self.named(version))
        except CollectionAbsent:
            return None
        return info

    def _create(self, version: str, dimensions: int) -> CollectionInfo:
        """Creates the collection with its id in one request; another process may create it at the same time."""
        from qdrant_client import models

        self._refuse_old_release()
        self._refuse_collection_named_as_alias()
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
        found, wanted = _vectors_of(info), f"{DENSE}: {dimensions} dimensions, Cosine; {SPARSE}: idf"
        if not set(wanted.split("; ")) <= set(found.split("; ")):
            raise ConfigurationError(
                f"collection {self.named(version)} of {self._session.place} has ({found}), expected ({wanted})",
                "the model changed but kept its name, or another program made the collection: set another QDRANT_COLLECTION, "
                "or delete that collection and ingest again",
            )

    def _index(self, version: str, field: str) -> None:
        from qdrant_client import models

        self._ask("create_payload_index", self.named(version), field, models.PayloadSchemaType.KEYWORD, wait=True)

    def _give_id(self, version: str) -> str:
        """For servers without metadata (before 1.16): the id is part of an index's name, which is deleted with the collection."""
        self._refuse_old_release()
        self._index(version, f"{STORE_ID}_{uuid.uuid4().hex}")
        info = self._info(version)
        if info is None or not _store_id(info):
            text = f"collection {self.named(version)} of {self._session.place} stores neither metadata nor indexes"
            raise ConfigurationError(text, "update the server, or check the rights of QDRANT_API_KEY")
        return _store_id(info)

    def _refuse_old_release(self) -> None:
        release = self._ask("info").version
        numbers = re.match(r"(\d+)\.(\d+)", release)
        if numbers and tuple(map(int, numbers.groups())) < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            raise ConfigurationError(f"{self._session.place} is release {release}", f"update it to {oldest} or newer")

    def _refuse_collection_named_as_alias(self) -> None:
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
    """'' if it has none; of several created at the same time, the first in order."""
    kept = (getattr(info.config, "metadata", None) or {}).get(STORE_ID)
    prefix = f"{STORE_ID}_"
    made = sorted(field.removeprefix(prefix) for field in info.payload_schema if field.startswith(prefix))
    return kept or (made[0] if made else "")


def _vectors_of(info: CollectionInfo) -> str:
    """Describes the vectors of a collection, in the form that `_check` compares."""
    dense, sparse = info.config.params.vectors, info.config.params.sparse_vectors or {}
    named = dense if isinstance(dense, dict) else {"unnamed": dense} if dense else {}
    words = [f"{name}: {_dense_description(named[name])}" for name in sorted(named)]
    words += [f"{name}: {_sparse_description(sparse[name])}" for name in sorted(sparse)]
    return "; ".join(words) or "no vectors"


def _dense_description(params: Any) -> str:
    many = ", several a point" if params.multivector_config else ""
    return f"{params.size} dimensions, {params.distance.value}{many}"


def _sparse_description(params: Any) -> str:
    return params.modifier.value if params.modifier else "no idf"
