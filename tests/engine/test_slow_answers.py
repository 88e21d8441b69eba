"""Slow answers to some jobs do not keep the others from their pictures, whatever kind of request they hold up."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.fixtures.clocks import FastTime
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.impatience import wait_at_most
from tests.fixtures.raw_server import RawServer, Seen, answer, raw_server
from tests.fixtures.sample_pictures import PNG, picture
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.image_file import Payload
from vidgo_notebook.errors import JobUncertainError, TransportError

OpenBench = Callable[..., EngineHarness]
BAD, GOOD = 8, 4
IMAGES = [picture("PNG", (32, 32), number) for number in range(BAD + GOOD)]
OK = b"HTTP/1.1 200 OK\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
NEVER_COMPLETE: list[tuple[bytes, bytes, float]] = [  # what is sent first, what again and again, and the pause between
    (OK + b"Content-Length: 100000\r\n\r\n", b" ", 0.2),
    (b"", CONTINUE, 0.2),
    (b"", CONTINUE * 1000, 0.0),
    (OK, b"X: abc\r\n", 0.2),
    (OK + b"X: ", b"a", 0.2),
    (b"", b"H", 0.2),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.2),
    (b"", b"", 0.2),  # not a word
]


class HalfSlowApi:
    """Finishes each task at once. To bad jobs, answers to requests of the kind ``slow`` are never complete."""

    def __init__(self, slow: str) -> None:
        self.slow = slow
        self.healed = threading.Event()
        self.accepted: Counter[str] = Counter()
        self._bad = 0

    def __call__(self, server: RawServer, seen: Seen, connection: socket.socket) -> None:
        end = seen.path.rpartition("/")[2]
        kind = {"submit": "submit", "stream": "upload", "balance": "balance"}.get(end, "status")
        kind = "file" if end.endswith(".png") else kind
        name = end.removesuffix(".png") if kind in ("status", "file") else ""
        if kind == "submit":
            name = json.loads(seen.body)["input"]["prompt"]
            self.accepted[name] += 1
        is_bad = name.startswith("bad") or (kind == "upload" and any(image in seen.body for image in IMAGES[:BAD]))
        if kind == self.slow and is_bad and not self.healed.is_set():
            self._bad += 1
            first, again, pause = NEVER_COMPLETE[self._bad % len(NEVER_COMPLETE)]
            with suppress(OSError):
                connection.sendall(first)
                while not server.over.wait(pause):
                    connection.sendall(again)
        elif kind == "file":
            connection.sendall(answer(200, PNG))
        else:
            files = [{"file_url": f"{server.url}/{name}.png"}]
            data = {"task_id": name, "status": "finished", "files": files, "credits_amount": 1000}
            data["file_url"] = "https://files.example/a.png"
            connection.sendall(answer(200, json.dumps({"code": 200, "data": data}).encode()))


def _ordered(harness: EngineHarness, with_images: bool) -> tuple[list[Job], list[Job]]:
    def buy(name: str, number: int) -> Job:
        if not with_images:
            return harness.buy(name)
        image = Reference("bytes", name, name=f"{name}.png", payload=Payload(lambda: IMAGES[number]))
        return harness.buy(name, model="gpt-image-2-edit", references=(image,))

    bad = [buy(f"bad{number}", number) for number in range(BAD)]
    return bad, [buy(f"good{number}", BAD + number) for number in range(GOOD)]


KINDS = ["submit", "upload", "status", "file"]
LONGER = [pytest.param(kind, 20.0, marks=pytest.mark.full) for kind in KINDS if kind != "upload"]


@pytest.mark.parametrize(("kind", "answer_seconds"), [*((kind, 0.5) for kind in KINDS), *LONGER])
def test_answers_that_are_never_complete_hold_up_only_their_own_jobs(
    kind: str, answer_seconds: float, open_harness: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight jobs with such answers, ordered first; the four others arrive meanwhile, and what is paid for later."""
    wait_at_most(monkeypatch, connect=30.0, answer=answer_seconds)
    patience = 1200 * answer_seconds
    api = HalfSlowApi(kind)
    with raw_server(api) as server:
        harness = open_harness(url=server.url, api=server.url, emulated=False, time=FastTime(15.0 / answer_seconds))
        bad, good = _ordered(harness, with_images=kind == "upload")
        for job in good:
            assert job.result(patience).bytes == PNG
        if kind == "submit":
            assert {type(job.exception(patience)) for job in bad} == {JobUncertainError}
        elif kind == "upload":
            assert {type(job.exception(patience)) for job in bad} == {TransportError}
            assert {job.status for job in bad} == {"refused"}
        else:
            api.healed.set()
            assert [job.result(patience).bytes for job in bad] == [PNG] * BAD
        assert set(api.accepted.values()) == {1}
    assert harness.charged == 24 * sum(job.status == "finished" for job in bad + good)
