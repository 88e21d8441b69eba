"""A picture that is paid for is brought home, or stays where it can be fetched from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fixtures import status_bodies
from tests.fixtures.clocks import wait_until
from tests.fixtures.engine_harness import Workbench
from tests.fixtures.sample_pictures import PNG, picture
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.errors import FetchError, VidgoError

OpenBench = Callable[..., Workbench]
LONG_ENOUGH = 90

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
def test_a_file_that_fails_is_fetched_again(fault: Fault, bench: Workbench) -> None:
    bench.emulator.faults.add(fault)
    job = bench.buy()
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert (bench.emulator.count("file"), bench.emulator.count("submit")) == (4, 1)
    assert [path.name for path in (bench.store.folder / "tmp").iterdir()] == []


LASTING = [
    Fault("file", status=404, times=None),
    Fault("file", status=410, times=None),
    Fault("file", drop=True, times=None),
    Fault("file", short_by=20, times=None),
    Fault("file", status=200, body="<html>Sign in</html>", times=None),
    Fault("file", status=200, body=status_bodies.absurd_png(60_000, 60_000), times=None),
    Fault("file", status=302, headers={"Location": "http://storage.example/a"}, times=None),
]


@pytest.mark.parametrize("fault", LASTING)
def test_a_file_that_cannot_be_had_leaves_a_job_that_can_be_resumed(
    fault: Fault, bench: Workbench, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.emulator.faults.add(fault)
    job = bench.buy()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is FetchError
    assert "It was billed: 24 credits" in str(error)
    assert "%vidgo resume" in str(error)
    assert (job.status, job.charge) == ("fetching", Decimal(24))
    assert bench.entry(job.id).record.state.value == "fetching"
    assert capfd.readouterr() == ("", "")
    bench.emulator.faults.clear()
    again = bench.resume(job.id)
    assert again.result(LONG_ENOUGH).bytes == PNG
    assert again.status == "finished"
    assert (bench.emulator.count("submit"), bench.charged, bench.emulator.charged) == (1, 24, 24)


def test_nothing_of_a_broken_file_stays_in_the_store(bench: Workbench) -> None:
    bench.emulator.faults.add(Fault("file", status=200, body=PNG[:100], times=None))
    bench.buy().exception(LONG_ENOUGH)
    files = [path for path in bench.store.folder.rglob("*") if path.is_file() and path.name != ".gitignore"]
    assert files == []


def test_a_finished_task_without_files_is_asked_again(bench: Workbench) -> None:
    def without_files(body: dict) -> dict:
        body["data"]["files"] = []
        return body

    bench.emulator.faults.add(Fault("status", alter=without_files, times=4))
    job = bench.buy()
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert bench.charged == 24


def test_a_finished_task_that_never_names_a_file_stays_resumable(bench: Workbench) -> None:
    def without_files(body: dict) -> dict:
        body["data"].pop("files", None)
        return body

    bench.emulator.faults.add(Fault("status", alter=without_files, times=None))
    job = bench.buy()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is FetchError
    assert "returned no file" in str(error)
    assert job.status == "fetching"
    bench.emulator.faults.clear()
    assert bench.resume(job.id).result(LONG_ENOUGH).bytes == PNG


def test_an_expired_address_is_renewed(bench: Workbench) -> None:
    """Signed URLs live for minutes: after a failure the service is asked for a new one."""

    expired = iter([True])

    def expire_once(body: dict) -> dict:
        for file in body["data"]["files"]:
            if next(expired, False):
                file["file_url"] = file["file_url"].replace("/files/", "/files/expired-")
        return body

    bench.emulator.faults.add(Fault("status", alter=expire_once, times=None))
    assert bench.buy().result(LONG_ENOUGH).bytes == PNG
    assert bench.emulator.count("file") == 2


def test_a_store_that_fills_up_meanwhile_keeps_the_picture_in_memory(bench: Workbench) -> None:
    purchase = bench.plan()
    bench.store.folder.mkdir()
    (bench.store.folder / "objects").write_text("a file where a folder should be")
    bench.engine.buy(purchase, bench.account)
    job = purchase.job
    result = job.result(LONG_ENOUGH)
    assert result.path is None
    assert result.bytes == PNG
    assert "in memory" in repr(result)
    (note,) = job.notes
    assert "could not be stored" in note
    assert "job.result().save(path)" in note
    assert result.save(Path("rescued.png")).read_bytes() == PNG
    assert bench.charged == 24
    # Once there is room again, it can be fetched into the store.
    (bench.store.folder / "objects").unlink()
    assert job.status == "fetching"
    assert bench.resume(job.id).result(LONG_ENOUGH).path is not None


@pytest.mark.parametrize("format", ["JPEG", "WEBP"])
def test_other_formats_keep_their_bytes_and_get_their_ending(format: str, open_bench: OpenBench) -> None:
    data = picture(format)
    result = open_bench(draw=lambda _: data).buy().result(LONG_ENOUGH)
    assert result.path is not None
    assert (result.path.suffix, result.path.read_bytes()) == ({"JPEG": ".jpg", "WEBP": ".webp"}[format], data)


def repairing(bench: Workbench, **changes: object) -> Job:
    """A job that fetches a bought picture again, under way; ``changes`` are made to its record."""
    bought = bench.buy().wait(LONG_ENOUGH)
    stored = bought.result()
    assert stored.path is not None
    stored.path.write_text("not a picture")
    state = replace(bought.record, state=JobState.FETCHING)
    job = Job(bought.request, bought.quote, state, bought.provider)
    entry = bench.entry(bought.id)
    bench.engine.repair(Purchase(job, entry, bench.store), replace(stored.record, **changes), bench.account)
    return job


def test_a_damaged_picture_is_fetched_again_and_not_bought_again(bench: Workbench) -> None:
    job = repairing(bench)
    result = job.result(LONG_ENOUGH)
    assert result.bytes == PNG
    assert bench.store.picture(result.record) == result.path
    assert (bench.emulator.count("submit"), bench.charged) == (1, 24)


def test_a_repair_that_meets_a_fault_of_ours_ends_all_the_same(bench: Workbench) -> None:
    """A job that never ends would hang an unattended run."""
    job = repairing(bench, fields={"size": object()})  # can't be written as JSON
    assert "fault in vidgo_notebook" in str(job.exception(LONG_ENOUGH))


def test_a_repair_that_is_stopped_ends(bench: Workbench) -> None:
    bench.emulator.faults.add(Fault("file", delay=60, times=None, when=lambda _: bench.emulator.count("file") > 1))
    job = repairing(bench)
    wait_until(lambda: bench.emulator.count("file") == 2)
    bench.engine.stop()
    assert isinstance(job.exception(LONG_ENOUGH), VidgoError)
