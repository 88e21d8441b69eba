"""Left or not: wherever the way to the API breaks off, a request that may have arrived counts as sent, and one
that never left does not. A hand-written table, for every call, on every way out, on both event loops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

from tests.fixtures.api_key import KEY
from tests.fixtures.breaking_server import (
    Line,
    Lines,
    Talk,
    api,
    closes,
    lines,
    proxy,
    resets,
    says,
    socks,
    stalls,
    talks_nonsense,
)
from tests.fixtures.client_calls import CALLS, Way
from tests.fixtures.impatience import wait_at_most
from tests.fixtures.raw_server import CERTIFICATE
from vidgo_notebook.errors import FetchError, TransportError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

Loop = Callable[[], asyncio.AbstractEventLoop]
LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])

LEFT = {  # where the API breaks off, and whether the request may have arrived by then
    "before TLS": False,
    "in the handshake": False,
    "after TLS": True,
    "in the request's head": True,
    "in the request's body": True,
    "in the answer's head": True,
    "in the answer's body": True,
}
READ = ("in the answer's head", "in the answer's body")
"""By then the API has read the whole request."""

HOWS: list[Talk] = [closes, resets, stalls, talks_nonsense]

HTML = b"<html><body>Please log in</body></html>"
PROXY_BREAKS: list[tuple[str, Talk]] = [  # where a proxy breaks off: nothing of the request has left, ever
    *(("at once", how) for how in HOWS),
    *(("on CONNECT", how) for how in HOWS),
    ("on CONNECT", says(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")),
    ("on CONNECT", says(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno")),
    ("on CONNECT", says(b"HTTP/1.1 302 Found\r\nLocation: https://login.example/\r\nContent-Length: 0\r\n\r\n")),
    ("on CONNECT", says(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 39\r\n\r\n" + HTML)),
    ("on CONNECT", says(HTML)),
    ("on CONNECT", says(b"HTTP/1.1 200 Conn")),
    ("on CONNECT", says(b"HTTP/1.1 200 Connected\r\n\r\n")),
    ("on CONNECT", says(b"HTTP/1.1 101 Switching\r\nUpgrade: tls\r\nConnection: upgrade\r\n\r\n")),
]
SOCKS_BREAKS: list[tuple[str, Talk]] = [
    *(("at once", how) for how in HOWS),
    *(("on its greeting", how) for how in HOWS),
    *(("on CONNECT", how) for how in HOWS),
    ("on its greeting", says(b"\x05\xff")),
    ("on its greeting", says(b"\x05\x02")),
    ("on its greeting", says(b"\x05")),
    ("on CONNECT", says(b"\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00")),
    ("on CONNECT", says(b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")),
    ("on CONNECT", says(b"\x05\x00\x00\x01")),
    ("on CONNECT", says(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
]


REQUESTS = {
    "POST /api/generate/submit",
    "POST /api/common/upload/stream",
    "GET /api/generate/status/task-1",
    "GET /api/user/balance",
    "GET /a.png",
}


def ends(loop: Loop, ways: Mapping[str, Way]) -> dict[tuple[str, str], str]:
    """How every call ends on every way, all at once. Whatever is none of the package's errors is raised."""

    async def end(way: Way, call: str) -> str:
        try:
            await CALLS[call](way)
        except TransportError as error:
            return "left" if error.sent else "never left"
        except FetchError as error:
            return "worth another try" if error.transient else error.message
        return "answered"

    async def run() -> dict[tuple[str, str], str]:
        asked = [(name, call) for name in ways for call in CALLS]
        ended = await asyncio.gather(*(end(ways[name], call) for name, call in asked))
        for way in ways.values():
            await way.client.aclose()
            await way.files.aclose()
        return dict(zip(asked, ended, strict=True))

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(run())


