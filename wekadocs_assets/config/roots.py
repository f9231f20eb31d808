"""Where a collection lies: the absolute path of a folder, or a URL such as s3://bucket/prefix, each in one spelling."""

from __future__ import annotations

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.server_urls import check_files_url

SIGN = "://"


def is_url(root: str) -> bool:
    return SIGN in root


def without_file_scheme(root: str) -> str:
    """The path that a file:// URL means; all else as it is."""
    return root.removeprefix("file://")


def one_spelling(url: str) -> str:
    """Without slashes at its end. Raises ConfigurationError for one with a password in it, or that names no place."""
    check_files_url("the URL of a collection", url)
    scheme, _, rest = url.partition(SIGN)
    if not rest.strip("/"):
        raise ConfigurationError(f"{url} names no bucket", "for instance s3://bucket/prefix")
    return f"{scheme.lower()}{SIGN}{rest.rstrip('/')}"


def inside(root: str, place: str) -> str | None:
    """What of the place is below the root, '' for the root itself; None where it lies elsewhere."""
    if place == root:
        return ""
    below = f"{root.rstrip('/')}/"
    return place.removeprefix(below) if place.startswith(below) else None
