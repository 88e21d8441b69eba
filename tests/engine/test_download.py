"""A picture that is paid for is brought home, or stays where it can be fetched from."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures import status_bodies
from tests.fixtures.breaking_server import ANSWER
from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.raw_server import RawServer, Seen, answer, raw_server
from tests.fixtures.sample_pictures import PNG, picture
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.errors import FetchError, VidgoError
from vidgo_notebook.render.preview import preview

OpenBench = Callable[..., EngineHarness]
LONG_ENOUGH = 90
QUICK = 1000.0  # times as fast as the wall: minutes of patience in less than a second

PASSING = [
    Fault("file", status=500, times=3),
    Fault("file", status=404, times=3),
    Fault("file", drop=True, times=3),
    Fault("file", refuse_connection=True, times=3),
    Fault("file", short_by=20, times=3),
    Fault("file", status=200, body="<html>Sign in</html>", times=3),
    Fault("file", status=200, body=b"", times=3),
    Fault("file", status=200, body=PNG[:100], times=3),
]


@pytest.mark.parametrize("fault", PASSING)
def test_a_file_that_fails_is_fetched_again(fault: Fault, harness: EngineHarness) -> None:
    harness.emulator.faults.add(fault)
    job = harness.buy()
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert (harness.emulator.count("file"), harness.emulator.count("submit")) == (4, 1)
    assert [path.name for path in (harness.store.folder / "tmp").iterdir()] == []


LASTING = [
    Fault("file", status=404, times=None),
    Fault("file", status=410, times=None),
    Fault("file", drop=True, times=None),
    Fault("file", short_by=20, times=None),
    Fault("file", status=200, body="<html>Sign in</html>", times=None),
    Fault("file", status=302, headers={"Location": "http://storage.example/a"}, times=None),
]


@pytest.mark.parametrize("fault", LASTING)
def test_a_file_that_cannot_be_had_leaves_a_job_that_can_be_resumed(
    fault: Fault, open_harness: OpenBench, capfd: pytest.CaptureFixture[str]
) -> None:
    harness = open_harness(time=FastTime(QUICK))
    harness.emulator.faults.add(fault)
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is FetchError
    assert "It was billed: 24 credits" in str(error)
    assert "vidgo.resume()" in str(error)
    assert (job.status, job.charge) == ("fetching", Decimal(24))
    assert harness.entry(job.id).record.state.value == "fetching"
    assert capfd.readouterr() == ("", "")
    harness.emulator.faults.clear()
    again = harness.resume(job.id)
    assert again.result(LONG_ENOUGH).bytes == PNG
    assert again.status == "finished"
    assert (harness.emulator.count("submit"), harness.charged, harness.emulator.charged) == (1, 24, 24)


@pytest.mark.parametrize("status", [404, 429, 503])
def test_the_file_of_a_paid_picture_is_tried_for_ten_minutes(status: int, open_harness: OpenBench) -> None:
    harness = open_harness(time=FastTime(QUICK))
    began = harness.time.monotonic()
    harness.emulator.faults.add(
        Fault("file", status=status, times=None, when=lambda _: harness.time.monotonic() < began + 590)
    )
    job = harness.buy()
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert harness.time.monotonic() >= began + 590
    assert (harness.emulator.count("submit"), moving.tracking(job).activity, harness.charged) == (1, "", 24)


def test_a_host_that_asks_for_a_pause_gets_it_and_the_job_shows_it(harness: EngineHarness) -> None:
    asked: list[float] = []
    said: set[str] = set()
    busy = Fault("file", status=429, headers={"Retry-After": "20"}, when=lambda _: not asked.append(now()))
    now = harness.time.monotonic
    harness.emulator.faults.add(busy)
    harness.emulator.faults.add(Fault("file", delay=0.001, when=lambda _: not asked.append(now())))
    job = harness.buy()
    moving.watch(job, lambda job: said.add(moving.tracking(job).activity))
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert len(asked) == 2
    assert asked[1] - asked[0] >= 20
    assert "The file host answered 429. Next try in 20 s." in said


def test_every_try_of_a_file_begins_with_the_address_of_a_fresh_status(open_harness: OpenBench) -> None:
    harness = open_harness(time=FastTime(QUICK))
    harness.emulator.faults.add(Fault("file", status=403, times=9))
    job = harness.buy()
    job.result(LONG_ENOUGH)
    kinds = [call.kind for call in harness.emulator.log if call.kind in ("status", "file")]
    assert kinds[kinds.index("file") :] == ["file", "status"] * 9 + ["file"]


NOISE = picture("PNG", (320, 240), -1)
RANGES = [  # what the host names the version with; whether it continues; what it is asked for
    ({"ETag": '"a"'}, True, ['"a"', '"a"']),
    ({"Last-Modified": "Sun, 29 Nov 2026 08:00:00 GMT"}, True, ["Sun, 29 Nov 2026 08:00:00 GMT"] * 2),
    ({"ETag": 'W/"a"'}, False, [None, None]),
    ({"ETag": '"a"'}, False, ['"a"', '"a"']),
    ({}, False, [None, None]),
]


@pytest.mark.parametrize(("version", "continues", "asked"), RANGES)
def test_a_file_that_breaks_off_is_continued_where_the_host_can_and_begun_anew_where_not(
    version: dict[str, str], continues: bool, asked: list[str | None], open_harness: OpenBench
) -> None:
    """Each of the first two answers breaks off after a third."""
    tries: list[Seen] = []

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        if not seen.path.startswith("/a.png"):
            files = [{"file_url": f"{server.url}/a.png?{len(tries)}"}]
            body = {**ANSWER, "data": {**ANSWER["data"], "status": "finished", "files": files}}
            connection.sendall(answer(200, json.dumps(body).encode()))
            return
        tries.append(seen)
        begin = int(seen.headers["range"][6:-1]) if continues and "range" in seen.headers else 0
        named = {"Content-Range": f"bytes {begin}-{len(NOISE) - 1}/{len(NOISE)}"} if begin else {}
        said = answer(206 if begin else 200, NOISE[begin:], {**version, **named})
        missing = max(len(NOISE) - begin - len(NOISE) // 3, 0) if len(tries) < 3 else 0
        connection.sendall(said[: len(said) - missing])

    with raw_server(behave) as server:
        job = open_harness(url=server.url, emulated=False).buy()
        assert job.result(LONG_ENOUGH).bytes == NOISE
    assert [seen.headers.get("if-range") for seen in tries] == [None, *asked]
    third = len(NOISE) // 3
    ranges = [f"bytes={third}-", f"bytes={2 * third if continues else third}-"]
    assert [seen.headers.get("range") for seen in tries[1:]] == [
        r if a else None for r, a in zip(ranges, asked, strict=True)
    ]


def test_nothing_of_a_broken_file_stays_in_the_store(harness: EngineHarness) -> None:
    harness.emulator.faults.add(Fault("file", short_by=20, times=3))
    harness.emulator.faults.add(Fault("file", status=410))
    harness.buy().exception(LONG_ENOUGH)
    files = [path for path in harness.store.folder.rglob("*") if path.is_file() and not path.name.startswith(".git")]
    assert files == []


@pytest.mark.parametrize(
    "data",
    [PNG[:100], b"\0\1 no picture of any kind", status_bodies.png_of_size(60_000, 60_000)],
    ids=["a half", "other data", "3.6 billion pixels"],
)
def test_what_cannot_be_read_is_kept_as_served_and_not_downloaded_again(data: bytes, open_harness: OpenBench) -> None:
    harness = open_harness(time=FastTime(QUICK))
    harness.emulator.faults.add(Fault("file", status=200, body=data, times=None))
    began = harness.time.monotonic()
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    assert harness.time.monotonic() - began >= 30
    digest = hashlib.sha256(data).hexdigest()
    kept = harness.store.folder / "objects" / digest[:2] / f"{digest}.bin"
    assert type(error) is FetchError
    assert str(kept) in str(error)
    assert "It was billed: 24 credits" in str(error)
    assert (kept.read_bytes(), job.status) == (data, "fetching")
    assert [path.name for path in (harness.store.folder / "tmp").iterdir()] == []
    fetched = harness.emulator.count("file")
    again = harness.resume(job.id)
    assert str(kept) in str(again.exception(LONG_ENOUGH))
    assert harness.emulator.count("file") == fetched
    harness.emulator.faults.clear()
    kept.unlink()
    assert harness.resume(job.id).result(LONG_ENOUGH).bytes == PNG
    assert (harness.emulator.count("submit"), harness.charged) == (1, 24)


@pytest.mark.parametrize("body", ["<html>Sign in</html>", '{"error": "busy"}', '  [{"a": 1}]', ""])
def test_a_page_or_json_in_place_of_the_picture_is_never_kept(body: str, open_harness: OpenBench) -> None:
    harness = open_harness(time=FastTime(QUICK))
    began = harness.time.monotonic()
    harness.emulator.faults.add(
        Fault("file", status=200, body=body, times=None, when=lambda _: harness.time.monotonic() < began + 300)
    )
    assert harness.buy().result(LONG_ENOUGH).bytes == PNG
    assert list(harness.store.folder.glob("objects/*/*.bin")) == []


def test_a_finished_task_without_files_is_asked_again(harness: EngineHarness) -> None:
    def without_files(body: dict) -> dict:
        body["data"]["files"] = []
        return body

    harness.emulator.faults.add(Fault("status", alter=without_files, times=4))
    job = harness.buy()
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert harness.charged == 24


def test_a_finished_task_that_never_names_a_file_stays_resumable(harness: EngineHarness) -> None:
    def without_files(body: dict) -> dict:
        body["data"].pop("files", None)
        return body

    harness.emulator.faults.add(Fault("status", alter=without_files, times=None))
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is FetchError
    assert "returned no file" in str(error)
    assert job.status == "fetching"
    harness.emulator.faults.clear()
    assert harness.resume(job.id).result(LONG_ENOUGH).bytes == PNG


def test_an_expired_address_is_renewed(harness: EngineHarness) -> None:
    """Signed URLs live for minutes: after a failure the service is asked for a new one."""

    expired = iter([True])

    def expire_once(body: dict) -> dict:
        for file in body["data"]["files"]:
            if next(expired, False):
                file["file_url"] = file["file_url"].replace("/files/", "/files/expired-")
        return body

    harness.emulator.faults.add(Fault("status", alter=expire_once, times=None))
    assert harness.buy().result(LONG_ENOUGH).bytes == PNG
    assert harness.emulator.count("file") == 2


@pytest.mark.parametrize("blocked", ["objects", "results", "tmp"], ids=["the picture", "its record", "the download"])
def test_a_store_that_fills_up_meanwhile_keeps_the_picture_in_memory(blocked: str, harness: EngineHarness) -> None:
    purchase = harness.plan()
    harness.store.folder.mkdir()
    (harness.store.folder / blocked).write_text("a file where a folder should be")
    harness.engine.buy(purchase, harness.account)
    job = purchase.job
    result = job.result(LONG_ENOUGH)
    assert result.path is None
    assert result.bytes == PNG
    assert "in memory" in repr(result)
    (note,) = job.notes
    assert "could not be stored" in note
    assert "job.result().save(path)" in note
    assert result.save(Path("rescued.png")).read_bytes() == PNG
    assert harness.charged == 24
    # Once there is room again, it can be fetched into the store.
    (harness.store.folder / blocked).unlink()
    assert job.status == "fetching"
    assert harness.resume(job.id).result(LONG_ENOUGH).path is not None


@pytest.mark.parametrize("format", ["JPEG", "WEBP"])
def test_other_formats_keep_their_bytes_and_get_their_ending(format: str, open_harness: OpenBench) -> None:
    data = picture(format)
    result = open_harness(draw=lambda _: data).buy().result(LONG_ENOUGH)
    assert result.path is not None
    assert (result.path.suffix, result.path.read_bytes()) == ({"JPEG": ".jpg", "WEBP": ".webp"}[format], data)


def with_a_damaged_text(png: bytes) -> bytes:
    """The PNG with a text whose checksum is wrong: the pixels are all there."""
    return png[:33] + (3).to_bytes(4, "big") + b"tEXta\0b" + bytes(4) + png[33:]


@pytest.mark.parametrize("data", [with_a_damaged_text(PNG), picture("JPEG")[:-2]], ids=["png", "jpeg"])
def test_a_picture_whose_metadata_alone_is_damaged_is_a_result_with_a_note(
    data: bytes, open_harness: OpenBench
) -> None:
    harness = open_harness(draw=lambda _: data)
    job = harness.buy()
    result = job.result(LONG_ENOUGH)
    assert result.bytes == data
    assert job.notes == [result.record.note]
    assert "pixels are whole" in result.record.note
    assert len(result.record.pixels) == 64
    assert harness.emulator.count("file") == 1
    assert preview(result.bytes, 32).data


@pytest.mark.parametrize("format", ["AVIF", "TIFF", "BMP"])
def test_a_format_that_the_service_does_not_name_is_a_result(format: str, open_harness: OpenBench) -> None:
    Image.init()
    if format not in Image.SAVE:
        pytest.skip(f"this Pillow can't write {format}")
    data = picture(format)
    result = open_harness(draw=lambda _: data).buy().result(LONG_ENOUGH)
    assert result.path is not None
    assert (result.path.suffix, result.path.read_bytes()) == (f".{format.lower()}", data)
    assert preview(result.bytes, 32).data


def repairing(harness: EngineHarness, **changes: object) -> Job:
    """A job that fetches a bought picture again, under way; ``changes`` are made to its record."""
    bought = harness.buy().wait(LONG_ENOUGH)
    stored = bought.result()
    assert stored.path is not None
    stored.path.write_text("not a picture")
    state = replace(moving.record(bought), state=JobState.FETCHING)
    job = Job(bought.request, bought.quote, state, bought.provider)
    entry = harness.entry(bought.id)
    harness.engine.repair(Purchase(job, entry, harness.store), replace(stored.record, **changes), harness.account)
    return job


def test_a_damaged_picture_is_fetched_again_and_not_bought_again(harness: EngineHarness) -> None:
    job = repairing(harness)
    result = job.result(LONG_ENOUGH)
    assert result.bytes == PNG
    assert harness.store.picture(result.record) == result.path
    assert (harness.emulator.count("submit"), harness.charged) == (1, 24)


def test_a_repair_that_meets_a_fault_of_ours_ends_all_the_same(harness: EngineHarness) -> None:
    """A job that never ends would hang an unattended run."""
    job = repairing(harness, fields={"size": object()})  # can't be written as JSON
    assert "Internal error in vidgo_notebook" in str(job.exception(LONG_ENOUGH))


def test_a_repair_that_is_stopped_ends(harness: EngineHarness) -> None:
    harness.emulator.faults.add(Fault("file", delay=60, times=None, when=lambda _: harness.emulator.count("file") > 1))
    job = repairing(harness)
    wait_until(lambda: harness.emulator.count("file") == 2)
    harness.engine.stop()
    assert isinstance(job.exception(LONG_ENOUGH), VidgoError)
