"""A prefix in a bucket of its own on the tests' S3 server, changed from the side by boto, as people's own tools do."""

from __future__ import annotations

import uuid

from servers.s3 import S3Server


class Bucket:
    """`url` names the prefix; names are keys below it."""

    def __init__(self, server: S3Server, prefix: str = "some/docs") -> None:
        self.name = f"docs-{uuid.uuid4().hex}"
        self.url = f"{server.make_bucket(self.name)}/{prefix}".rstrip("/")
        self._client, self._prefix = server.client("s3"), f"{prefix}/" if prefix else ""

    def write(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            self._client.put_object(Bucket=self.name, Key=self._prefix + name, Body=content)

    def delete(self, *names: str) -> None:
        for name in names:
            self._client.delete_object(Bucket=self.name, Key=self._prefix + name)
