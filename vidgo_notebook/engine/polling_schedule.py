"""When to ask the service again. Pure.

Every question costs a request, every second of not asking delays the picture. What helps: progress
that the service reports, and how long jobs of the same kind took before. The measure is the median
lag times the median number of requests, divided by the duration; a loop with a fixed interval has
0.5, whatever its interval.
"""

from __future__ import annotations

from collections.abc import Sequence

Report = tuple[float, float]
"""The job's age in seconds and the progress, in percent, reported then."""

_SHORTEST = 0.03
_ENOUGH_DURATIONS = 3
_STEPS_OVER_SPREAD = 10
_OVERRUN_SHARE = 0.1

# Nothing known: the k-th question at FIRST × k^POWER seconds. Intervals that shrink a little bring
# the measure to POWER / 2 for any duration; intervals that grow, as in a backoff, make it worse.
_COLD_FIRST, _COLD_POWER = 0.58, 0.88

# With progress: sleep most of what seems left, then the rest and a little more. Progress comes in
# whole percents, so half a percent of it is not there yet.
_FAR_FROM_DONE, _MOST = 0.2, 0.9
_A_LITTLE_MORE = 0.006
_ROUNDING = 0.5

_BACKOFF_FIRST, _BACKOFF_LONGEST = 0.5, 30.0


def next_delay(age: float, reports: Sequence[Report] = (), past: Sequence[float] = ()) -> float:
    """Seconds until the next status request, at least 0.03.

    ``age`` is the job's age, ``reports`` the progress so far, ``past`` the durations of like jobs,
    all in seconds. Progress that moves is believed first, then experience, then nothing is known.
    """
    moving = [report for report in reports if 0 < report[1] < 100]
    if moving:
        return max(_SHORTEST, _by_progress(age, _from_the_start(moving, past)))
    if len(past) >= _ENOUGH_DURATIONS:
        return max(_SHORTEST, _by_experience(age, min(past), max(past)))
    return max(_SHORTEST, _cold(age))


def _from_the_start(moving: Sequence[Report], past: Sequence[float]) -> Sequence[Report]:
    """The reports, and before them 0 % at 0 s where that makes the job as long as others were: it began at once."""
    age, progress = moving[0]
    began_at_once = len(past) >= _ENOUGH_DURATIONS and min(past) <= 100 * age / (progress + _ROUNDING) <= max(past)
    return [(0.0, 0.0), *moving] if began_at_once else moving


def _by_progress(age: float, moving: Sequence[Report]) -> float:
    (age_0, progress_0), (age_1, progress_1) = moving[0], moving[-1]
    if progress_1 <= progress_0:
        return min(age, (100 - progress_1) * age_1 / progress_1 / 2)  # a late start looks like a slow job
    limiter = (age_1 - age_0) / (progress_1 - progress_0)
    left = max(0.0, age_1 + (100 - progress_1 - _ROUNDING) * limiter - age)
    total = age + left
    wait = _MOST * left if left > _FAR_FROM_DONE * total else left + _A_LITTLE_MORE * total
    return min(wait, age)  # should progress jump to the end, the lag is at most what the job took


def _by_experience(age: float, quickest: float, slowest: float) -> float:
    """Sleep until the quickest of the past would be done, then look often until the slowest would."""
    first = 0.98 * quickest
    if age < first:
        return first - age
    step = max((slowest - quickest) / _STEPS_OVER_SPREAD, _SHORTEST)
    return step if age <= slowest else step + _OVERRUN_SHARE * (age - slowest)


def _cold(age: float) -> float:
    asked = (age / _COLD_FIRST) ** (1 / _COLD_POWER)
    return float(_COLD_FIRST * (asked + 1) ** _COLD_POWER - age)


def expected_duration(past: Sequence[float]) -> float | None:
    """The median of past durations in seconds; None without any."""
    return sorted(past)[len(past) // 2] if past else None


def backoff(attempt: int, retry_after: float | None = None) -> float:
    """Seconds to wait after the ``attempt``-th failure in a row (from 1)."""
    return retry_after if retry_after is not None else min(_BACKOFF_LONGEST, _BACKOFF_FIRST * 2 ** (attempt - 1))
