"""Validates the URLs of the settings, and formats them for messages without credentials.

Add the schemes of a new server here. A message must not contain the URL: a mistyped one may have the password anywhere.
"""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from wekadocs_assets.core.errors import ConfigurationError

SERVERS = {
    "NEO4J_URI": ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"),
    "QDRANT_URL": ("http", "https"),
    "REDIS_URL": ("redis", "rediss", "unix"),
    "DAGSTER_POSTGRES_URL": ("postgresql", "postgresql+psycopg2", "postgres"),
}
"""Variable -> the schemes its URL may have."""
EXAMPLES = {
    "NEO4J_URI": "bolt://localhost:7687",
    "QDRANT_URL": "http://localhost:6333",
    "REDIS_URL": "redis://localhost:6379/0",
    "DAGSTER_POSTGRES_URL": "postgresql://user:password@localhost:5432/dagster",
}
CREDENTIALS = {"NEO4J_URI": "NEO4J_USER and NEO4J_PASSWORD", "QDRANT_URL": "QDRANT_API_KEY"}
"""Variable -> the settings for its user and password, because its URL is shown to users."""
PORTS = {"redis": 6379, "rediss": 6379, "postgres": 5432, "postgresql": 5432, "http": 6333, "https": 6333}
BOLT_PORT = 7687


def check_server_url(variable: str, value: str) -> None:
    """Raises ConfigurationError unless `value` is empty or a valid URL for `variable`."""
    if not value:
        return
    url, example = _split(value), f"for instance {EXAMPLES[variable]}"
    if url is None or url.scheme not in SERVERS[variable]:
        begins = ", ".join(f"{scheme}://" for scheme in SERVERS[variable])
        raise ConfigurationError(f"{variable} is not a URL that begins with one of {begins}", example)
    if not _host(url):
        raise ConfigurationError(f"{variable} names no host", example)
    if variable in CREDENTIALS and "@" in url.netloc:
        hint = f"take them out and set {CREDENTIALS[variable]}"
        raise ConfigurationError(f"{variable} holds a user or a password", hint)
    if variable == "NEO4J_URI" and url.path.strip("/"):
        raise ConfigurationError("NEO4J_URI holds a path", "name the database as NEO4J_DATABASE")


def check_files_url(variable: str, value: str) -> None:
    """Raises ConfigurationError unless `value` is empty or an fsspec URL without a password."""
    if not value:
        return
    scheme, sign, rest = value.partition("://")
    if not sign or not scheme:
        hint = "for instance s3://bucket/prefix, or file:///folder; empty: the data folder"
        raise ConfigurationError(f"{variable} has no scheme", hint)
    if ":" in rest.split("/")[0].rpartition("@")[0]:
        hint = "give it to fsspec apart from the URL, as an environment variable FSSPEC_<SCHEME>_PASSWORD"
        raise ConfigurationError(f"{variable} holds a password, which would be printed", hint)


def address(value: str) -> str:
    """`host:port` or socket path of a URL, for messages."""
    url = _split(value)
    if url is None:
        return "an address that cannot be read"
    if not url.hostname:
        return _host(url)
    host = f"[{url.hostname}]" if ":" in url.hostname else unquote(url.hostname)
    return f"{host}:{url.port or PORTS.get(url.scheme.partition('+')[0], BOLT_PORT)}"


def _split(value: str) -> SplitResult | None:
    try:
        url = urlsplit(value)
        url.port  # noqa: B018 - the property raises when the port is not a number
    except ValueError:
        return None
    return url


def _host(url: SplitResult) -> str:
    """The host, or the socket path of a local server; '' without either."""
    if url.scheme == "unix":
        return url.path
    socket = parse_qs(url.query).get("host", [""])[0] if url.scheme.startswith("postgres") else ""
    return url.hostname or socket
