"""Ids, checksums and digests, all deterministic: ids are computed from positions, checksums from content."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Iterable
from urllib.parse import quote

from wekadocs_assets.core.models import PLACED_KINDS

POINT_NAMESPACE = uuid.UUID("6d3f1c5e-8f0b-5a53-9d0c-3a6f5c1e7b42")
"""The constant namespace of point ids; changing it renames every point of every index."""
KEY_BYTES = 200
"""Longest partition key before the tail is replaced by a hash (Dagster's UI and URLs carry keys)."""


def digest(*parts: str) -> str:
    """SHA-256 over the parts, each preceded by its length: ('ab','c') and ('a','bc') differ."""
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
    """path: the heading path without the heading that titled the page; ordinal: 0.. among equal paths of the page."""
    return digest("section", document, *path, str(ordinal))


def chunk_id(section: str, embedding_version: str, ordinal: int) -> str:
    return digest("chunk", section, embedding_version, str(ordinal))


def point_id(chunk: str) -> str:
    return str(uuid.uuid5(POINT_NAMESPACE, chunk))


def canonical_name(name: str) -> str:
    """The name that identifies a shared entity: NFC, white space collapsed, case kept."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", name)).strip()


def shared_entity_id(tag: str, kind: str, name: str) -> str:
    return digest("entity", tag, kind, canonical_name(name))


def placed_entity_id(section: str, kind: str, ordinal: int) -> str:
    if kind not in PLACED_KINDS:
        raise ValueError(f"{kind} entities are shared, not placed")
    return digest("entity", section, kind, str(ordinal))


def normalised_uri(relative_path: str) -> str:
    """source_uri of a file: its relative POSIX path in NFC, so that file systems with NFD names give the same."""
    return unicodedata.normalize("NFC", relative_path)


def partition_key(tag: str, source_uri: str) -> str:
    """The Dagster partition of a document: `<tag>/<source_uri>`, percent-encoded, `...` escaped, capped in length.

    Dagster reads `...` as a range and refuses brackets, commas and control characters in the UI.
    """
    key = quote(f"{tag}/{source_uri}", safe="/-_.").replace("...", "%2E%2E%2E")
    if len(key) > KEY_BYTES:
        key = f"{key[: KEY_BYTES - 33]}~{digest(tag, source_uri)[:32]}"
    return key


def job_id(tag: str, source_uri: str, checksum: str) -> str:
    """Id of a document version; processing it again is another attempt of the same job."""
    return digest("job", tag, source_uri, checksum)[:32]
