"""An API over TLS, and proxies on the way to it, that break off where a test says; whole requests are counted."""

from __future__ import annotations

import json
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from tests.stage.pictures import PNG
from tests.stage.raw_server import CERTIFICATE, answer, reset

Talk = Callable[["Line", socket.socket], None]
"""What a server does with a connection; it is closed afterwards."""

ANSWER: Mapping[str, Any] = {
    "code": 200,
    "data": {
        "task_id": "task-1",
        "status": "running",
        "credits_amount": "7.5",
        "file_url": "https://files.example/a.png",
    },
}
"""Good for whatever was asked."""


class Line:
    """A port that is listened to. ``whole`` names the requests that were read to their end."""

    def __init__(self, talk: Talk, over: threading.Event) -> None:
        self.talk = talk
        self.over = over
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self.socket.getsockname()[1]
        self.connections = 0
        self.whole: list[str] = []

    def cell_wait(self, connection: socket.socket) -> None:
        """One connection, from its beginning to its end."""
        with suppress(OSError), connection:  # the client may hang up first
            self.talk(self, connection)


class Lines:
    """Any number of ports, served by one thread and one more for each connection."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self._lines: list[Line] = []
        self._selector = selectors.DefaultSelector()

    def open(self, talk: Talk) -> Line:
        """Listen on a port of its own."""
        line = Line(talk, self.over)
        self._lines.append(line)
        self._selector.register(line.socket, selectors.EVENT_READ, line)
        return line

    def serve(self) -> None:
        """Take connections until it is over."""
        while not self.over.is_set():
            for key, _ in self._selector.select(0.02):
                connection, _ = key.data.socket.accept()
                key.data.connections += 1
                threading.Thread(target=key.data.cell_wait, args=(connection,), daemon=True).start()
        for line in self._lines:
            line.socket.close()
        self._selector.close()


@contextmanager
def lines() -> Iterator[Lines]:
    """Ports for a test; whoever stalls ends with it."""
    opened = Lines()
    thread = threading.Thread(target=opened.serve, daemon=True)
    thread.start()
    try:
        yield opened
    finally:
        opened.over.set()
        thread.join()


# How it breaks off


def closes(line: Line, connection: socket.socket) -> None:
    """Hang up without a word."""


def resets(line: Line, connection: socket.socket) -> None:
    """Reset the connection."""
    reset(connection)


def stalls(line: Line, connection: socket.socket) -> None:
    """Neither read nor say anything until the test is over."""
    line.over.wait()


def talks_nonsense(line: Line, connection: socket.socket) -> None:
    """Say what belongs to no protocol, and hang up."""
    connection.sendall(b"\x00 what? \xff\r\n\r\n")


def says(text: bytes) -> Talk:
    """Say this, and hang up."""
    return lambda line, connection: connection.sendall(text)


# Where it breaks off


def api(at: str = "", how: Talk = closes, *, after: int = 0, said: Mapping[str, Any] = ANSWER) -> Talk:
    """The API behind TLS; it answers with ``said`` or a picture, unless ``at`` names the place where it breaks off.

    The first ``after`` connections are served well all the same.
    """

    def talk(line: Line, connection: socket.socket) -> None:
        place = "" if line.connections <= after else at
        if place == "before TLS":
            return how(line, connection)
        if place == "in the handshake":
            _greet_halfway(connection)
            return how(line, connection)
        with _over_tls(connection) as tls:
            while _conversed(line, tls, place, said):
                pass
            how(line, tls)
        return None

    return talk


def _conversed(line: Line, connection: socket.socket, place: str, said: Mapping[str, Any]) -> bool:
    """Read a request and answer it; whether it came to that, and not to the place or the client's end."""
    if place == "after TLS":
        return False
    if place == "in the request's head":
        connection.recv(10)
        return False
    name = _read(connection, whole=place != "in the request's body")
    if not name or place == "in the request's body":
        return False
    line.whole.append(name)
    if place == "in the answer's head":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
        return False
    if place == "in the answer's body":
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        return False
    body = PNG if name.endswith(".png") else json.dumps(said).encode()
    connection.sendall(answer(200, body, {"Connection": "keep-alive"}))
    return True


def proxy(to: int, how: Talk | None = None, *, at: str = "on CONNECT", tls: bool = False) -> Talk:
    """An HTTP proxy whose tunnels all end at the port ``to``, unless it breaks off before."""

    def talk(line: Line, connection: socket.socket) -> None:
        if how and at == "at once":
            return how(line, connection)
        if tls:
            connection = _over_tls(connection)
        with connection:
            _read(connection, whole=True)
            if how:
                return how(line, connection)
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            _pass_on(connection, to)
        return None

    return talk


def socks(to: int, how: Talk | None = None, *, at: str = "on CONNECT") -> Talk:
    """A SOCKS5 proxy whose connections all end at the port ``to``, unless it breaks off before."""

    def talk(line: Line, connection: socket.socket) -> None:
        if how and at == "at once":
            return how(line, connection)
        connection.recv(100)
        if how and at == "on its greeting":
            return how(line, connection)
        connection.sendall(b"\x05\x00")
        connection.recv(300)
        if how:
            return how(line, connection)
        connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
        return _pass_on(connection, to)

    return talk


# Below


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


_CONTEXT = _context()


def _over_tls(connection: socket.socket) -> ssl.SSLSocket:
    return _CONTEXT.wrap_socket(connection, server_side=True)


def _greet_halfway(connection: socket.socket) -> None:
    """Answer a client's hello, as far as half of what a server says to it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(connection.recv(65536))
    with suppress(ssl.SSLWantReadError):
        _CONTEXT.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    said = outgoing.read()
    connection.sendall(said[: len(said) // 2])


def _read(connection: socket.socket, *, whole: bool) -> str:
    """A request's method and path, '' where the client hangs up; without ``whole`` its body is left unread."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(1)):
            return ""
        data += more
    head = data.decode("latin-1").lower()
    length = int(head.partition("content-length:")[2].split("\r\n")[0] or 0) if whole else 0
    while length > 0:
        if not (more := connection.recv(65536)):
            return ""
        length -= len(more)
    return " ".join(data.decode("latin-1").split()[:2])


def _pass_on(connection: socket.socket, to: int) -> None:
    """What one side says, the other hears, until one hangs up."""
    with socket.create_connection(("127.0.0.1", to)) as end, selectors.DefaultSelector() as selector:
        for source, target in ((connection, end), (end, connection)):
            selector.register(source, selectors.EVENT_READ, target)
        while True:
            for key, _ in selector.select():
                if not (data := key.fileobj.recv(1 << 20)):  # type: ignore[union-attr]  # all that TLS has decrypted
                    return
                key.data.sendall(data)
