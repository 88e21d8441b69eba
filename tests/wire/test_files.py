"""The picture's file: streamed to disk as served, from where it may come from, and never a broken one."""

from __future__ import annotations

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.fixtures.raw_server import (
    CERTIFICATE,
    Behave,
    RawServer,
    Seen,
    answer,
    answers,
    deserted_url,
    drops,
    raw_server,
    resets,
    sends,
)
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.emulator import Emulator, Fault, serve
from vidgo_notebook.errors import FetchError
from vidgo_notebook.wire.files import FileClient, Part

LIMIT = 67_108_864  # 64 MiB


def fetch(url: str, into: Path, api: str = "http://127.0.0.1:9", **options: object) -> int:
    """Fetch one file for a client of ``api``; its size in bytes."""

    async def run() -> int:
        files = FileClient(api, **options)  # type: ignore[arg-type]
        try:
            with into.open("wb") as file:

                async def take(pieces: Sequence[bytes]) -> None:
                    file.writelines(pieces)

                file.writelines(await files.fetch(url, take))
            return into.stat().st_size
        finally:
            await files.aclose()

    return asyncio.run(run())


def refused(url: str, into: Path, api: str = "http://127.0.0.1:9", **options: object) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, into, api, **options)
    return caught.value


def test_the_file_on_disk_is_the_file_as_served(tmp_path: Path) -> None:
    target = tmp_path / "a"
    with raw_server(answers(200, PNG)) as server:
        size = fetch(f"{server.url}/a.png", target)
    assert (target.read_bytes(), size) == (PNG, len(PNG))


def test_a_file_over_https_is_checked_against_the_certificates_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(answers(200, PNG), tls=True) as server:
        assert not refused(f"{server.url}/a.png", tmp_path / "a").transient
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        fetch(f"{server.url}/a.png", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == PNG


def test_the_emulators_files_arrive_whole(tmp_path: Path) -> None:
    emulator, content = Emulator(latency=0, draw=lambda order: PNG * 500), PNG * 500
    with serve(emulator) as url:
        body = {"model": "gpt-image-2", "input": {"prompt": "x"}}
        headers = {"Authorization": "Bearer k"}
        accepted = httpx.post(f"{url}/api/generate/submit", json=body, headers=headers, trust_env=False).json()
        emulator.faults.add(Fault("file", chunk_pause=0.005))
        fetch(f"{url}/files/{accepted['data']['task_id']}.png", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == content


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_large_file_goes_to_disk_and_not_into_memory(
    tls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    size = 40 * 1024 * 1024
    with raw_server(_streams(size, announced=size), tls=tls) as server:
        tracemalloc.start()
        fetch(f"{server.url}/a", tmp_path / "a")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (tmp_path / "a").stat().st_size == 41_943_040
    assert peak < 10_000_000


@pytest.mark.parametrize(("size", "fits"), [(LIMIT, True), (LIMIT + 1, False)])
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "unannounced"])
def test_a_file_has_at_most_64_mib(size: int, fits: bool, announced: bool, tmp_path: Path) -> None:
    assert MAX_SERVED_BYTES == LIMIT
    with raw_server(_streams(size, size if announced else None)) as server:
        if fits:
            fetch(f"{server.url}/a", tmp_path / "a")
            assert (tmp_path / "a").stat().st_size == LIMIT
        else:
            error = refused(f"{server.url}/a", tmp_path / "a")
            assert "64 MiB" in str(error)
            assert not error.transient


def test_a_small_answer_that_unpacks_to_a_huge_one_stops_at_the_limit(tmp_path: Path) -> None:
    import gzip

    bomb = gzip.compress(bytes(LIMIT + 1))
    with raw_server(answers(200, bomb, {"Content-Encoding": "gzip"})) as server:
        assert "64 MiB" in str(refused(f"{server.url}/a", tmp_path / "a"))


SHORT: list[tuple[str, Behave]] = [
    ("shorter than announced", sends(answer(200, PNG)[:-10])),
    ("chunks that break off", sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")),
    ("closed without a word", drops),
    ("reset", resets),
    ("no HTTP", sends(b"hello\r\n")),
    ("a 500", answers(500)),
    ("a 404", answers(404)),
    ("a 403", answers(403)),
    ("a broken gzip", answers(200, PNG, {"Content-Encoding": "gzip"})),
]


@pytest.mark.parametrize("behave", [pytest.param(behave, id=name) for name, behave in SHORT])
def test_a_file_that_does_not_come_whole_is_an_error_worth_another_try(behave: Behave, tmp_path: Path) -> None:
    with raw_server(behave) as server:
        error = refused(f"{server.url}/a.png", tmp_path / "a")
    assert error.transient
    assert server.connections == 1


def test_a_short_body_is_noticed_whatever_carries_it(tmp_path: Path) -> None:
    """Sockets notice it themselves; the way to an emulator in the kernel does not."""

    async def half() -> AsyncIterator[bytes]:
        yield PNG[:100]

    headers = {"Content-Length": str(len(PNG))}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, content=half()))
    error = refused("https://storage.example/a", tmp_path / "a", transport=transport)
    assert error.transient
    assert f"100 of {len(PNG):,} bytes" in str(error)


@pytest.mark.parametrize(
    "said", [answer(416, b""), answer(206, PNG[9:], {"Content-Range": f"bytes 9-{len(PNG) - 1}/{len(PNG)}"})]
)
def test_a_host_without_the_requested_part_is_asked_for_the_whole_next_time(said: bytes) -> None:
    dropped: list[bool] = []

    async def drop() -> None:
        dropped.append(True)

    async def run() -> None:
        files, part = FileClient("http://127.0.0.1:9"), Part(drop)
        for _ in range(2):
            with pytest.raises(FetchError) as caught:
                await files.fetch(server.url, take, part)
            assert caught.value.transient
        await files.aclose()
        assert (part.received, part.headers) == (0, {})

    async def take(pieces: Sequence[bytes]) -> None:
        """Written."""

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        connection.sendall(said if "range" in seen.headers else answer(200, PNG, {"ETag": '"a"'})[:-10])

    with raw_server(behave) as server:
        asyncio.run(run())
    assert dropped == [True]


def test_a_file_host_that_refuses_connections_is_tried_again(tmp_path: Path) -> None:
    with deserted_url() as url:
        assert refused(url, tmp_path / "a").transient


def test_a_file_that_is_gone_for_good_is_not_asked_for_again(tmp_path: Path) -> None:
    with raw_server(answers(410)) as server:
        error = refused(f"{server.url}/a.png", tmp_path / "a")
    assert not error.transient


def test_a_host_that_serves_several_formats_is_asked_for_png_first_and_for_any_picture(tmp_path: Path) -> None:
    with raw_server(answers(200, PNG)) as server:
        fetch(f"{server.url}/a", tmp_path / "a")
        accepted = [part.strip().partition(";q=") for part in server.seen[0].headers["accept"].split(",")]
    wanted = sorted(accepted, key=lambda part: -float(part[2] or 1))
    assert [name for name, _, _ in wanted] == ["image/png", "image/webp", "image/jpeg", "image/*", "*/*"]


# From where


@pytest.mark.parametrize(
    "url",
    [
        *("http://storage.example/a.png", "ftp://storage.example/a", "file:///etc/hostname", "//storage.example/a"),
        *("", "a.png", "javascript:1", "https://", "https://exa mple/a", "https://[::1", "data:image/png;base64,AA"),
    ],
)
@pytest.mark.parametrize("api", ["https://api.vidgo.ai", "http://127.0.0.1:9"])
def test_only_https_addresses_are_opened(url: str, api: str, tmp_path: Path) -> None:
    asked: list[httpx.Request] = []
    transport = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(200, content=PNG))
    assert not refused(url, tmp_path / "a", api, transport=transport).transient
    assert asked == []


def test_a_service_on_the_internet_cannot_point_at_this_machine_in_the_clear(tmp_path: Path) -> None:
    with raw_server(answers(200, PNG)) as server:
        assert "not https" in str(refused(f"{server.url}/a.png", tmp_path / "a", "https://api.vidgo.ai"))
        assert server.connections == 0


@pytest.mark.parametrize(("redirects", "arrives"), [(1, True), (5, True), (6, False)])
def test_five_redirects_are_followed_and_no_sixth(redirects: int, arrives: bool, tmp_path: Path) -> None:
    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        step = int(seen.path.strip("/"))
        location = {"Location": f"/{step + 1}"}  # relative, as servers may
        connection.sendall(answer(200, PNG) if step == redirects else answer(302, b"", location))

    with raw_server(behave) as server:
        if arrives:
            fetch(f"{server.url}/0", tmp_path / "a")
            assert (tmp_path / "a").read_bytes() == PNG
        else:
            error = refused(f"{server.url}/0", tmp_path / "a")
            assert "more than 5 times" in str(error)
            assert error.transient
        assert len(server.seen) == min(redirects, 5) + 1


@pytest.mark.parametrize(
    "location", ["http://storage.example/a.png", "http://127.0.0.1:9/a.png", "file:///etc/hostname", "http://[::1"]
)
def test_an_https_file_that_redirects_to_anything_less_is_refused(location: str, tmp_path: Path) -> None:
    asked: list[str] = []

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": location})

    transport = httpx.MockTransport(answered)
    error = refused("https://storage.example/a.png", tmp_path / "a", "https://api.vidgo.ai", transport=transport)
    assert error.transient, "a host may redirect so for a while, and the picture is paid for"
    assert asked == ["https://storage.example/a.png"]


@pytest.mark.parametrize("location", ["http://[::1", "https://\x00/", "http://" + "a" * 300 + ".example/", ""])
def test_a_redirect_to_nowhere_is_a_fetch_error(location: str, tmp_path: Path) -> None:
    with raw_server(answers(302, b"", {"Location": location} if location else {})) as server:
        assert "The" in str(refused(f"{server.url}/a.png", tmp_path / "a"))


def _streams(size: int, announced: int | None) -> Behave:
    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        length = f"Content-Length: {announced}\r\n" if announced else ""
        connection.sendall(f"HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n".encode())
        piece = bytes(1024 * 1024)
        for start in range(0, size, len(piece)):
            connection.sendall(piece[: size - start])

    return behave
