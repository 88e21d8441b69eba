"""What judgements amount to: how far raters agree, and which condition is preferred, with bootstrap intervals.

- Agreement is Krippendorff's alpha, from the package krippendorff: nominal for pairs, ordinal for scores.
- Preference is the model of Bradley and Terry, fitted by the package choix. A tie is half a choice of each. What is
  stated is a chance: how often a condition is preferred to another one, on average over the others.
- An interval is that of a percentile bootstrap over pictures that were compared with each other, which for pairs are
  the conditions of one prompt, and for scores over pictures: it holds for these raters and other prompts. The draws
  have a fixed seed, so that the same judgements give the same figures.

Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. Bradley, R. A., & Terry, M. E. (1952). Rank
analysis of incomplete block designs I. Biometrika, 39. Maystre, L., & Grossglauser, M. (2015). Fast and accurate
inference of Plackett-Luce models. NeurIPS 28.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from vidgo_notebook.errors import VidgoError
from vidgo_notebook.store.results.judgements import HIGHEST_SCORE, Judgement

RESAMPLES = 1_000
_SEED = 20260101
_ALMOST_NOTHING = 1e-6
"""What choix adds to every rate: a condition that won every comparison has a finite estimate, and no other changes in
the first five digits."""
_ROUGHLY = 1e-3
"""The precision of the fit of a sample: a hundredth of a percent."""
_TAIL = 2.5  # percent, on each side


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; None where there is none."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """What was said of the pictures of one condition.

    ``counts`` are how often it ``won``, ``lost`` or ``tied``, or how often each score from 1 to 7 was given.
    ``estimate`` is its chance to be preferred to another condition, or its mean score, ``low`` and ``high`` are the
    limits of the 95 % interval; each is None where nothing is concluded.
    """

    condition: str
    counts: Mapping[str, int]
    estimate: float | None
    low: float | None
    high: float | None


def needed(name: str, use: str, install: str = 'pip install "vidgo-notebook[stats]"') -> Any:
    """An optional package, most from the extra ``stats``. VidgoError without it, or without what it is made of."""
    try:
        return import_module(name)
    except ImportError:
        raise VidgoError(
            f"{use} needs the package {name}, which is not installed.",
            cost="The judgements are kept, and counted.",
            hint=install,
        ) from None


def alpha(judgements: Sequence[Judgement], level: str) -> tuple[float | None, str]:
    """Krippendorff's alpha of one judgement for each rater and subject, or None and why there is none."""
    values: dict[frozenset[str], dict[str, int]] = {}
    for each in judgements:
        values.setdefault(each.subject, {})[each.rater] = _value(each)
    shared = [by_rater for by_rater in values.values() if len(by_rater) > 1]
    raters = sorted({rater for by_rater in shared for rater in by_rater})
    if not shared:
        return None, "nothing was judged by two raters"
    if len({value for by_rater in shared for value in by_rater.values()}) == 1:
        return None, "all answers are the same, and alpha is not defined without any difference"
    table = [[by_rater.get(rater, math.nan) for by_rater in shared] for rater in raters]
    krippendorff = needed("krippendorff", "Agreement")
    return float(krippendorff.alpha(reliability_data=table, level_of_measurement=level)), ""


def _value(judgement: Judgement) -> int:
    """An answer as a number; of a pair the same for both ways in which it can be shown."""
    if judgement.score is not None:
        return judgement.score
    left, right = (each.digest for each in judgement.pictures)
    if judgement.choice == "tie":
        return 1
    return 0 if (judgement.choice == "left") == (left < right) else 2


def preferences(judgements: Sequence[Judgement], conditions: Sequence[str]) -> tuple[dict[str, Estimate], str]:
    """For each condition how often it is preferred to another one, and why there is no interval, or no estimate."""
    numpy, choix = needed("numpy", "The preference"), needed("choix", "The preference")
    places = {name: place for place, name in enumerate(conditions)}
    groups = _groups(judgements)
    wins = numpy.zeros((len(groups), len(places), len(places)))
    for number, group in enumerate(groups):
        for judgement in group:
            left, right = (places[each.condition] for each in judgement.pictures)
            share = {"left": 1.0, "right": 0.0}.get(judgement.choice, 0.5)
            wins[number, left, right] += share
            wins[number, right, left] += 1 - share
    total = wins.sum(axis=0)
    if not _is_connected(total):
        return {}, "not all conditions were compared, not even by way of a third one"
    strengths = _strengths(numpy, choix, total)
    value = _chances(numpy, strengths)

    def again(weights: Any) -> Any:  # it begins with what it will be near to, which takes a third of the time
        return _chances(numpy, _strengths(numpy, choix, numpy.tensordot(weights, wins, 1), strengths, _ROUGHLY))

    spread = _spread(numpy, len(groups), again)
    why = "" if spread is not None else "there is one group of pictures only, so no interval"
    return _estimates(conditions, value, spread), why


