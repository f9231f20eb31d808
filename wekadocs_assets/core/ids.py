"""Computes ids from positions and checksums from content, both deterministic.

Add the id of a new kind of node here. Random ids and times do not belong here.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Iterable
from urllib.parse import quote

from wekadocs_assets.core.models import PLACED_KINDS

POINT_NAMESPACE = uuid.UUID("6d3f1c5e-8f0b-5a53-9d0c-3a6f5c1e7b42")
"""Namespace of point ids. Never change it: every point of every index would get another id."""
KEY_BYTES = 200
"""Maximum length of a partition key, which Dagster uses in URLs. A hash replaces the tail of a longer key."""


def digest(*parts: str) -> str:
    """SHA-256 of the parts as hex digits.

    Each part is preceded by its length, so that ('ab', 'c') and ('a', 'bc') differ.
    """
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        sha.update(f"{len(data)}:".encode())
        sha.update(data)
    return sha.hexdigest()


def checksum(content: str | bytes) -> str:
    """SHA-256 of the content as hex digits, as `sha256sum` prints it."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def document_id(tag: str, source_uri: str) -> str:
    return digest("document", tag, source_uri)


def section_id(document: str, path: Iterable[str], ordinal: int) -> str:
    """Id of a section. path: its heading path without the heading that is the page's title.

    ordinal: counts the sections of the page with an equal path, from 0.
    """
    return digest("section", document, *path, str(ordinal))


def chunk_id(section: str, embedding_version: str, ordinal: int) -> str:
    """Id of a chunk. ordinal: its position in the section, from 0."""
    return digest("chunk", section, embedding_version, str(ordinal))


def point_id(chunk: str) -> str:
    """The UUID of a chunk's point, equal in every vector store."""
    return str(uuid.uuid5(POINT_NAMESPACE, chunk))


def canonical_name(name: str) -> str:
    """The name that identifies a shared entity: NFC, white space collapsed, case kept."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", name)).strip()


def shared_entity_id(tag: str, kind: str, name: str) -> str:
    """Id of an entity that all documents of a collection share."""
    return digest("entity", tag, kind, canonical_name(name))


def placed_entity_id(section: str, kind: str, ordinal: int) -> str:
    """Id of an entity that belongs to one section. Raises ValueError if `kind` is not in PLACED_KINDS."""
    if kind not in PLACED_KINDS:
        raise ValueError(f"{kind} entities are shared, not placed")
    return digest("entity", section, kind, str(ordinal))


def normalised_uri(relative_path: str) -> str:
    """The source_uri of a relative POSIX path: the path in NFC, so that it is the same on file systems that use NFD."""
    return unicodedata.normalize("NFC", relative_path)


def partition_key(tag: str, source_uri: str) -> str:
    """The Dagster partition of a document: `<tag>/<source_uri>`, percent-encoded, at most KEY_BYTES long.

    `...` is escaped because Dagster reads it as a range. Its UI rejects brackets, commas and control characters.
    """
    key = quote(f"{tag}/{source_uri}", safe="/-_.").replace("...", "%2E%2E%2E")
    if len(key) > KEY_BYTES:
        key = f"{key[: KEY_BYTES - 33]}~{digest(tag, source_uri)[:32]}"
    return key


def job_id(tag: str, source_uri: str, checksum: str) -> str:
    """Id of the job of a document version. Processing the same version again is another attempt of that job."""
    return digest("job", tag, source_uri, checksum)[:32]
