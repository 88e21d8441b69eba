"""Uploads: once per content, remembered while they live, patient, and never before the price is settled."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.durable_journal import durably
from tests.fixtures.live_session import (
    DAY,
    EDIT,
    PATIENCE,
    URL,
    LiveSession,
    OpenLiveSession,
    in_kernel,
    sent_urls,
    spent,
    tasks,
    uploaded,
)
from tests.fixtures.orders import new_request
from tests.fixtures.pil_images import decoded, noise, same_look
from tests.fixtures.sample_pictures import PNG, picture
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Emulator, Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.batch_progress import progress_of
from vidgo_notebook.engine.lease import new_owner
from vidgo_notebook.errors import APIError, BudgetError, RequestError, TransportError, VidgoError
from vidgo_notebook.render.progress import progress_text


def test_a_file_reaches_the_service_and_the_submit_names_where_it_lies(live: LiveSession, emulator: Emulator) -> None:
    Path("shelf.png").write_bytes(PNG)
    live.made("Put a cup on the shelf", "shelf.png")
    (upload,) = emulator.uploads
    assert uploaded(emulator) == [PNG]
    assert sent_urls(emulator) == [[f"https://api.example/uploads/{upload.path}"]]
    assert tasks(emulator)[0].request.model == EDIT


def test_two_jobs_at_once_with_one_content_upload_it_once(live: LiveSession, emulator: Emulator) -> None:
    Path("shelf.png").write_bytes(PNG)
    emulator.faults.add(Fault("upload", delay=0.1))
    jobs = [live.ask("one", "shelf.png"), live.ask("two", PNG), live.ask("three", [PNG, PNG])]
    assert len({job.result(PATIENCE).digest for job in jobs}) == 3
    (upload,) = emulator.uploads
    url = f"https://api.example/uploads/{upload.path}"
    assert sorted(sent_urls(emulator)) == [[url], [url], [url, url]]


def test_another_kernel_does_not_upload_again_what_is_still_there(
    open_live: OpenLiveSession, emulator: Emulator
) -> None:
    open_live().made("one", PNG)
    open_live(store="elsewhere").made("two", PNG)
    assert emulator.count("upload") == 1
    assert len(tasks(emulator)) == 2


def test_kernels_at_once_with_one_content_upload_it_once(open_live: OpenLiveSession, emulator: Emulator) -> None:
    emulator.faults.add(Fault("upload", delay=0.3))
    jobs = [open_live(store=name).ask(name, PNG) for name in ("one", "two", "three")]
    for job in jobs:
        job.result(PATIENCE)
    assert emulator.count("upload") == 1
    assert len(tasks(emulator)) == 3


@pytest.mark.parametrize("days", [0, 1, -1])
def test_a_kernel_that_died_while_it_uploaded_holds_up_the_others_for_fifteen_seconds_whatever_the_clock_says(
    days: int, live: LiveSession, emulator: Emulator, time: FastTime
) -> None:
    (reference,) = live.request("one", PNG).references
    began, journal = time.monotonic(), live.session.journal
    assert durably(journal).claim_upload(URL, reference.identity, "elsewhere|1|1|1", time.now())
    time.set_clock(days * 86_400)
    job = live.ask("one", PNG)
    wait_until(lambda: moving.tracking(job).activity == "waiting for another kernel to upload its image")
    job.result(PATIENCE)
    assert len(emulator.uploads) == 1
    assert time.monotonic() - began >= 15


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process can't be looked at")
def test_an_upload_whose_kernel_is_surely_gone_is_taken_on_at_once(
    live: LiveSession, emulator: Emulator, time: FastTime
) -> None:
    (reference,) = live.request("one", PNG).references
    gone = subprocess.Popen(["true"])
    owner = new_owner(gone.pid)
    gone.wait()
    assert durably(live.session.journal).claim_upload(URL, reference.identity, owner, time.now())
    time.slept.clear()
    live.made("one", PNG)
    assert 0.5 not in time.slept, "no process uploads it, so none is waited for"


def test_a_kernel_whose_upload_failed_leaves_it_to_the_next_at_once(
    open_live: OpenLiveSession, emulator: Emulator, time: FastTime
) -> None:
    emulator.faults.add(Fault("upload", status=413))
    with pytest.raises(APIError):
        open_live().made("one", PNG)
    time.slept.clear()
    open_live(store="elsewhere").made("two", PNG)
    assert 0.5 not in time.slept, "no upload is under way, so none is waited for"


@pytest.mark.parametrize(("hours", "uploads"), [(70, 1), (71.5, 2), (73, 2)])
def test_an_upload_is_relied_on_until_an_hour_before_its_end(
    hours: float, uploads: int, open_live: OpenLiveSession, emulator: Emulator, time: FastTime
) -> None:
    """It ends after 72 hours; a submit that names one that is gone would be refused."""
    open_live().made("one", PNG)
    time.skip(hours * 3600)
    open_live().made("two", PNG)
    assert emulator.count("upload") == uploads


def test_an_image_that_expires_while_its_submit_waits_is_uploaded_again(
    live: LiveSession, emulator: Emulator, time: FastTime
) -> None:
    emulator.faults.add(Fault("submit", status=429, headers={"Retry-After": "200"}))
    job = live.ask("one", PNG)
    wait_until(lambda: moving.tracking(job).activity)
    time.skip(3 * DAY)
    job.result(PATIENCE)
    assert emulator.count("upload") == 2
    first, second = sent_urls(emulator)
    assert first != second
    assert spent(live) == 2


def test_a_service_that_keeps_uploads_for_minutes_only_is_used_all_the_same(
    live: LiveSession, emulator: Emulator
) -> None:
    """The margin adapts to what the service says: nothing is uploaded in circles."""

    def short(body: dict) -> dict:
        return {**body, "data": {**body["data"], "expires_at": body["data"]["upload_time"]}}

    emulator.faults.add(Fault("upload", times=None, alter=short))
    live.made("one", PNG)
    assert emulator.count("upload") == 1


def test_an_upload_that_the_service_lost_before_its_time_is_uploaded_again_by_the_next_cell(
    live: LiveSession, emulator: Emulator, time: FastTime
) -> None:
    """Else every edit of that image would be refused for three days."""
    live.made("one", PNG)
    emulator.uploads._uploads.clear()  # not by its clock: with that the upload would end for us too
    with pytest.raises(APIError, match="does not exist"):
        live.made("two", PNG)
    live.made("two", PNG)
    assert (emulator.count("upload"), len(tasks(emulator)), spent(live)) == (2, 2, 4)


def test_uploads_at_the_emulator_in_the_kernel_are_used_again_and_end_with_it(folder: Path) -> None:
    """Its next kernel has another emulator, which knows none of them; the journal is the same."""
    for kernel in ("first", "second"):
        emulator = Emulator(latency=0)
        settings = Vidgo(mode="emulator", journal=str(folder / "journal.sqlite3"))
        session = Session(settings, lambda: True, lambda question: True, connect=partial(in_kernel, emulator))
        for edit in ("one", "two"):
            job = order_jobs(
                session, [new_request(session, f"{kernel} {edit}", images=PNG, size="1:1", resolution="1K")]
            )[0]
            wait_until(lambda job=job: job.task_id or job.done())
            assert moving.state(job).accepted
        assert emulator.count("upload") == 1
        session.close()


def test_a_rate_limit_on_uploads_is_waited_out_and_the_waiting_is_shown(
    live: LiveSession, emulator: Emulator, time: FastTime
) -> None:
    emulator.faults.add(Fault("upload", status=429, headers={"Retry-After": "100"}, times=2))
    job = live.ask("one", PNG)
    wait_until(lambda: moving.tracking(job).activity.startswith("rate limited, next try in "))
    assert job.status == "uploading"
    assert len(uploaded(emulator)) == 0
    time.skip(100)
    job.result(PATIENCE)
    assert emulator.count("upload") == 3
    assert spent(live) == 2


def test_how_far_the_uploads_are_is_counted_with_their_size_and_seconds(live: LiveSession, emulator: Emulator) -> None:
    first, second = noise("RGB", (1200, 700)), noise("RGB", (64, 64))
    emulator.faults.add(Fault("upload", delay=0.3))
    job = live.ask("one", [first, "https://example.com/cup.png", second])
    said: list[str] = []
    moving.watch(job, lambda job: said.append(progress_text(progress_of(Batch([job])))))
    job.result(PATIENCE)
    assert "uploading images: 1 of 2 (2.5 MB), 0 s" in said
    second_one = [text for text in said if text.startswith("uploading images: 2 of 2, ")]
    assert second_one, "a small one's size is not said; a URL is not uploaded"
    assert not any("of 2" in text for text in said[-2:]), "gone once they are there"


def test_one_image_is_not_counted_and_several_jobs_have_their_uploads_in_one_line(
    live: LiveSession, emulator: Emulator
) -> None:
    emulator.faults.add(Fault("upload", delay=0.3))
    batch = Batch([live.ask("one", PNG), live.ask("two", PNG)])
    said: list[str] = []
    for job in batch:
        moving.watch(job, lambda _: said.append(progress_text(progress_of(batch))))
    batch.wait()
    assert any(text.startswith("0 of 2 done, 0 running, uploading an image, ") for text in said)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("upload", status=500, times=2),
        Fault("upload", drop=True, times=2),
        Fault("upload", refuse_connection=True, times=2),
        Fault("upload", status=200, body="<html>", times=2),
    ],
    ids=["500", "lost answer", "no connection", "no sense"],
)
def test_an_upload_that_fails_in_passing_is_tried_again_since_uploads_are_free(
    fault: Fault, live: LiveSession, emulator: Emulator
) -> None:
    emulator.faults.add(fault)
    live.made("one", PNG)
    assert emulator.count("upload") == 3
    assert len(tasks(emulator)) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("upload", status=413, times=None), APIError),
        (Fault("upload", status=415, times=None), APIError),
        (Fault("upload", status=400, times=None), APIError),
        (Fault("upload", status=500, times=None), APIError),
        (Fault("upload", drop=True, times=None), TransportError),
    ],
    ids=["413", "415", "400", "500", "drop"],
)
def test_an_upload_that_fails_for_good_ends_the_job_with_one_clear_message_and_no_cost(
    fault: Fault, kind: type[VidgoError], live: LiveSession, emulator: Emulator
) -> None:
    emulator.faults.add(fault)
    job = live.ask("one", [PNG, kept("shelf.png")])
    with pytest.raises(kind) as failed:
        job.result(PATIENCE)
    assert "image 1 (bytes) could not be uploaded" in str(failed.value)
    assert failed.value.hint, "it says what to do"
    assert "nothing was spent" in str(failed.value)
    assert moving.state(job) is JobState.REFUSED
    assert (len(tasks(emulator)), spent(live), live.committed) == (0, 0, 0)
    emulator.faults.clear()
    live.made("one", [PNG, kept("shelf.png")])
    assert len(emulator.uploads) == 2


def kept(name: str) -> Path:
    """A picture in a file of the working folder."""
    Path(name).write_bytes(picture(shade=3))
    return Path(name)


def test_a_rate_limit_that_never_ends_ends_the_waiting_at_last(open_live: OpenLiveSession, emulator: Emulator) -> None:
    emulator.faults.add(Fault("upload", status=429, times=None))
    live = open_live(timeout=30.0)
    with pytest.raises(APIError, match="could not be uploaded"):
        live.made("one", PNG)
    assert (len(tasks(emulator)), spent(live)) == (0, 0)


# What is never uploaded


def test_an_invalid_request_uploads_nothing(live: LiveSession, emulator: Emulator) -> None:
    with pytest.raises(RequestError, match="size"):
        live.ask("one", PNG, size="16:10")
    assert emulator.count() == 0


def test_a_request_above_the_budget_uploads_nothing(open_live: OpenLiveSession, emulator: Emulator) -> None:
    live = open_live(budget=1.0)
    with pytest.raises(BudgetError):
        live.ask("one", PNG)
    with pytest.raises(BudgetError):
        open_live().ask("one", PNG, max_credits=Decimal(1))
    assert emulator.count() == 0


def test_a_price_that_is_declined_uploads_nothing(open_live: OpenLiveSession, emulator: Emulator) -> None:
    live = open_live(agrees=False, confirm_above=1.0)
    with pytest.raises(BudgetError, match="not confirmed"):
        live.ask("one", PNG)
    assert len(live.questions) == 1
    assert emulator.count() == emulator.count("balance")


def test_an_edit_that_is_stored_asks_the_service_for_nothing(
    open_live: OpenLiveSession, emulator: Emulator, time: FastTime
) -> None:
    """Tomorrow, in a fresh kernel, after the upload has ended: the same edit is a store hit."""
    Path("shelf.png").write_bytes(PNG)
    first = open_live().made("one", ["shelf.png", noise("RGB")])
    asked = emulator.count()
    time.skip(4 * DAY)
    again = open_live().ask("one", ["shelf.png", noise("RGB")])
    assert again.done()
    assert again.result().path == first.path
    assert again.charge == 0
    assert emulator.count() == asked


def test_two_kernels_at_once_buy_one_edit_once(open_live: OpenLiveSession, emulator: Emulator) -> None:
    jobs = [open_live(store=f"store {number}").ask("one", noise("RGB")) for number in range(2)]
    assert len({job.result(PATIENCE).digest for job in jobs}) == 1
    assert (len(tasks(emulator)), emulator.count("upload")) == (1, 1)


# What travels


def test_the_key_goes_to_the_uploads_and_never_to_the_files(live: LiveSession, emulator: Emulator) -> None:
    live.made("one", PNG)
    assert {(call.kind, call.authorization) for call in emulator.log} == {
        ("balance", False),  # who answers; an emulator is asked without a key
        ("upload", True),
        ("submit", True),
        ("status", True),
        ("file", False),
    }


def test_where_an_upload_lies_is_no_part_of_what_is_stored(live: LiveSession, emulator: Emulator) -> None:
    """Its address ends in three days; the record is read for years."""
    result = live.made("one", noise("RGB"))
    (upload,) = emulator.uploads
    text = next((live.session.store.folder / "results").glob("*.json")).read_text()
    assert upload.path not in text
    assert result.record.references == (live.request("one", noise("RGB")).references[0].identity,)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "1", "P"])
def test_what_arrives_of_a_pil_image_is_what_it_shows(mode: str, live: LiveSession, emulator: Emulator) -> None:
    held = noise(mode)
    live.made("one", held)
    (arrived,) = uploaded(emulator)
    assert same_look(decoded(arrived), held)
    assert decoded(arrived).format == "PNG"
