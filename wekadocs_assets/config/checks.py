"""Checks of the environment that concern more than one setting. Bounds of a single setting are in its field."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from wekadocs_assets.core.errors import ConfigurationError

PREFIX = "WEKADOCS_"
VECTOR_STORES = ("edge", "qdrant", "neo4j")
ADDRESS = {"qdrant": "QDRANT_URL", "neo4j": "NEO4J_URI"}
"""Vector store -> the variable with the address of its server."""


def check_dotenv(path: Path) -> None:
    """pydantic-settings would ignore a folder or a broken link. Raises OSError."""
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    if path.is_symlink() and not path.exists():
        raise FileNotFoundError(0, "it is a broken link")


def refuse_unknown(variables: Iterable[str], fields: Iterable[str]) -> None:
    """Raises ConfigurationError for a variable with our prefix that is not a setting; the hint names a similar one."""
    known = [name.upper() for name in fields]
    for name in sorted(variable.upper() for variable in variables):
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name.removeprefix(PREFIX), known, 1, 0.8)
            close = close or difflib.get_close_matches(name, known, 1, 0.8)
            meant = f"did you mean {close[0]}? " if close else ""
            raise ConfigurationError(f"{name} is not a setting", f"{meant}docs/configuration.md lists every setting")


def check_vectors(stores: Sequence[str], addresses: Mapping[str, str]) -> None:
    """Raises ConfigurationError for a choice of vector stores that cannot work. addresses: store -> URL, or empty."""
    choice = f"one or two of {', '.join(VECTOR_STORES)}, for instance VECTORS=qdrant"
    unknown = [store for store in stores if store not in VECTOR_STORES]
    if unknown:
        raise ConfigurationError(f"VECTORS: '{unknown[0]}' is not a vector store", choice)
    if len(stores) > 2 or len(set(stores)) < len(stores):
        raise ConfigurationError(f"VECTORS names {', '.join(stores)}", f"name {choice}, each once")
    for store, variable in ADDRESS.items():
        if store in stores and not addresses[store]:
            hint = f"set {variable} to the server's address, or remove {store} from VECTORS"
            raise ConfigurationError(f"VECTORS names {store}, but {variable} is not set", hint)
    if addresses["qdrant"] and "qdrant" not in stores:
        hint = "add qdrant to VECTORS, or unset QDRANT_URL"
        raise ConfigurationError("QDRANT_URL is set, but VECTORS does not name qdrant, so it would not be used", hint)
