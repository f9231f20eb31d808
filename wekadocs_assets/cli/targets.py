"""Converts the paths of the command line to the collections, or parts of collections, to plan."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wekadocs_assets.config.roots import is_url, normalise_url, path_below, without_file_scheme
from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.models import Collection
from wekadocs_assets.core.parsers.registry import SUFFIXES

TAG = re.compile(r"[^/,=\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Target:
    """A collection to plan. within: path of the only file or folder to plan, '' for the whole collection."""

    collection: Collection
    within: str = ""


def targets(known: Mapping[str, Collection], paths: Sequence[str], tag: str, rebind: bool) -> list[Target]:
    """The collections to plan: all known ones if `paths` is empty. A path inside a known root: a part of it.

    rebind: allows another root for the known collection `tag`. Contradictory or invalid arguments: ConfigurationError.
    """
    if tag and len(paths) > 1:
        raise ConfigurationError("--tag names one collection, but several paths were given", "ingest them one by one")
    if not paths:
        return _all(known, tag)
    found = [_target(known, path, tag, rebind) for path in paths]
    tags = [target.collection.tag for target in found]
    if doubled := {name for name in tags if tags.count(name) > 1}:
        raise ConfigurationError(
            f"two paths make the same collection '{doubled.pop()}'", "ingest them one by one, each with its --tag"
        )
    return found


def _all(known: Mapping[str, Collection], tag: str) -> list[Target]:
    if not known:
        raise ConfigurationError(
            "no path was given and no collection is known", "name a folder: ingestctl ingest ./docs"
        )
    if tag and tag not in known:
        raise ConfigurationError(f"no collection '{tag}' is known", f"known are: {', '.join(sorted(known))}")
    return [Target(collection) for name, collection in sorted(known.items()) if not tag or name == tag]


def _target(known: Mapping[str, Collection], path: str, tag: str, rebind: bool) -> Target:
    path = without_file_scheme(path)
    place = normalise_url(path) if is_url(path) else _existing(Path(path))
    if not tag and (held := _holding(known, place)):
        return held
    root, within = _document_apart(place)
    name = tag or root.rpartition("/")[2] or "root"
    if not TAG.fullmatch(name):
        raise ConfigurationError(
            f"'{name}' cannot be a tag", "a tag has no slash, comma or equals sign: give --tag NAME"
        )
    return Target(_bound(known, name, root, rebind), within)


def _existing(path: Path) -> str:
    place = Path(str(path.expanduser().absolute()))
    if not place.exists():
        raise ConfigurationError(f"{path}: no such file or folder", "check the path; nothing was ingested")
    return str(place.resolve())


def _document_apart(place: str) -> tuple[str, str]:
    """(root, document): document is '' if the place is a folder.

    A URL is a document if it has the suffix of one.
    """
    folder, _, name = place.rpartition("/")
    if is_url(place):
        is_document = not folder.endswith("/") and name.lower().endswith(tuple(SUFFIXES))
    else:
        is_document = not Path(place).is_dir()
    return (folder or "/", name) if is_document else (place, "")


def _bound(known: Mapping[str, Collection], tag: str, root: str, rebind: bool) -> Collection:
    collection = known.get(tag) or Collection(tag=tag, root=root)
    if collection.root != root and not rebind:
        raise ConfigurationError(
            f"collection '{tag}' is {collection.root}, not {root}",
            f"give the new folder another tag (--tag), or move the collection there: --tag {tag} --rebind",
        )
    return replace(collection, root=root)


def _holding(known: Mapping[str, Collection], place: str) -> Target | None:
    """The known collection with the longest root that is or contains the place; None without such a collection."""
    found = [(c, part) for c in known.values() if (part := path_below(c.root, place)) is not None]
    return Target(*max(found, key=lambda held: len(held[0].root))) if found else None
