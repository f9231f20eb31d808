"""URLs of the settings: which are taken, and that no message holds a password."""

import pytest

from wekadocs_assets.core.errors import ConfigurationError
from wekadocs_assets.core.server_urls import EXAMPLES, address, check_files_url, check_server_url


@pytest.mark.parametrize(("variable", "value"), [*EXAMPLES.items(), *((name, "") for name in EXAMPLES)])
def test_the_examples_and_an_empty_value_are_taken(variable, value):
    check_server_url(variable, value)


@pytest.mark.parametrize("value", ["unix:///run/redis.sock", "rediss://:pw@host:6380/1"])
def test_redis_may_be_a_socket_and_may_have_a_password(value):
    check_server_url("REDIS_URL", value)


def test_postgres_may_name_a_folder_of_sockets_in_place_of_a_host():
    check_server_url("DAGSTER_POSTGRES_URL", "postgresql://user@/dagster?host=/run/postgresql")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("NEO4J_URI", "http://host:7474", "begins with one of bolt://"),
        ("NEO4J_URI", "bolt://user:secret@host", "holds a user or a password"),
        ("NEO4J_URI", "bolt://host/neo4j", "holds a path"),
        ("QDRANT_URL", "https://secret@host", "holds a user or a password"),
        ("QDRANT_URL", "http:///secret", "names no host"),
        ("REDIS_URL", "host:6379/secret", "is not a URL"),
        ("REDIS_URL", "redis://host:secret/0", "is not a URL"),
        ("DAGSTER_POSTGRES_URL", "postgresql:///secret", "names no host"),
    ],
)
def test_a_url_that_does_not_fit_is_refused_without_its_text(variable, value, words):
    with pytest.raises(ConfigurationError, match=variable) as refused:
        check_server_url(variable, value)
    assert words in refused.value.message and "secret" not in refused.value.in_a_line and refused.value.hint


def test_a_url_of_files_needs_a_scheme_and_has_no_password():
    for value in ("", "s3://bucket/prefix", "file:///folder", "sftp://user@host/folder", "s3://bucket/a:b@c"):
        check_files_url("ARTIFACTS_URL", value)
    for value, words in (
        ("/folder", "has no scheme"),
        ("://folder", "has no scheme"),
        ("sftp://u:secret@host/x", "a password"),
    ):
        with pytest.raises(ConfigurationError, match=words) as refused:
            check_files_url("ARTIFACTS_URL", value)
        assert "secret" not in refused.value.in_a_line


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("redis://:secret@host:6380/1", "host:6380"),
        ("redis://host", "host:6379"),
        ("postgresql+psycopg2://user:secret@host/db", "host:5432"),
        ("neo4j+s://host", "host:7687"),
        ("http://[::1]:6333", "[::1]:6333"),
        ("unix:///run/redis.sock", "/run/redis.sock"),
        ("postgresql://user:secret@/db?host=/run/postgresql", "/run/postgresql"),
        ("redis://host:secret", "an address that cannot be read"),
    ],
)
def test_an_address_is_host_and_port_or_a_socket_without_credentials(value, shown):
    assert address(value) == shown
