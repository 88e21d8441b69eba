"""A callback URL is checked before anything is sent: https, public, not too long; loopback only for a local API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.live_session import LiveSession, OpenLiveSession
from tests.fixtures.orders import new_request
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.errors import RequestError

HERE = ["http://127.0.0.1:8000/hook", "https://localhost/hook", "http://[::1]:8000/hook"]
PRIVATE = ["https://10.0.0.7/hook", "https://192.168.1.7/hook", "https://nas.local/hook", "https://intranet/hook"]


def refusal(live: LiveSession, **fields: Any) -> str:
    with pytest.raises(RequestError) as refused:
        live.ask("x", **fields)
    assert live.emulator.count() == 0
    return str(refused.value)


def test_a_public_https_address_travels_with_the_submit(live: LiveSession, emulator: Emulator) -> None:
    live.made("x", callback_url="https://example.com/hook?secret=1")
    (submit,) = [call for call in emulator.log if call.kind == "submit"]
    assert submit.body["callback_url"] == "https://example.com/hook?secret=1"


def test_plain_http_is_refused(live: LiveSession) -> None:
    assert "callback_url must begin with https://." in refusal(live, callback_url="http://example.com/hook")


@pytest.mark.parametrize("url", [*HERE, *PRIVATE])
def test_an_address_that_the_service_can_not_reach_is_refused(url: str, live: LiveSession) -> None:
    assert "is not a public host, so the service could not reach it" in refusal(live, callback_url=url)


@pytest.mark.parametrize("url", ["hook", "ftp://example.com/hook", "https://", ""])
def test_what_is_no_url_is_refused(url: str, live: LiveSession) -> None:
    assert "callback_url is not a URL." in refusal(live, callback_url=url)


@pytest.mark.parametrize(("length", "good"), [(2048, True), (2049, False)])
def test_2048_characters_are_the_most(length: int, good: bool, live: LiveSession) -> None:
    url = "https://example.com/".ljust(length, "x")
    if good:
        assert live.request("x", callback_url=url).callback_url == url
    else:
        assert "has 2,049 characters; at most 2,048 are allowed" in refusal(live, callback_url=url)


@pytest.mark.parametrize("url", HERE)
@pytest.mark.parametrize(
    "settings", [{"mode": "emulator"}, {"mode": "live", "base_url": "http://127.0.0.1:1"}], ids=str
)
def test_a_loopback_receiver_will_do_where_the_api_itself_is_here(
    settings: dict[str, str], url: str, folder: Path
) -> None:
    session = Session(Vidgo(**settings, journal=str(folder / "journal.sqlite3")), lambda: True, lambda question: False)
    assert new_request(session, "x", callback_url=url).callback_url == url
    with pytest.raises(RequestError, match="not a public host"):
        new_request(session, "x", callback_url="https://10.0.0.7/hook")
    session.close()


def test_a_callback_is_neither_in_the_fingerprint_nor_in_the_record(
    open_live: OpenLiveSession, emulator: Emulator
) -> None:
    live = open_live()
    live.made("x", callback_url="https://example.com/hook?secret=1")
    asked = emulator.count()
    assert open_live().ask("x", callback_url="https://example.com/other").done()
    assert emulator.count() == asked
    records = "".join(path.read_text() for path in (live.session.store.folder / "results").iterdir())
    assert "example.com" not in records
