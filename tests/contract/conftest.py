"""An S3 server as this process sees it: through the environment, with all rights or with a few."""

from collections.abc import Callable, Iterator

import pytest
from servers.s3 import S3Server


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """The server, and an environment that names it; clients are kept by their arguments alone, so they are forgotten."""
    from s3fs import S3FileSystem

    S3FileSystem.clear_instance_cache()
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    yield s3_server
    S3FileSystem.clear_instance_cache()


@pytest.fixture
def judged(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Makes this process a user with these rights alone."""

    def become(*allowed: str) -> None:
        for name, value in s3.stranger(*allowed).items():
            monkeypatch.setenv(name, value)
        s3.check_rights(True)

    yield become
    s3.check_rights(False)