def _strengths(numpy: Any, choix: Any, wins: Any, begin: Any = None, precision: float = 1e-6) -> Any:
    """The strength of each condition, NaN where nothing is known: it was not compared, or the fit does not converge."""
    known = numpy.flatnonzero((wins + wins.T).sum(axis=1))
    found = numpy.full(len(wins), math.nan)
    own, first = wins[numpy.ix_(known, known)], None if begin is None else begin[known]
    with suppress(RuntimeError):
        found[known] = choix.ilsr_pairwise_dense(own, _ALMOST_NOTHING, first, max_iter=1000, tol=precision)
    return found


def _chances(numpy: Any, strengths: Any) -> Any:
    """The chance of each condition to be preferred to another, on average over those that are known."""
    known = ~numpy.isnan(strengths)
    against = 1 / (1 + numpy.exp(strengths[None, :] - strengths[:, None]))
    average = (numpy.nansum(against, axis=1) - 0.5) / (numpy.count_nonzero(known) - 1)  # without itself
    return numpy.where(known, average, math.nan)


def means(judgements: Sequence[Judgement], conditions: Sequence[str]) -> tuple[dict[str, Estimate], str]:
    """The mean score of each condition, and why there is no interval."""
    numpy = needed("numpy", "The interval of a mean")
    places = {name: place for place, name in enumerate(conditions)}
    pictures = sorted({each.subject for each in judgements}, key=sorted)
    sums, counts = (numpy.zeros((len(pictures), len(places))) for _ in range(2))
    numbers = {picture: number for number, picture in enumerate(pictures)}
    for each in judgements:
        at = numbers[each.subject], places[each.pictures[0].condition]
        sums[at] += each.score or 0
        counts[at] += 1

    def mean(weights: Any) -> Any:
        of = weights @ counts
        return numpy.divide(weights @ sums, of, out=numpy.full(len(places), math.nan), where=of > 0)

    spread = _spread(numpy, len(pictures), mean)
    why = "" if spread is not None else "there is one picture only, so no interval"
    return _estimates(conditions, mean(numpy.ones(len(pictures))), spread), why


def _spread(numpy: Any, units: int, estimate: Any) -> Any:
    """The lower and the upper limits, from samples of the units with replacement; None for a single one."""
    if units < 2:
        return None
    draws = numpy.random.default_rng(_SEED).multinomial(units, [1 / units] * units, size=RESAMPLES)
    different, which = numpy.unique(draws, axis=0, return_inverse=True)  # of few units there are few samples
    found = numpy.array([estimate(weights) for weights in different.astype(float)])[which.reshape(-1)]
    known = ~numpy.isnan(found).all(axis=0)
    limits = numpy.full((2, found.shape[1]), math.nan)
    limits[:, known] = numpy.nanpercentile(found[:, known], [_TAIL, 100 - _TAIL], axis=0)
    return limits


def _estimates(conditions: Sequence[str], values: Any, spread: Any) -> dict[str, Estimate]:
    def number(value: Any) -> float | None:
        return None if math.isnan(value) else float(value)

    limits = [(None, None)] * len(conditions) if spread is None else [tuple(map(number, each)) for each in spread.T]
    return {
        name: Estimate(number(value), low, high)
        for name, value, (low, high) in zip(conditions, values, limits, strict=True)
    }


def _groups(judgements: Sequence[Judgement]) -> list[list[Judgement]]:
    """The judgements of pictures that were compared with each other, directly or by way of others."""
    leaders: dict[str, str] = {}

    def leader(digest: str) -> str:
        while (above := leaders.setdefault(digest, digest)) != digest:
            leaders[digest] = digest = leaders.get(above, above)
        return digest

    for each in judgements:
        left, right = (leader(picture.digest) for picture in each.pictures)
        leaders[max(left, right)] = min(left, right)
    found: dict[str, list[Judgement]] = {}
    for each in judgements:
        found.setdefault(leader(each.pictures[0].digest), []).append(each)
    return [found[name] for name in sorted(found)]


def _is_connected(wins: Any) -> bool:
    """Whether every condition was compared with every other, directly or by way of others."""
    compared, seen, waiting = wins + wins.T, {0}, [0]
    while waiting:
        for other in compared[waiting.pop()].nonzero()[0]:
            if (place := int(other)) not in seen:
                seen.add(place)
                waiting.append(place)
    return len(seen) == len(wins)


def counts_of(judgements: Sequence[Judgement], condition: str) -> Mapping[str, int]:
    """How often a condition won, lost and tied; of scores how often each was given."""
    found = dict.fromkeys(
        ("won", "lost", "tied") if _are_pairs(judgements) else map(str, range(1, HIGHEST_SCORE + 1)), 0
    )
    for each in judgements:
        for picture, side in zip(each.pictures, ("left", "right"), strict=False):
            if picture.condition == condition:
                name = str(each.score) if each.score else "tied" if each.choice == "tie" else ""
                found[name or ("won" if each.choice == side else "lost")] += 1
    return found


def _are_pairs(judgements: Sequence[Judgement]) -> bool:
    return bool(judgements) and judgements[0].kind == "pairs"
