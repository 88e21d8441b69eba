"""The key shows nowhere: not in a repr, a pickle, an error, or a traceback."""

from __future__ import annotations

import base64
import html
import json
import logging
import pickle
import re
import traceback
from urllib.parse import quote, unquote, unquote_plus

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
    assert ApiKey(f" {KEY}\n").reveal() == KEY


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


ODD_KEY = "sk-test+7Hq2/vSECRETx9=<&\"'z"
"""With the characters that JSON, URLs and HTML spell in their own ways."""


def _spelled(key: str) -> dict[str, str]:
    """The key as a service may write it into a text."""
    entities = {"+": "&plus;", "/": "&sol;", "=": "&equals;", "<": "&lt;", "&": "&amp;", '"': "&quot;", "'": "&apos;"}
    return {
        "plain": key,
        "JSON": json.dumps(key)[1:-1],
        "JSON in JSON": json.dumps(json.dumps(key))[1:-1],
        ".NET": "".join(c if c.isalnum() or c == "-" else f"\\u{ord(c):04X}" for c in key),
        "escaped slashes": key.replace("/", "\\/"),
        "a URL": quote(key, safe=""),
        "a URL with all of it": "".join(f"%{ord(c):02x}" for c in key),
        "a URL in a URL": quote(quote(key, safe=""), safe=""),
        "a form": unquote_plus(key),
        "HTML": html.escape(key),
        "HTML by name": "".join(entities.get(c, c) for c in key),
        "HTML by number": "".join(f"&#{ord(c)};" for c in key),
        "HTML by hexadecimal number": "".join(f"&#x{ord(c):02X};" for c in key),
        "HTML in HTML": html.escape(html.escape(key)),
        "Python": repr(key.encode())[2:-1],
        "base64": base64.b64encode(key.encode()).decode(),
        "base64 for URLs": base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
        "basic authorization": base64.b64encode(b"user:" + key.encode()).decode(),
        "base64 of the header": base64.b64encode(b"Bearer " + key.encode() + b"\r\n").decode(),
    }


@pytest.mark.parametrize("key", [KEY, ODD_KEY, "sk-test+7Hq2/vSECRETx9"])
@pytest.mark.parametrize("how", _spelled(KEY))
def test_the_key_is_hidden_in_every_spelling(key: str, how: str) -> None:
    spelled = _spelled(key)[how]
    said = ApiKey(key).redact(f"bad key ({spelled}), sorry")
    assert "•••" in said
    assert said.startswith("bad key (")
    assert said.endswith("), sorry")
    assert not re.search(r"SECRET|secret", unquote(html.unescape(said)))
    assert spelled[4:-4] not in said


def test_what_is_no_key_is_not_hidden() -> None:
    text = "The size 16:9 is not valid for sk-test-7Hq2; write 1:1 (see https://vidgo.ai/docs?a=%2B&b=\\u002b)."
    assert ApiKey("sk-test+7Hq2/vSECRETx9").redact(text) == text


@pytest.mark.parametrize(
    "text", ["\\" * 500_000, "%25" * 300_000, "&amp;" * 200_000, "&#0" * 300_000, "sk-secret/4" * 90_000]
)
def test_no_text_keeps_the_search_for_the_key_busy(text: str) -> None:
    """A text of a megabyte takes as long as any other; a pattern without bounds would take hours."""
    assert ApiKey(KEY).redact(text) == text


@pytest.mark.parametrize("where", ["message", "task_id", "file_url", "title"])
def test_a_key_that_net_spells_is_hidden_wherever_it_is_read(where: str) -> None:
    echo = KEY.replace("/", "\\u002F").replace("-", "\\u002d")
    fields = (
        f'"task_id": "t{echo}", "status": "failed", "error_message": "bad key {echo}", "files": ["https://a/{echo}"]'
    )
    body = f"<title>{110 * 'a'}{KEY}</title>" if where == "title" else f'{{"code": 200, "data": {{{fields}}}}}'
    with raw_server(answers(200, body.encode())) as server:
        try:
            said = str(call(server.url, lambda client: client.status("task-1")))
        except VidgoError as error:
            said = f"{error} {error!r} {vars(error)}"
    assert "•••" in said
    assert KEY[:5] not in said


def test_a_key_in_the_headers_of_an_answer_is_not_in_the_error() -> None:
    with raw_server(answers(400, b"{}", {"X-Echo": f"Bearer {KEY}", "Retry-After": KEY})) as server:
        error = submit(server.url)
    assert isinstance(error, VidgoError)
    assert KEY not in _everything(error)


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


def _logged(caplog: pytest.LogCaptureFixture) -> str:
    """All that the libraries below have logged, as it was formatted and as a handler gets it."""
    return caplog.text + "".join(str((record.msg, record.args, record.__dict__)) for record in caplog.records)


@pytest.mark.parametrize("how", ["plain", "a URL", ".NET", "base64", "base64 of the header"])
def test_a_key_in_the_headers_of_an_answer_is_not_logged(how: str, caplog: pytest.LogCaptureFixture) -> None:
    echo = _spelled(KEY)[how]
    with caplog.at_level(logging.DEBUG), raw_server(answers(200, b"{}", {"X-Echo": echo, "X-Other": "kept"})) as server:
        submit(server.url)
    assert "X-Echo" in caplog.text
    assert "kept" in caplog.text
    assert echo not in _logged(caplog)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("password", ["p4ss-word", "p%40ss%2Fw%C3%B6rd", "p'w%22"])
def test_the_password_of_a_proxy_is_not_logged(
    scheme: str, password: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with lines() as opened, caplog.at_level(logging.DEBUG):
        port = opened.open(socks(0) if scheme == "socks5" else proxy(0)).port
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://user:{password}@127.0.0.1:{port}")
        error = submit("https://api.vidgo.example")
    assert "connect_tcp" in caplog.text
    plain = unquote(password)
    for spelled in (password, plain, repr(plain.encode())[2:-1], base64.b64encode(b"user:" + plain.encode()).decode()):
        assert spelled not in _logged(caplog) + str(error)


def test_a_log_line_without_a_secret_stays_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    VidgoClient("https://api.vidgo.ai", ApiKey(KEY))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpcore2.http11").debug("%s of %d", "one", 2)
    assert [(record.msg, record.args) for record in caplog.records] == [("%s of %d", ("one", 2))]


@pytest.mark.parametrize("quoted", [f'"{KEY}"', f"'{KEY}'", f'"{KEY}', f"{KEY}'", f"“{KEY}”"])
def test_a_key_in_quotation_marks_is_refused_before_anything_is_sent(quoted: str) -> None:
    """``set VIDGO_API_KEY="sk-…"`` on Windows makes them a part of the value."""
    with pytest.raises(AuthenticationError, match="quotation mark") as caught:
        ApiKey(quoted)
    assert "without quotation marks" in str(caught.value)
    assert KEY not in _everything(caught.value).replace(quoted, "")


def _everything(error: BaseException) -> str:
    """All that a debugger's traceback would print."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(shown.format()) + repr(error) + str(vars(error))
