"""What breaks before there is a connection never left, whatever it is called: the request may be tried again."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.breaking_server import Line, closes, lines, proxy, socks, stalls
from tests.fixtures.client_calls import BODY, failed, submit
from tests.fixtures.ports import free_port
from vidgo_notebook.errors import TransportError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient

NOWHERE = [
    "https://no-such-host.invalid",
    "https://xn--a.example",
    "https://" + 70 * "a" + ".example",
    "https://" + ".".join(100 * ["abc"]),
    "https://☃..example",
    "https://☃.invalid",
    "https://bücher.invalid",
    "https://a..b",
    "https://.example",
    "https://a b.example",
    "https://a\x00b.example",
    "https://[::1",
    "https://[v1.x]",
    "https://1.2.3.4.5",
    "https://api.example:99999",
    "https://api.example:port",
    "https://",
    "https://?",
]


@pytest.mark.parametrize("url", NOWHERE)
@pytest.mark.parametrize("no_proxy", ["", "10.0.0.0/8,.corp"])
def test_an_address_that_leads_nowhere(url: str, no_proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    error = failed(submit(url), TransportError)
    assert not error.sent
    assert "Nothing was spent." in str(error)


def test_port_0_is_never_taken_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Noting(asyncio.SelectorEventLoop):
        async def create_connection(self, *arguments: Any, **options: Any) -> Any:
            asked.append(arguments)
            raise ConnectionRefusedError(111, "refused")

    assert not failed(_submit_on(Noting, "https://127.0.0.1:0"), TransportError).sent
    assert asked == []


def _lacking(method: str, error: BaseException) -> type[asyncio.SelectorEventLoop]:
    """An event loop whose ``method`` fails."""

    async def fail(self: object, *arguments: Any, **options: Any) -> Any:
        raise error

    return type("Lacking", (asyncio.SelectorEventLoop,), {method: fail})


def _submit_on(loop: type[asyncio.AbstractEventLoop], url: str) -> object:
    async def run() -> object:
        client = VidgoClient(url, ApiKey(KEY))
        try:
            return await client.submit(BODY)
        except TransportError as error:
            return error
        finally:
            await client.aclose()

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(run())


@pytest.mark.parametrize("method", ["create_connection", "getaddrinfo"])
@pytest.mark.parametrize(
    "error",
    [
        NotImplementedError(),
        TypeError("create_connection() got an unexpected keyword argument 'happy_eyeballs_delay'"),
        AttributeError("transport"),
        RuntimeError("cannot schedule new futures after shutdown"),
        MemoryError(),
        asyncio.CancelledError(),  # a wait that was cancelled, and not by us
        ExceptionGroup("several", [ExceptionGroup("", [ValueError("one")]), OSError(101, "two")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_event_loop_that_lacks_what_connecting_needs(method: str, error: BaseException) -> None:
    with lines() as opened:
        line = opened.open(closes)
        outcome = failed(_submit_on(_lacking(method, error), f"https://localhost:{line.port}"), TransportError)
        assert not outcome.sent
        assert "TaskGroup" not in str(outcome)
        assert line.connections == 0


def test_a_wait_that_the_caller_cancels_ends_at_once() -> None:
    """The engine stops: what it stops is not one more failure to be tried again."""

    async def run(url: str) -> None:
        client = VidgoClient(url, ApiKey(KEY))
        asking = asyncio.ensure_future(client.submit(BODY))
        await asyncio.sleep(0.1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await client.aclose()

    with lines() as opened:
        asyncio.run(run(f"https://127.0.0.1:{opened.open(stalls).port}"))


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_refuses_is_hung_up_on(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that asks for days would run out of open files."""
    gone = threading.Event()

    def refuse(line: Line, connection: Any) -> None:
        connection.sendall(
            b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00" if scheme == "socks5" else b"HTTP/1.1 502 No\r\n\r\n"
        )
        if connection.recv(1) == b"":
            gone.set()

    async def run() -> bool:
        client = VidgoClient("https://api.vidgo.example", ApiKey(KEY))
        with pytest.raises(TransportError):
            await client.submit(BODY)
        hung_up = await asyncio.to_thread(gone.wait, 10)
        await client.aclose()
        return hung_up

    with lines() as opened:
        port = opened.open((socks if scheme == "socks5" else proxy)(0, refuse)).port
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{port}")
        assert asyncio.run(run())


@pytest.mark.parametrize(("emulated", "said"), [(True, "python -m vidgo_notebook.emulator"), (False, "the network")])
def test_where_nothing_listens_the_hint_fits_what_was_expected_there(emulated: bool, said: str) -> None:
    client = VidgoClient(f"http://127.0.0.1:{free_port()}", ApiKey(KEY), emulated=emulated)

    async def ask() -> None:
        try:
            await client.submit(BODY)
        finally:
            await client.aclose()

    with pytest.raises(TransportError) as caught:
        asyncio.run(ask())
    assert said in str(caught.value.hint)
