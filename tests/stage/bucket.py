"""An S3 server in this process (moto's), and what a process must know to reach it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


class BucketServer:
    """A server that can go away and come back; what it holds stays. ``bucket`` is a name for one there."""

    def __init__(self) -> None:
        self.bucket = f"b{uuid.uuid4().hex}"
        self._port = 0
        self._server: Any = None

    def start(self) -> None:
        server = pytest.importorskip("moto.server").ThreadedMotoServer
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = server(ip_address="127.0.0.1", port=self._port, verbose=False)
        self._server.start()
        self._port = self._server.get_host_and_port()[1]

    def stop(self) -> None:
        """Nobody answers any more."""
        if self._server:
            self._server.stop()
        self._server = None

    def url(self, path: str) -> str:
        """The address of something in its bucket."""
        return f"s3://{self.bucket}/{path}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which S3's clients find it; they give up soon when it is away."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._port}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "2",  # moto fails now and then when one object is written twice at once
        }


@contextmanager
def served() -> Iterator[BucketServer]:
    server = BucketServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
