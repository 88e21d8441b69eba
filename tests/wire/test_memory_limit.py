"""Endless answers, packed ones of two gigabytes and big files in a process that may have 1.5 GB."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.fixtures.raw_server import Behave, RawServer, Seen, answer, packed_zeros, raw_server

MIB = 1024 * 1024

LIMITED = """
import asyncio, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1536 * 1024**2, 1536 * 1024**2))
from tests.fixtures.client_calls import CALLS, Way
from vidgo_notebook.errors import FetchError, TransportError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

async def main(url):
    way = Way(url, VidgoClient(url, ApiKey("sk-a-key-of-tests")), FileClient(url))
    for name, ask in CALLS.items():
        for error in await asyncio.gather(*(ask(way) for _ in range(int(sys.argv[2]))), return_exceptions=True):
            assert isinstance(error, (TransportError, FetchError)), (name, error)
    await way.client.aclose()
    await way.files.aclose()

asyncio.run(main(sys.argv[1]))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))  # ru_maxrss counts the parent
print(int(peak.split()[1]) // 1024)
"""


def _endless(server: RawServer, seen: Seen, connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"x": "')
    while not server.over.is_set():
        connection.sendall(bytes(MIB))


def _bomb(server: RawServer, seen: Seen, connection: socket.socket) -> None:
    connection.sendall(answer(200, BOMB, {"Content-Encoding": "gzip"}))


BOMB = packed_zeros(2048)


@pytest.mark.parametrize("at_a_time", [1, pytest.param(12, marks=pytest.mark.full)])
@pytest.mark.parametrize("behave", [_endless, _bomb])
def test_no_answer_takes_more_memory_than_a_small_hub_has(behave: Behave, at_a_time: int) -> None:
    with raw_server(behave) as server:
        command = [sys.executable, "-c", LIMITED, server.url, str(at_a_time)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 300  # MiB
