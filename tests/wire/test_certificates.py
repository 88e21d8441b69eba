"""A certificate that is not trusted: the message names the setting that helps, and what it is set to."""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest

from tests.fixtures.breaking_server import Lines, api, lines, proxy, socks
from tests.fixtures.client_calls import CALLS, Way, call
from tests.fixtures.raw_server import CERTIFICATE
from vidgo_notebook.errors import FetchError, TransportError
from vidgo_notebook.wire.files import FileClient

PUBLIC = certifi.where()
ROUTES = ("no proxy", "an HTTP proxy", "an HTTPS proxy", "a SOCKS proxy")


def _open(route: str, opened: Lines, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an API whose certificate, or whose proxy's, is not trusted."""
    to = opened.open(api()).port
    if route == "no proxy":
        return f"https://127.0.0.1:{to}"
    way = socks(to) if route == "a SOCKS proxy" else proxy(to, tls=route == "an HTTPS proxy")
    scheme = {"an HTTPS proxy": "https", "a SOCKS proxy": "socks5"}.get(route, "http")
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{opened.open(way).port}")
    return "https://api.vidgo.example"


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("ours", "theirs"), [(None, None), (None, str(CERTIFICATE)), (PUBLIC, None), (PUBLIC, str(CERTIFICATE))]
)
def test_the_message_names_what_is_set_and_what_is_not(
    ours: str | None, theirs: str | None, route: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``theirs`` is the variable of pip and requests; it is not read here."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    for variable, value in (("SSL_CERT_FILE", ours), ("REQUESTS_CA_BUNDLE", theirs)):
        if value:
            monkeypatch.setenv(variable, value)
    with lines() as opened:
        url = _open(route, opened, monkeypatch)

        async def ask(client: object) -> object:
            files = FileClient(url)
            try:
                return await CALLS[name](Way(url, client, files))  # type: ignore[arg-type]
            finally:
                await files.aclose()

        with pytest.raises(FetchError if name == "file" else TransportError) as caught:
            call(url, ask)
    assert "certificate is not trusted" in caught.value.message
    hint = caught.value.hint
    assert "set SSL_CERT_FILE to its file" in hint
    assert (f"SSL_CERT_FILE is '{ours}'" if ours else "SSL_CERT_FILE is not set") in hint
    assert (f"REQUESTS_CA_BUNDLE is '{theirs}'" if theirs else "REQUESTS_CA_BUNDLE is not set") in hint
    assert not getattr(caught.value, "sent", False)


def test_what_the_hint_says_helps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the same process too, without a restart."""
    with lines() as opened:
        url = _open("no proxy", opened, monkeypatch)
        with pytest.raises(TransportError, match="SSL_CERT_FILE"):
            call(url, lambda client: client.balance())
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        assert call(url, lambda client: client.balance())
