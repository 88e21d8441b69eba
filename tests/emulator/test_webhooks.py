"""Webhooks reach a real receiver on a loopback port."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.fixtures.emulator_client import OpenClient, in_kernel
from vidgo_notebook.emulator import EMULATOR_HEADER, EMULATOR_VERSION, Emulator, Fault


class Receiver:
    """Answers with the given codes, one after the other and then the last, and keeps what came."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[str | None] = []
        self.url = ""


@contextmanager
def receiving(*codes: int) -> Iterator[Receiver]:
    receiver = Receiver(*codes)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.headers.append(self.headers[EMULATOR_HEADER])
            code = receiver.codes.pop(0) if len(receiver.codes) > 1 else receiver.codes[0]
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()
            receiver.bodies.append(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        yield receiver
        server.shutdown()
        thread.join()


def test_the_receiver_gets_what_the_status_says_once_the_task_has_ended(open_client: OpenClient) -> None:
    with receiving(204) as receiver, open_client() as client:
        task_id = client.buy(callback_url=receiver.url)
        assert receiver.bodies == []
        client.clock.advance(2)
        client.wait_until(lambda: len(client.emulator.webhooks.deliveries) == 1)
        status = client.get(f"/api/generate/status/{task_id}").json()
    assert receiver.bodies == [status]
    assert status["data"]["files"][0]["file_url"].startswith(client.url)
    assert receiver.headers == [EMULATOR_VERSION]


def test_a_failed_task_is_reported_too() -> None:
    with receiving(200) as receiver, in_kernel() as client:
        client.emulator.faults.add(Fault("submit", fails="Unsafe content"))
        client.buy(callback_url=receiver.url)
        client.clock.advance(2)
        client.wait_until(lambda: len(receiver.bodies) == 1)
    assert receiver.bodies[0]["data"]["error_message"] == "Unsafe content"


def test_a_lost_answer_does_not_lose_the_webhook() -> None:
    with receiving(200) as receiver, in_kernel() as client:
        client.emulator.faults.add(Fault("submit", status=500, after_accepting=True))
        assert client.submit(callback_url=receiver.url).status_code == 500
        client.clock.advance(2)
        client.wait_until(lambda: len(receiver.bodies) == 1)
    assert receiver.bodies[0]["data"]["task_id"] in client.emulator.tasks


@pytest.mark.parametrize(
    ("codes", "expected"),
    [((500, 302, 201), [500, 302, 201]), ((404,), [404, 404, 404, 404])],
)
def test_a_receiver_that_does_not_answer_2xx_is_tried_three_more_times(
    codes: tuple[int, ...], expected: list[int]
) -> None:
    with receiving(*codes) as receiver, in_kernel() as client:
        client.buy(callback_url=receiver.url)
        client.clock.advance(2)
        client.wait_until(lambda: len(client.emulator.webhooks.deliveries) == len(expected))
        client.buy()  # a delivery too many would show by now
    assert [delivery.status for delivery in client.emulator.webhooks.deliveries] == expected
    assert [delivery.attempt for delivery in client.emulator.webhooks.deliveries] == list(range(1, len(expected) + 1))


def test_the_retries_come_after_one_two_and_four_seconds_unless_a_test_hurries_them() -> None:
    assert Emulator().webhooks.delays == (1.0, 2.0, 4.0)


def test_a_receiver_that_is_not_there_counts_as_no_answer() -> None:
    with receiving(200) as gone:
        pass
    with in_kernel() as client:
        client.buy(callback_url=gone.url)
        client.clock.advance(2)
        client.wait_until(lambda: len(client.emulator.webhooks.deliveries) == 4)
    assert [delivery.status for delivery in client.emulator.webhooks.deliveries] == [None] * 4
