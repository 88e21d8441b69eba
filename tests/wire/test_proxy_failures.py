"""What fails at a proxy names the proxy, what it did, and what to change; nothing was sent, nothing was spent."""

from __future__ import annotations

import socket

import pytest

from tests.fixtures.breaking_server import Talk, api, closes, lines, proxy, resets, says, socks
from tests.fixtures.client_calls import failed, submit
from tests.fixtures.impatience import wait_at_most
from tests.fixtures.raw_server import CERTIFICATE
from vidgo_notebook.errors import TransportError

LOGIN = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
FORBIDDEN = b"HTTP/1.1 403 Forbidden by policy\r\nContent-Length: 0\r\n\r\n"
NO_WAY = b"\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"


def drips(line: object, connection: socket.socket) -> None:
    """Never come to an end of the answer to CONNECT."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not line.over.wait(0.05):  # type: ignore[attr-defined]
        connection.sendall(b"a")


FAILURES: list[tuple[str, Talk, str, str, str]] = [
    (
        "http",
        says(LOGIN),
        "on CONNECT",
        "answered '407 Proxy Authentication Required'",
        "http://USER:PASSWORD@HOST:PORT",
    ),
    ("http", says(FORBIDDEN), "on CONNECT", "answered '403 Forbidden by policy'", "NO_PROXY"),
    ("http", closes, "on CONNECT", "closed the connection", "NO_PROXY"),
    ("http", resets, "on CONNECT", "closed the connection", "NO_PROXY"),
    ("http", closes, "at once", "closed the connection", "NO_PROXY"),
    ("http", drips, "on CONNECT", "no connection within 0.5 s, through the proxy", "NO_PROXY"),
    ("http", says(b"<html>hello</html>\r\n\r\n"), "on CONNECT", "gave no answer of a proxy", "NO_PROXY"),
    ("socks5", closes, "on CONNECT", "the proxy", "NO_PROXY"),
    ("socks5", says(NO_WAY), "on CONNECT", "answered", "NO_PROXY"),
]


@pytest.mark.parametrize(("scheme", "how", "at", "said", "hint"), FAILURES)
def test_a_proxy_that_opens_no_connection_is_named(
    scheme: str, how: Talk, at: str, said: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_at_most(monkeypatch, connect=0.5, answer=0.5)
    with lines() as opened:
        port = opened.open((socks if scheme == "socks5" else proxy)(0, how, at=at)).port
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://me:pass-word@127.0.0.1:{port}")
        error = failed(submit("https://api.vidgo.example"), TransportError)
    assert not error.sent
    assert said in error.message
    assert f"the proxy {scheme}://127.0.0.1:{port}" in error.message
    assert hint in error.hint
    assert "Nothing was spent." in str(error)
    assert "pass-word" not in str(error)


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    error = failed(submit("https://api.vidgo.example"), TransportError)
    assert "Connection refused, through the proxy http://127.0.0.1:9" in error.message
    assert "HTTPS_PROXY" in error.hint


def test_an_api_that_hangs_up_behind_a_proxy_is_not_called_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with lines() as opened:
        port = opened.open(proxy(opened.open(api("in the handshake", closes)).port)).port
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        error = failed(submit("https://api.vidgo.example"), TransportError)
    assert "closed the connection" not in error.message
    assert "through the proxy" in error.message


def test_an_api_without_a_proxy_hints_at_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    error = failed(submit("https://127.0.0.1:9"), TransportError)
    assert "through the proxy" not in error.message
    assert "Check the network" in error.hint
