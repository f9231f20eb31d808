"""An S3 server in a thread of the tests: moto's, over HTTP, asked by the same client as a real one."""

from __future__ import annotations

import json
import logging
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any

REGION = "us-east-1"
EVERYTHING_ALLOWED = "inf"


@dataclass
class S3Server:
    """`environment` is all that a program needs to reach it; known to boto and s3fs alike."""

    url: str = ""
    _server: Any = field(default=None, repr=False)

    def __enter__(self) -> S3Server:
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line a request
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        self.url = "http://{}:{}".format(*self._server.get_host_and_port())
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()

    @property
    def environment(self) -> dict[str, str]:
        keys = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests"}
        return keys | {"AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": self.url, "NO_PROXY": "127.0.0.1"}

    def make_bucket(self, name: str) -> str:
        """Its URL."""
        self.client("s3").create_bucket(Bucket=name)
        return f"s3://{name}"

    def buckets(self) -> set[str]:
        return {bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"]}

    def stranger(self, *allowed: str) -> dict[str, str]:
        """The environment of a user who may do these actions alone; seen once `check_rights` was called."""
        iam = self.client("iam")
        name = f"stranger-{uuid.uuid4().hex}"
        iam.create_user(UserName=name)
        if allowed:
            statement = {"Effect": "Allow", "Action": list(allowed), "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_user_policy(UserName=name, PolicyName="some", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self.environment | {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    def check_rights(self, check: bool) -> None:
        """From now on keys and policies count; before, everybody may do everything."""
        after = "0" if check else EVERYTHING_ALLOWED
        address, plain = f"{self.url}/moto-api/reset-auth", {"Content-Type": "text/plain"}
        request = urllib.request.Request(address, after.encode(), plain, method="POST")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()

    def client(self, service: str) -> Any:
        """boto's own, for what is there before a test and is looked at from the side."""
        import boto3

        environment = self.environment
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )
