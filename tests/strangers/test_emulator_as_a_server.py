"""An emulator on a port: no page of elsewhere reaches it through a browser, and no flood fills the memory."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2 as httpx
import pytest

from tests.fixtures.emulator_client import in_kernel
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.emulator import EMULATOR_HEADER, Emulator, build_app, serve, serve_app
from vidgo_notebook.emulator import tasks as emulated_tasks
from vidgo_notebook.emulator import webhooks as emulated_webhooks
from vidgo_notebook.emulator.__main__ import main
from vidgo_notebook.emulator.faults import CALL_BYTES_KEPT, CALLS_KEPT
from vidgo_notebook.emulator.http import endpoint

KEY = {"Authorization": "Bearer x"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve(Emulator(latency=0)) as url:
        yield url


def status(url: str, **headers: str) -> int:
    answer = httpx.get(f"{url}/api/user/balance", headers={**KEY, **headers}, trust_env=False)
    assert answer.headers[EMULATOR_HEADER]  # of every answer: a live client must know whom it met
    return answer.status_code


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8765", "localhost", "LOCALHOST:1", "localhost.", "a.localhost", "127.8.9.1", "[::1]:8"],
)
def test_a_name_of_this_machine_is_answered(url: str, host: str) -> None:
    assert status(url, Host=host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "stranger.example",
        "localhost.stranger.example",
        "localhost@stranger.example",
        "127.0.0.1.nip.io",
        "127.0.0.1@stranger.example:80",
        "xlocalhost",
        "192.168.1.5:8765",
        "0.0.0.0",
        "2130706433",
        "[::1",
        "[fe80::1]",
        "a\tb",
    ],
)
def test_any_other_name_is_misdirected(url: str, host: str) -> None:
    assert status(url, Host=host) == 421


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://localhost:8888", 200),
        ("https://127.0.0.1", 200),
        ("http://[::1]:8888", 200),
        ("http://stranger.example", 403),
        ("http://localhost.stranger.example:8888", 403),
        ("https://stranger.example\\@localhost", 403),
        ("null", 403),
        ("file://", 403),
        ("", 403),
    ],
)
def test_a_page_of_elsewhere_is_refused_also_with_the_right_host(url: str, origin: str, expected: int) -> None:
    assert status(url, Origin=origin) == expected


def test_a_refused_page_buys_nothing_and_is_not_in_the_log() -> None:
    emulator = Emulator(latency=0)
    with serve(emulator) as url:
        body = {"model": "gpt-image-2", "input": {"prompt": "fox"}}
        headers = {**KEY, "Origin": "http://stranger.example", "Content-Type": "text/plain"}
        answer = httpx.post(f"{url}/api/generate/submit", json=body, headers=headers, trust_env=False)
    assert answer.status_code == 403
    assert "--allow-host" in answer.json()["error"]["message"]
    assert (len(emulator.tasks), emulator.count()) == (0, 0)


def test_another_name_is_answered_when_it_is_allowed() -> None:
    with serve_app(build_app(Emulator(), ["Mine.Example"])) as url:
        assert status(url, Host="mine.example:80", Origin="https://mine.example") == 200
        assert status(url, Host="other.example") == 421


def test_the_command_explains_how_to_allow_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "--allow-host NAME" in capsys.readouterr().out


def test_a_flood_of_tasks_forgets_the_oldest_that_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulated_tasks, "TASKS_KEPT", 5)
    with in_kernel() as client:
        first = client.buy(prompt="fox 0")
        client.finish(first)
        bought = [client.buy(prompt=f"fox {number}") for number in range(1, 6)]
        assert list(client.emulator.tasks) == bought
        assert client.get(f"/api/generate/status/{first}").status_code == 404
        refused = client.submit(prompt="one more")  # the five go on: a task that is billed is never forgotten
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert list(client.emulator.tasks) == bought


def test_long_texts_of_tasks_have_a_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulated_tasks, "TASK_BYTES_KEPT", 50_000)
    with in_kernel() as client:
        for number in range(20):
            client.finish(client.buy(prompt=f"{number} " + "fox " * 900))
        assert sum(len(task.request.prompt) for task in client.emulator.tasks.values()) <= 50_000
        assert len(client.emulator.tasks) == 13


def test_the_log_is_short_in_bytes_too() -> None:
    with in_kernel() as client:
        for _ in range(12):
            client.post({"model": "gpt-image-2", "input": {"prompt": "x" * 900_000}})
        kept = sum(len(call.body["input"]["prompt"]) for call in client.emulator.log)
        assert 0 < kept <= CALL_BYTES_KEPT
        assert client.emulator.count("submit") == 12
        for _ in range(CALLS_KEPT + 10):
            client.emulator.log.record(client.emulator.log[-1])
        assert len(client.emulator.log) == CALLS_KEPT


def test_a_submit_is_at_most_a_mebibyte_and_is_not_kept() -> None:
    with in_kernel() as client:
        assert client.post({"input": "x" * endpoint.MAX_JSON}).status_code == 413
        assert client.ask("GET", "/api/user/balance", content=b"x" * (endpoint.MAX_JSON + 1)).status_code == 413
        assert [call.body for call in client.emulator.log] == [None, None]


def test_bodies_at_a_time_have_a_limit_and_give_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "BODIES_AT_A_TIME", 100_000)
    with in_kernel() as client:
        refused = client.upload(PNG + bytes(200_000))
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        client.emulator.body_bytes = 99_000  # others are on their way
        assert client.upload(PNG + bytes(2_000)).status_code == 503
        client.emulator.body_bytes = 0
        assert client.upload(PNG).status_code == 200
        assert (client.emulator.body_bytes, len(client.emulator.uploads)) == (0, 1)


def test_webhooks_under_way_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulated_webhooks, "MOST_UNDER_WAY", 2)
    with in_kernel() as client:
        hook = "http://127.0.0.1:9/hook"
        assert [client.submit(callback_url=hook).status_code for _ in range(3)] == [200, 200, 429]
        assert client.submit().status_code == 200
