"""How far a batch is, as its bar says it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.engine.handles.mixed_batches import batch_of
from vidgo_notebook.engine.clock import since_boot
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.batch_progress import progress_of
from vidgo_notebook.render.progress import progress_text

DAY = 24 * 3600.0

# states; what the bar says
BARS = [
    (["running", "running", "planned"], "0 of 3 done, 2 running, 0 credits charged, up to 24 at stake"),
    (["finished", "failed", "running-"], "1 of 3 done, 1 running, 1 failed, 12 credits charged, up to 2 at stake"),
    (["finished", "finished?", "planned"], "2 of 3 done, 0 running, 12 credits and 1 unpublished charged"),
]


@pytest.mark.parametrize(("states", "said"), BARS)
def test_the_bar_of_a_batch_says_what_was_charged_and_what_is_at_stake(states: list[str], said: str) -> None:
    assert progress_text(progress_of(batch_of(*states))) == said


def test_the_bar_of_stand_ins_has_no_credits() -> None:
    assert progress_text(progress_of(batch_of("finished", "running", provider="emulator"))) == (
        "1 of 2 done, 1 running"
    )


def test_one_picture_is_a_batch_of_one_whose_bar_says_what_it_does() -> None:
    one = batch_of("running")
    known = moving.tracking(one[0])
    known.since, known.expected, known.activity = 1000.0, 8.0, "rate limited"
    now = progress_of(one, now=1002.0)
    assert (now.percent, progress_text(now)) == (25, "being made, rate limited, 2 s of about 8 s")
    assert progress_text(progress_of(batch_of("finished"))) == "1 of 1 done, 0 running, 12 credits charged"


def test_the_bar_of_a_batch_is_as_long_as_its_pictures_are_far() -> None:
    batch = batch_of("finished", "failed", "running", "planned")
    known = moving.tracking(batch[2])
    known.since, known.expected = 1000.0, 8.0
    assert progress_of(batch, now=1004.0).percent == (100 + 100 + 50 + 2) / 4
    assert progress_of(batch, now=2000.0).percent == (100 + 100 + 97 + 2) / 4
    assert progress_of(Batch([])).percent == 100


def test_what_the_service_says_of_a_jobs_progress_counts_more_than_how_long_others_took() -> None:
    one = batch_of("running")
    known = moving.tracking(one[0])
    known.since, known.expected = 1000.0, 1.0  # jobs of a second before it
    known.record = replace(known.record, progress=20.0)
    now = progress_of(one, now=1002.0)
    assert (now.percent, progress_text(now)) == (20, "being made, 2 s of about 10 s")


def test_pictures_that_take_longer_than_expected_are_not_said_to_be_there_in_no_time() -> None:
    batch = batch_of("finished", "finished", "finished", "running", "running")
    now = since_boot() + 30
    for job in batch:
        moving.tracking(job).since, moving.tracking(job).expected = now - 30, 1.0
    assert progress_of(batch, now=now).seconds_left > 10  # 3 pictures took 30 s, and 2 are left
    several = batch_of("running", "running")
    moving.tracking(several[0]).since, moving.tracking(several[0]).expected = now - 30, 1.0
    assert progress_of(several, now=now).seconds_left is None


@pytest.mark.parametrize("by", [DAY, -DAY])
def test_a_clock_that_is_set_by_a_day_does_not_change_the_seconds_shown(
    by: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, several = batch_of("running"), batch_of("finished", "running")
    for batch in (one, several):
        moving.sent_at(batch[-1], time.time() - 2)
        moving.tracking(batch[-1]).expected = 800.0
    set_clock = time.time() + by
    monkeypatch.setattr(time, "time", lambda: set_clock)
    now = progress_of(one)
    assert 2 <= now.elapsed < 700
    assert now.percent < 97
    assert 0 < progress_of(several).seconds_left < 799
    moving.sent_at(one[0], moving.tracking(one[0]).began)
    assert 2 <= progress_of(one).elapsed < 700
