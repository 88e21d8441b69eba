"""When to poll a task again: pure functions.

Every poll costs a request, every second without one delays the picture. The progress that the service
reports helps, and how long jobs of the same kind took before. The measure is the median lag times the
median number of requests, divided by the duration; a loop with a fixed interval has 0.5, whatever its
interval.
"""

from __future__ import annotations

from collections.abc import Sequence

ProgressReport = tuple[float, float]
"""The job's age in seconds and the progress, in percent, reported then."""

_SHORTEST = 0.03
_ENOUGH_DURATIONS = 3
_STEPS_OVER_SPREAD = 10
_OVERRUN_SHARE = 0.1
_BEFORE_THE_QUICKEST = 0.98
_LONGEST = 3600.0
"""Seconds; a longer duration is that of a job that no process watched, or was measured by a clock that was set."""

_USUAL = 4.0
"""Times the median: a longer duration is of a job that finished while its status was not requested."""

# Nothing known: the k-th request at FIRST × k^POWER seconds. Intervals that shrink a little bring
# the measure to POWER / 2 for any duration; intervals that grow, as in a backoff, make it worse.
_COLD_FIRST, _COLD_POWER = 0.58, 0.88

CLOSELY_WATCHED = 8
"""Of many like jobs side by side so many are watched closely: they tell how long the others take."""

# With progress: sleep most of what seems left, then the rest and a little more. Progress comes in
# whole percents, so half a percent of it is not there yet.
_FAR_FROM_DONE, _MOST = 0.2, 0.9
_A_LITTLE_MORE = 0.006
_ROUNDING = 0.5

_BACKOFF_FIRST, _BACKOFF_LONGEST = 0.5, 30.0


def next_delay(age: float, reports: Sequence[ProgressReport] = (), past: Sequence[float] = (), alike: int = 1) -> float:
    """Seconds until the next status request, at least 0.03.

    ``age`` is the job's age, ``reports`` the progress so far, ``past`` the durations of like jobs,
    all in seconds. Progress that moves counts first, then ``past``; without either, the intervals follow from the age.
    ``alike`` is the number of like jobs side by side, or 1 for one that is watched closely. Beyond eight, with nothing
    known, they ask together as often as eight would; with known durations, the intervals grow with the root.
    """
    past = _usual(past)
    moving = [report for report in reports if 0 < report[1] < 100]
    if moving:
        first_age, progress = moving[0]
        duration = 100 * first_age / (progress + _ROUNDING)
        if past and min(past) <= duration <= max(past):
            moving = [(0.0, 0.0), *moving]  # as long as past jobs, if it started at once: so it did
        return max(_SHORTEST, _by_progress(age, moving))
    stretch = max(1.0, alike / CLOSELY_WATCHED)
    if past:
        return max(_SHORTEST, _by_past(age, min(past), max(past), stretch**0.5))
    requests = (age / _COLD_FIRST) ** (1 / _COLD_POWER)
    return float(max(_SHORTEST, stretch * (_COLD_FIRST * (requests + 1) ** _COLD_POWER - age)))


def unwatched_age(past: Sequence[float]) -> float:
    """The age to assume for a job that was not watched so far: it may end any moment, as one that is as old as the
    quickest of ``past`` took."""
    past = _usual(past)
    return _BEFORE_THE_QUICKEST * min(past) if past else 0.0


def plausible(durations: Sequence[float]) -> list[float]:
    """Those of some durations that a picture can take."""
    return [duration for duration in durations if 0 <= duration <= _LONGEST]


def _usual(past: Sequence[float]) -> Sequence[float]:
    """``past`` without what was measured at a job that was found again late; nothing if there are not enough."""
    past = plausible(past)
    if len(past) < _ENOUGH_DURATIONS:
        return ()
    longest = _USUAL * (expected_duration(past) or 0.0)
    return [duration for duration in past if duration <= longest]


def _by_progress(age: float, moving: Sequence[ProgressReport]) -> float:
    (age_0, progress_0), (age_1, progress_1) = moving[0], moving[-1]
    if progress_1 <= progress_0:
        return min(age, (100 - progress_1) * age_1 / progress_1 / 2)  # a late start looks like a slow job
    seconds_per_percent = (age_1 - age_0) / (progress_1 - progress_0)
    left = max(0.0, age_1 + (100 - progress_1 - _ROUNDING) * seconds_per_percent - age)
    total = age + left
    wait = _MOST * left if left > _FAR_FROM_DONE * total else left + _A_LITTLE_MORE * total
    return min(wait, age)  # if progress jumps to the end, the lag is at most the duration of the job


def _by_past(age: float, quickest: float, slowest: float, stretch: float) -> float:
    """Sleep until the quickest of the past was done, a step longer beside many, then poll until the slowest was."""
    step = stretch * max((slowest - quickest) / _STEPS_OVER_SPREAD, _SHORTEST)
    first = _BEFORE_THE_QUICKEST * quickest if stretch == 1 else min(quickest + step, slowest + _SHORTEST)
    if age < first:
        return first - age
    return step if age <= slowest else step + _OVERRUN_SHARE * (age - slowest)


def expected_duration(past: Sequence[float]) -> float | None:
    """The median of past durations in seconds; None without any."""
    return sorted(past)[len(past) // 2] if past else None


def backoff(attempt: int, retry_after: float | None = None) -> float:
    """Seconds to wait after the ``attempt``-th failure in a row (from 1)."""
    return retry_after if retry_after is not None else min(_BACKOFF_LONGEST, _BACKOFF_FIRST * 2 ** (attempt - 1))
