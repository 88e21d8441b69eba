"""The key shows nowhere: not in a repr, a pickle, an error, or a traceback."""

from __future__ import annotations

import logging
import pickle
import traceback

import httpx2 as httpx
import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.breaking_server import Talk, api, closes, lines, proxy, resets, socks
from tests.fixtures.client_calls import call, submit
from tests.fixtures.raw_server import CERTIFICATE, answers, drops, raw_server
from vidgo_notebook.errors import AuthenticationError, VidgoError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient

NO_KEYS = [
    "",
    "   ",
    "sk-se\ncret",
    "sk-secret\r\nX-Evil: 1",
    "sk secret",
    "sk-sécret",
    "sk-secret\x00",
    "sk\tsecret",
    "клю",
]


@pytest.mark.parametrize("value", NO_KEYS)
def test_what_can_be_no_key_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(AuthenticationError) as caught:
        ApiKey(value)
    shown = str(caught.value) + repr(caught.value)
    assert not value.strip() or value.strip() not in shown
    assert "secret" not in shown


def test_white_space_around_a_key_is_forgiven() -> None:
    assert ApiKey(f" {KEY}\n") == ApiKey(KEY)
    assert ApiKey(KEY) != ApiKey(KEY + "x")


def test_neither_key_nor_client_nor_request_shows_the_key() -> None:
    client, request = VidgoClient("https://api.vidgo.ai", ApiKey(KEY)), httpx.Request("GET", "https://api.vidgo.ai")
    ApiKey(KEY).sign(request)
    for thing in (ApiKey(KEY), client, vars(client), request, request.headers, [ApiKey(KEY)]):
        assert KEY not in f"{thing} {thing!r}"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_key_and_what_holds_one_do_not_pickle(protocol: int) -> None:
    for thing in (ApiKey(KEY), VidgoClient("https://api.vidgo.ai", ApiKey(KEY))):
        with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
            pickle.dumps(thing, protocol)


ECHOES = [
    (401, f"The key {KEY} is not valid", "plain"),
    (400, KEY.replace("/", "\\/"), "escaped"),
    (500, f"Authorization: Bearer {KEY}", "header"),
    (200, KEY, "inner code"),
]


@pytest.mark.parametrize(("status", "said", "how"), ECHOES, ids=[echo[2] for echo in ECHOES])
def test_a_server_that_echoes_the_key_does_not_get_it_into_our_error(status: int, said: str, how: str) -> None:
    body = f'{{"code": {status if status > 200 else 400}, "error": {{"message": "{said}", "type": "{said}"}}}}'.encode()
    with raw_server(answers(status, body)) as server:
        error = submit(server.url)
    assert isinstance(error, VidgoError)
    assert "•••" in str(error)
    assert KEY not in _everything(error)


@pytest.mark.parametrize("behave", [drops, answers(200, b"<html>"), answers(401, {"code": 401})])
def test_a_traceback_with_its_local_variables_does_not_show_the_key(behave: object) -> None:
    with raw_server(behave) as server, pytest.raises(VidgoError) as caught:  # type: ignore[arg-type]
        call(server.url, lambda client: client.balance())
    assert KEY not in _everything(caught.value)


@pytest.mark.parametrize(
    ("at", "how"), [("", closes), ("in the request's body", resets), ("in the answer's body", closes)]
)
@pytest.mark.parametrize("scheme", ["", "http", "https", "socks5"])
def test_the_debug_lines_of_the_libraries_below_do_not_show_the_key(
    scheme: str, at: str, how: Talk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with lines() as opened, caplog.at_level(logging.DEBUG):
        port = opened.open(api(at, how)).port
        if scheme:
            port = opened.open(socks(port) if scheme == "socks5" else proxy(port, tls=scheme == "https")).port
            monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{port}")
        submit("https://api.vidgo.example" if scheme else f"https://127.0.0.1:{port}")
    assert "send_request_headers" in caplog.text  # they do tell something
    assert KEY not in caplog.text


def _everything(error: BaseException) -> str:
    """All that a debugger's traceback would print."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(told.format()) + repr(error) + str(vars(error))