def expected(left: Mapping[str, bool | None]) -> dict[tuple[str, str], str]:
    """What the table says, for every call; None is an answer."""
    words = {None: "answered", True: "left", False: "never left"}
    both = {(name, call): words[how] for name, how in left.items() for call in CALLS}
    return {key: "worth another try" if key[1] == "file" and word != "answered" else word for key, word in both.items()}


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], Way]:
    """Opens a way out: the port is the API's without a proxy, and the proxy's with one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    def open_way(route: str, port: int) -> Way:
        schemes = {"an HTTP proxy": "http", "an HTTPS proxy": "https", "a SOCKS proxy": "socks5"}
        if scheme := schemes.get(route):
            monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{port}")
        url = "https://api.vidgo.example" if scheme else f"https://127.0.0.1:{port}"
        return Way(url, VidgoClient(url, ApiKey(KEY)), FileClient(url))

    return open_way


def entrance(route: str, opened: Lines, to: Line) -> Line:
    """Where a client begins that wants to get to the API."""
    if route == "a SOCKS proxy":
        return opened.open(socks(to.port))
    return to if route == "no proxy" else opened.open(proxy(to.port, tls=route == "an HTTPS proxy"))


ROUTES = ("no proxy", "an HTTP proxy", "an HTTPS proxy", "a SOCKS proxy")
PHASES = {  # which hows, at places where the request has or has not left; seconds for connecting and for an answer
    "at once": ([closes, resets, talks_nonsense], (False, True), (60, 60)),
    "stalling early": ([stalls], (False,), (1.5, 1.5)),  # a busy machine needs a part of it for the proxy
    "stalling late": ([stalls], (True,), (60, 1.5)),
}


@LOOPS
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("route", ROUTES)
def test_a_request_counts_as_sent_from_where_it_may_have_arrived(
    route: str, phase: str, loop: Loop, out: Callable[[str, int], Way], monkeypatch: pytest.MonkeyPatch
) -> None:
    hows, left, seconds = PHASES[phase]
    wait_at_most(monkeypatch, connect=seconds[0], answer=seconds[1])
    places = {f"{how.__name__} {at}": (at, how) for at in LEFT for how in hows if LEFT[at] in left}
    with lines() as opened:
        apis = {name: opened.open(api(at, how)) for name, (at, how) in places.items()}
        ways = {name: out(route, entrance(route, opened, line).port) for name, line in apis.items()}
        assert ends(loop, ways) == expected({name: LEFT[at] for name, (at, _) in places.items()})
        for name, (at, _) in places.items():
            assert sorted(apis[name].whole) == (sorted(REQUESTS) if at in READ else []), name
            assert apis[name].connections == len(CALLS), name


@LOOPS
@pytest.mark.parametrize("route", ROUTES)
def test_every_call_goes_through_on_every_way_out(route: str, loop: Loop, out: Callable[[str, int], Way]) -> None:
    """Else the tables here would hold for want of a way."""
    with lines() as opened:
        line = opened.open(api())
        assert ends(loop, {"": out(route, entrance(route, opened, line).port)}) == expected({"": None})
        assert sorted(line.whole) == sorted(REQUESTS)


@LOOPS
@pytest.mark.parametrize("route", ["an HTTP proxy", "an HTTPS proxy", "a SOCKS proxy"])
def test_a_proxy_that_opens_no_way_never_gets_the_request(
    route: str, loop: Loop, out: Callable[[str, int], Way], monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_at_most(monkeypatch, connect=1.5, answer=1.5)
    breaks = SOCKS_BREAKS if route == "a SOCKS proxy" else PROXY_BREAKS
    with lines() as opened:
        line = opened.open(api())

        def entrance(at: str, how: Talk) -> Line:
            if route == "a SOCKS proxy":
                return opened.open(socks(line.port, how, at=at))
            return opened.open(proxy(line.port, how, at=at, tls=route == "an HTTPS proxy"))

        proxies = {f"{number}: {at}": entrance(at, how) for number, (at, how) in enumerate(breaks)}
        ways = {name: out(route, each.port) for name, each in proxies.items()}
        ended, wanted = ends(loop, ways), expected(dict.fromkeys(ways, False))
        for key, text in ended.items():
            if "407 Proxy Authentication Required" in text:  # no later try helps a file, so it ends at once
                assert key[1] == "file"
                wanted[key] = text
        assert ended == wanted
        assert line.connections == 0
        assert {each.connections for each in proxies.values()} == {len(CALLS)}  # none of them asked twice
