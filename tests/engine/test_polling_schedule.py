"""When the service is asked again: soon enough, seldom enough, for any job."""

from __future__ import annotations

import math
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidgo_notebook.engine.polling_schedule import backoff, expected_duration, next_delay, plausible, unwatched_age

SECONDS = st.floats(0, 1e6)
REPORTS = st.lists(st.tuples(SECONDS, st.floats(0, 100)), max_size=12).map(sorted)
USUAL = st.tuples(st.floats(0.5, 250), st.lists(st.floats(1, 4), min_size=3, max_size=20)).map(
    lambda drawn: [drawn[0] * factor for factor in drawn[1]]
)
PAST = st.lists(st.floats(0, 1e5), max_size=20)


@given(age=SECONDS, reports=REPORTS, past=PAST)
def test_a_delay_is_always_positive_and_finite(age, reports, past) -> None:
    delay = next_delay(age, reports, past)
    assert delay > 0
    assert math.isfinite(delay)


@given(age=SECONDS, reports=REPORTS)
def test_without_experience_a_wait_is_short_beside_what_was_waited_already(age, reports) -> None:
    """Should the job end right after a question, the picture comes at most as late as it took."""
    reports = [report for report in reports if report[0] <= age]
    assert next_delay(age, reports) <= max(age, 0.6) + 1e-6


@given(age=SECONDS, past=st.lists(st.floats(0.5, 3600), min_size=3, max_size=20))
def test_with_known_durations_the_first_request_comes_before_the_shortest_of_them(age, past) -> None:
    """A job may be as quick as the quickest, so it is asked for by then."""
    if age < min(past) - 0.1:
        assert age + next_delay(age, (), past) <= min(past) + 0.1


@given(age=st.floats(0, 2000), past=USUAL)
def test_a_job_slower_than_all_before_is_asked_for_less_and_less_often(age, past) -> None:
    slowest = max(past)
    late = slowest + age
    assert next_delay(late + 100, (), past) >= next_delay(late, (), past)


def test_steady_progress_decides_when_to_ask() -> None:
    """30 % after 3 s and 60 % after 6 s: the rest takes 4 s less half a percent's worth, 3.95 s.

    Far from done, nine tenths of that are slept: 3.555 s. Near the end all of it, and 0.6 % of the
    whole: at 9 s, 95 % were reported, 0.45 s are left, 9.45 s in all, so 0.45 + 0.0567.
    """
    assert next_delay(6.0, [(3.0, 30.0), (6.0, 60.0)]) == pytest.approx(3.555)
    assert next_delay(9.0, [(4.5, 50.0), (9.0, 95.0)]) == pytest.approx(0.5067)


def test_one_report_is_half_believed_since_a_late_start_looks_like_a_slow_job() -> None:
    """20 % after 4 s: 16 s seem left, half of it is 8 s, and more than the 4 s waited so far is too much."""
    assert next_delay(4.0, [(4.0, 20.0)]) == pytest.approx(4.0)
    assert next_delay(4.0, [(4.0, 80.0)]) == pytest.approx(0.5)


def test_one_report_is_believed_where_it_says_what_experience_says() -> None:
    """90 % after 18 s: 20 s in all if it began at once, and other jobs took about as long. So 9.5 % are left,
    1.9 s, and 0.6 % of the 19.9 s are added. Where others took longer, it is half believed: 2 s left, 1 s slept."""
    assert next_delay(18.0, [(18.0, 90.0)], [18.5, 20.0, 21.0]) == pytest.approx(2.0194)
    assert next_delay(18.0, [(18.0, 90.0)], [40.0, 41.0, 42.0]) == pytest.approx(1.0)


@pytest.mark.parametrize("reports", [[], [(1, 0), (2, 0)], [(9, 100)]])
def test_no_progress_and_full_progress_tell_nothing(reports: list[tuple[float, float]]) -> None:
    assert next_delay(10.0, reports) == next_delay(10.0)


def test_like_jobs_tell_when_to_ask_first() -> None:
    assert next_delay(0.0, (), [20.0, 21.0, 22.0]) == pytest.approx(19.6)  # 2 % before the quickest
    assert next_delay(0.0, (), [20.0, 21.0]) == pytest.approx(0.58)  # two are no experience


def test_many_like_jobs_ask_less_often_each() -> None:
    """Thirty-two are four times eight. With nothing known each waits four times as long; with known durations twice:
    two steps of 0.1 s from the quickest, and never far beyond the slowest."""
    assert next_delay(0.0, (), (), alike=8) == pytest.approx(0.58)
    assert next_delay(0.0, (), (), alike=32) == pytest.approx(2.32)
    assert next_delay(0.0, (), [20.0, 21.0, 22.0], alike=32) == pytest.approx(20.4)
    assert next_delay(21.0, (), [20.0, 21.0, 22.0], alike=32) == pytest.approx(0.4)
    assert next_delay(0.0, (), [20.0, 21.0, 22.0], alike=32_000) == pytest.approx(22.03)


def test_a_duration_far_beyond_the_usual_is_of_a_job_found_late_and_is_not_used() -> None:
    """Nor does one below zero: the clock was set back meanwhile."""
    usual = [20.0, 21.0, 22.0]
    for age in (0.0, 21.0, 40.0):
        assert next_delay(age, (), [*usual, 8 * 3600.0, -3600.0]) == next_delay(age, (), usual)


def test_a_job_that_was_not_watched_may_end_any_moment() -> None:
    """Its schedule begins where the quickest of the past was done: two tenths of a second between questions."""
    past = [20.0, 21.0, 22.0]
    assert next_delay(unwatched_age(past), (), past) == pytest.approx(0.2)
    assert next_delay(unwatched_age([]), (), []) <= 0.6


def test_failures_in_a_row_are_met_with_growing_patience() -> None:
    assert [backoff(attempt) for attempt in (1, 2, 3, 4, 7, 30)] == [0.5, 1.0, 2.0, 4.0, 30.0, 30.0]
    assert backoff(3, retry_after=17.0) == 17.0


def test_the_expected_duration_is_the_usual_one() -> None:
    assert expected_duration([]) is None
    assert expected_duration([4.0]) == 4.0
    assert expected_duration([100.0, 2.0, 3.0]) == 3.0


def test_a_duration_that_no_picture_can_take_is_not_expected_of_the_next_one() -> None:
    """A clock was set by a day meanwhile, or no process watched the job until the next morning."""
    assert plausible([24 * 3600.0 + 4, -24 * 3600.0, 4.0, 0.5]) == [4.0, 0.5]
    assert expected_duration(plausible([24 * 3600.0])) is None


@pytest.mark.parametrize("duration", [0.5, 3.0, 8.0, 20.0, 60.0, 120.0])
def test_even_knowing_nothing_lag_times_questions_is_no_worse_than_a_fixed_interval(duration: float) -> None:
    """Median lag × median number of questions ÷ duration: every fixed interval has 0.5."""
    lags, counts = [], []
    for step in range(101):
        end = duration * (0.8 + 0.004 * step)
        age, questions = 0.0, 0
        while age < end:
            age += next_delay(age)
            questions += 1
        lags.append(age - end)
        counts.append(questions)
    assert median(lags) * median(counts) / duration <= 0.55
