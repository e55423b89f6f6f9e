"""An S3 of one's own: moto's server over real HTTP, with faults to order."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from boto3.session import Session
from botocore.config import Config
from moto.server import ThreadedMotoServer

from strands_nb.stores import S3SessionRepository

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAMADEUPFORTESTS",
    "AWS_SECRET_ACCESS_KEY": "made-up-secret-for-tests",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
BUCKET = "sessions"


class Server:
    """The server; `requests` keeps the method and path of each request it has answered."""

    def __init__(self) -> None:
        self._moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._moto.start()
        server: Any = self._moto._server
        self._app, server.app = server.app, self._answer
        self._one_by_one = threading.Lock()
        self._prefixes = itertools.count()
        self._fault: Callable[[str, str], str | None] = lambda method, path: None
        self.page: int | None = None
        """How many names a listing holds; S3 has 1,000."""
        self.requests: list[tuple[str, str]] = []
        self.url = "http://{}:{}".format(*self._moto.get_host_and_port())
        self.client = self.new_client()
        self.client.create_bucket(Bucket=BUCKET)

    def new_client(self, attempts: int = 3, patience: float = 2.0) -> Any:
        """A client that does not wait long."""
        retries: Any = {"mode": "standard", "total_max_attempts": attempts}
        config = Config(retries=retries, read_timeout=patience, max_pool_connections=16)
        session: Any = Session(ENVIRONMENT["AWS_ACCESS_KEY_ID"], ENVIRONMENT["AWS_SECRET_ACCESS_KEY"])
        return session.client("s3", endpoint_url=self.url, region_name="us-east-1", config=config)

    def prefix(self) -> str:
        """One that nobody has used."""
        return f"tests/{next(self._prefixes)}"

    def store(self, prefix: str | None = None, **options: Any) -> S3SessionRepository:
        """A store below a prefix of its own."""
        options.setdefault("client", self.client)
        return S3SessionRepository(BUCKET, self.prefix() if prefix is None else prefix, **options)

    def keys(self, prefix: str) -> list[str]:
        """The names of all objects below a prefix, without it."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"].removeprefix(prefix) for page in pages for each in page.get("Contents", ())]

    def put(self, key: str, body: bytes) -> None:
        """Write an object past all stores."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=body)

    def body(self, key: str) -> bytes:
        """What an object holds."""
        return self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    @contextmanager
    def failing(self, fault: Callable[[str, str], str | None]) -> Generator[None]:
        """For each request `fault` says what becomes of it.

        None: it is answered. `lost`: the connection breaks before it is carried out, `unanswered`: after that.
        `late`: it is answered after a second. `ignored`: its conditions are. `403 AccessDenied`: it is refused so.
        """
        self._fault = fault
        try:
            yield
        finally:
            self._fault = lambda method, path: None

    def stop(self) -> None:
        """End it."""
        self._moto.stop()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        fault = self._fault(method, path)
        if fault == "lost":
            return self._hang_up(environ)
        if fault == "ignored":
            environ = {name: value for name, value in environ.items() if not name.startswith("HTTP_IF_")}
        if fault is not None and fault[0].isdigit():
            status, code = fault.split()
            start_response(f"{status} Refused", [("Content-Type", "application/xml")])
            return [f"<Error><Code>{code}</Code><Message>no, {self.url}</Message></Error>".encode()]
        if self.page is not None:
            environ["QUERY_STRING"] += f"&max-keys={self.page}"
        with self._one_by_one:  # moto looks and writes in two steps, S3 in one
            self.requests.append((method, path))
            answer = list(self._app(environ, start_response))
        if fault == "late":
            time.sleep(1)
        return self._hang_up(environ) if fault == "unanswered" else answer

    def _hang_up(self, environ: dict[str, Any]) -> Iterable[bytes]:
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError


def once(fault: str, *words: str, after: int = 0) -> Callable[[str, str], str | None]:
    """The fault for one request whose method and path hold these words; `after` so many that are spared."""
    left = [fault, *[None] * after]

    def choose(method: str, path: str) -> str | None:
        return left.pop() if left and all(word in f"{method} {path}" for word in words) else None

    return choose


def always(fault: str, *words: str) -> Callable[[str, str], str | None]:
    """The fault for all requests whose method and path hold these words."""
    return lambda method, path: fault if all(word in f"{method} {path}" for word in words) else None
