"""The key goes to the API's own host, over https or to this very machine, and nowhere else."""

from __future__ import annotations

import asyncio
import sys

import httpx2 as httpx
import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.client_calls import ACCEPTED, BODY, call, failed, submit
from tests.fixtures.raw_server import CERTIFICATE, answers, raw_server, tunnels_to
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.emulator import Emulator, serve
from vidgo_notebook.errors import APIError, TransportError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

PROXY_VARIABLES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@pytest.mark.parametrize("ask", ["submit", "status", "balance"])
def test_every_call_of_the_api_carries_the_key_in_its_one_header(ask: str) -> None:
    async def asked(client: VidgoClient) -> object:
        arguments = {"submit": [BODY], "status": ["task-1"], "balance": []}[ask]
        return await getattr(client, ask)(*arguments)

    body = {"code": 200, "data": {"task_id": "task-1", "status": "running", "credits_amount": "7.5"}}
    with raw_server(answers(200, body)) as server:
        call(server.url, asked)
    (seen,) = server.seen
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    rest = {name: value for name, value in seen.headers.items() if name != "authorization"}
    assert KEY not in f"{seen.path} {rest} {seen.body!r}"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirected_status_request_takes_the_key_nowhere(status: int) -> None:
    with raw_server(answers(200, {"code": 200, "data": {"status": "running"}})) as other:
        redirects = answers(status, b"", {"Location": f"{other.url}/api"})
        with raw_server(redirects) as server, pytest.raises(TransportError, match="redirect"):
            call(server.url, lambda client: client.status("task-1"))
        assert other.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://api.vidgo.ai",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.7:8000",
        "HTTP://api.vidgo.ai",
        "ftp://127.0.0.1.example",
    ],
)
def test_a_key_does_not_travel_in_the_clear(url: str) -> None:
    with pytest.raises(TransportError, match="https") as caught:
        VidgoClient(url, ApiKey(KEY))
    assert not caught.value.sent
    assert "Nothing was sent." in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.0.0.53", "emulator.localhost"])
def test_this_very_machine_needs_no_https(host: str) -> None:
    assert repr(VidgoClient(f"http://{host}:9", ApiKey(KEY))).startswith("<")


def test_a_proxy_sees_nothing_of_a_loopback_api(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(answers(200, ACCEPTED)) as proxy, raw_server(answers(200, ACCEPTED)) as server:
        for name in PROXY_VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        assert submit(server.url) == "task-1"
        assert (proxy.connections, len(server.seen)) == (0, 1)


def test_a_proxy_of_an_https_api_is_used_and_never_sees_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for a tunnel; a tunnel that is refused means that nothing was sent."""
    with raw_server(answers(502, b"no tunnel")) as proxy:
        for name in PROXY_VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        assert not failed(submit("https://api.vidgo.ai"), TransportError).sent
    assert [(seen.method, seen.path) for seen in proxy.seen] == [("CONNECT", "api.vidgo.ai:443")]
    assert KEY not in str(proxy.seen)


@pytest.mark.parametrize("who", ["", "user:hunter2@"])
def test_through_a_tunnel_the_key_goes_to_the_api_as_it_is(who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name and a password in the address do not replace it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with raw_server(answers(200, ACCEPTED), tls=True) as server, raw_server(tunnels_to(server.port)) as proxy:
        for name in PROXY_VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        assert submit(f"https://{who}api.vidgo.example") == "task-1"
    assert [(seen.method, seen.path) for seen in proxy.seen] == [("CONNECT", "api.vidgo.example:443")]
    (seen,) = server.seen
    assert seen.headers["authorization"] == f"Bearer {KEY}"


def test_the_certificates_of_the_environment_count_for_this_machine_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server with https on loopback names its certificate as httpx reads it."""
    with raw_server(answers(200, ACCEPTED), tls=True) as server:
        assert not failed(submit(server.url), TransportError).sent
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        assert submit(server.url) == "task-1"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SSL_CERT_FILE", __file__, "SSL_CERT_FILE"),
        ("HTTPS_PROXY", "gopher://user:hunter2@127.0.0.1:9", "HTTPS_PROXY"),
        ("ALL_PROXY", "socks5://user:hunter2@127.0.0.1:9", "httpx2[socks]"),
    ],
)
def test_an_environment_that_cant_be_used_is_said_without_its_secrets(
    variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setitem(sys.modules, "socksio", None)  # as where the extra for SOCKS is not installed
    error = failed(submit("https://127.0.0.1.example"), TransportError)
    assert said in str(error)
    assert "Nothing was sent" in str(error)
    assert "hunter2" not in str(error)


def test_the_file_host_gets_no_key_and_no_cookie_even_where_it_is_the_api_itself() -> None:
    async def ignore(pieces: object) -> None:
        """Take the file and forget it."""

    async def fetch(url: str) -> None:
        client, files = VidgoClient(url, ApiKey(KEY)), FileClient(url)
        await client.balance()
        await files.fetch(f"{url}/files/a.png", ignore)
        await client.aclose()
        await files.aclose()

    def behave(server: object, seen: object, connection: object) -> None:
        balance = answers(200, {"code": 200, "data": {"credits_amount": 1}}, {"Set-Cookie": "session=1"})
        (balance if "balance" in seen.path else answers(200, PNG))(server, seen, connection)  # type: ignore

    with raw_server(behave) as server:
        asyncio.run(fetch(server.url))
    balance, file = server.seen
    assert "authorization" in balance.headers
    assert "authorization" not in file.headers
    assert "cookie" not in file.headers
    assert KEY not in str(file)


# An emulator's pictures never pass for the service's, nor a user's key for an emulator's


def test_a_live_client_that_meets_an_emulator_stops_and_says_which_mode_to_set() -> None:
    emulator = Emulator(latency=60)
    with serve(emulator) as url:
        error = failed(submit(url), APIError)
    assert "is an emulator" in str(error)
    assert "VIDGO_MODE=emulator" in str(error)
    assert emulator.count() == 1


@pytest.mark.parametrize("ask", ["status", "balance"])
def test_a_live_client_takes_no_answer_from_an_emulator(ask: str) -> None:
    async def asked(client: VidgoClient) -> object:
        return await (client.status("task-1") if ask == "status" else client.balance())

    with serve(Emulator()) as url, pytest.raises(APIError, match="VIDGO_MODE=emulator"):
        call(url, asked)


def test_a_client_of_an_emulator_takes_no_answer_from_anybody_else() -> None:
    with raw_server(answers(200, ACCEPTED)) as server:
        error = failed(submit(server.url, emulated=True), APIError)
    assert "is not an emulator" in str(error)
    assert "VIDGO_MODE=live" in str(error)


@pytest.mark.parametrize("left", [True, False])
def test_how_far_a_request_got_decides_whether_it_may_be_accepted_and_not_how_its_transport_broke(left: bool) -> None:
    class Exploding(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if left:
                await request.extensions["trace"]("http11.send_request_headers.started", {"request": request})
            raise RuntimeError("out of nothing")

    error = failed(submit("https://api.vidgo.ai", transport=Exploding()), TransportError)
    assert error.sent is left


def test_a_task_id_is_never_a_path_of_its_own() -> None:
    """A service that names its task ``../../user`` can't make us ask for another address."""
    with raw_server(answers(200, {"code": 200, "data": {"status": "running"}})) as server:
        call(server.url, lambda client: client.status("../../user/balance?x=1#y"))
    assert server.seen[0].path == "/api/generate/status/..%2F..%2Fuser%2Fbalance%3Fx%3D1%23y"
