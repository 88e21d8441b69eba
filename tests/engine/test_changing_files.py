"""Files of a finished task that change from answer to answer, and one that breaks off while the disk has no room."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.breaking_server import ANSWER
from tests.fixtures.clocks import FastTime
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.raw_server import RawServer, Seen, answer, raw_server
from tests.fixtures.sample_pictures import picture

OpenBench = Callable[..., EngineHarness]
LONG_ENOUGH = 60
NOISE = picture("JPEG", (320, 240), -1)
OTHER = picture("JPEG", (320, 240), -2)
HALF = len(NOISE) // 2
TAG = {"ETag": '"a"'}  # of every file: a host that names versions carelessly


class ChangingApi:
    """Finishes each task at once; ``lists`` are the files that it names, one list an answer, the last one from then
    on. A file whose name begins with ``half`` breaks off in the middle, unless its rest is requested."""

    def __init__(self, *lists: Sequence[Any]) -> None:
        self.lists = lists
        self.answers = 0
        self.ranges: list[str | None] = []

    def __call__(self, server: RawServer, seen: Seen, connection: socket.socket) -> None:
        name = seen.path.rpartition("/")[2].partition("?")[0]
        if not name.endswith(".jpg"):
            if "/status/" in seen.path:
                self.answers += 1
            files = self.lists[min(max(self.answers, 1), len(self.lists)) - 1]
            named = [{"file_url": f"{server.url}/{file}"} if isinstance(file, str) else file for file in files]
            data = {**ANSWER["data"], "status": "finished", "files": named}
            connection.sendall(answer(200, json.dumps({"code": 200, "data": data}).encode()))
            return
        self.ranges.append(seen.headers.get("range"))
        data = OTHER if "other" in name else NOISE
        if "gone" in name:
            connection.sendall(answer(404, b""))
        elif begin := int((self.ranges[-1] or "bytes=0-")[6:-1]):
            named_part = {"Content-Range": f"bytes {begin}-{len(data) - 1}/{len(data)}", **TAG}
            connection.sendall(answer(206, data[begin:], named_part))
        else:
            whole = answer(200, data, TAG)
            connection.sendall(whole[: len(whole) - len(data) + HALF] if name.startswith("half") else whole)


@pytest.mark.parametrize(
    ("lists", "ranges"),
    [
        ([["half.jpg?a=1"], ["half.jpg?a=2"]], [None, f"bytes={HALF}-"]),
        ([["half-other.jpg"], ["whole.jpg"]], [None, None]),  # another file: its beginning is not that of the first
        ([[], [], ["whole.jpg"]], [None]),
        ([["gone.jpg"], [], ["gone.jpg", "whole.jpg"], ["whole.jpg", "gone.jpg"]], [None, None, None]),
        ([[None], [{"file_url": 7}], [{}], ["whole.jpg"]], [None]),
        ([[{"file_url": "ftp://files.example/a.jpg"}], ["whole.jpg"]], [None]),
    ],
)
def test_a_picture_arrives_whole_though_the_files_of_its_task_change(
    lists: list[list[Any]], ranges: list[str | None], open_harness: OpenBench
) -> None:
    api = ChangingApi(*lists)
    with raw_server(api) as server:
        harness = open_harness(url=server.url, emulated=False, time=FastTime(1000))
        job = harness.buy()
        assert job.result(LONG_ENOUGH).bytes == NOISE
    assert (api.ranges, harness.charged) == (ranges, Decimal(24))


def test_a_picture_for_which_the_disk_has_no_room_is_continued_in_memory(open_harness: OpenBench) -> None:
    api = ChangingApi(["half.jpg"])
    with raw_server(api) as server:
        harness = open_harness(url=server.url, emulated=False, time=FastTime(1000))
        purchase = harness.plan()
        harness.store.folder.mkdir()
        (harness.store.folder / "tmp").write_text("a file where a folder should be")
        harness.engine.buy(purchase, harness.account)
        job = purchase.job
        assert job.result(LONG_ENOUGH).bytes == NOISE
        assert len(job.notes) == 1
        assert api.ranges[-1] == f"bytes={HALF}-"
        (harness.store.folder / "tmp").unlink()
        assert harness.resume(job.id).result(LONG_ENOUGH).path is not None
