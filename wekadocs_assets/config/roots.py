"""The root of a collection: the absolute path of a folder, or a URL such as s3://bucket/prefix, in normalised form."""

from __future__ import annotations

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.server_urls import check_files_url

SIGN = "://"


def is_url(root: str) -> bool:
    return SIGN in root


def without_file_scheme(root: str) -> str:
    """The path of a file:// URL; any other text unchanged."""
    return root.removeprefix("file://")


def normalise_url(url: str) -> str:
    """The URL without trailing slashes. Raises ConfigurationError if it contains a password or does not name a bucket."""
    check_files_url("the URL of a collection", url)
    scheme, _, rest = url.partition(SIGN)
    if not rest.strip("/"):
        raise ConfigurationError(f"{url} names no bucket", "for instance s3://bucket/prefix")
    return f"{scheme.lower()}{SIGN}{rest.rstrip('/')}"


def path_below(root: str, place: str) -> str | None:
    """The path of `place` relative to the root, '' for the root itself; None if it is outside."""
    if place == root:
        return ""
    below = f"{root.rstrip('/')}/"
    return place.removeprefix(below) if place.startswith(below) else None
