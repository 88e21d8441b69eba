"""Agreement and preference are what they are by hand, and no figure is stated where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import pytest

from vidgo_notebook.app.library.rating_statistics import alpha, counts_of, means, preferences
from vidgo_notebook.store.results.judgements import Judged, Judgement

_NEEDED = ("choix", "krippendorff")  # looked for only: choix takes a second to load
pytestmark = pytest.mark.skipif(not all(map(find_spec, _NEEDED)), reason="the extra for statistics is not installed")
TIME = "2026-11-30T09:15:00+00:00"


def digest(number: int) -> str:
    return f"{number:064x}"


def made(kind: str, rater: str, pictures: Sequence[tuple[int, str]], choice: str, score: int | None) -> Judgement:
    judged = tuple(Judged(digest(number), condition) for number, condition in pictures)
    key = f"{hash((rater, *pictures, choice, score)) & (2**128 - 1):032x}"
    return Judgement(key, "s", rater, TIME, kind, "Which?", "quality", judged, choice, score, 0, 1, False)  # type: ignore[arg-type]


def pair(rater: str, left: tuple[int, str], right: tuple[int, str], choice: str) -> Judgement:
    return made("pairs", rater, [left, right], choice, None)


def score(rater: str, picture: int, value: int, condition: str = "low") -> Judgement:
    return made("scale", rater, [(picture, condition)], "", value)


def test_alpha_of_pairs_is_that_of_nominal_data() -> None:
    """Two raters, four pairs: they agree on three and not on the last.

    Coincidences: first/first 4, second/second 2, first/second 1 and second/first 1; 5 times first, 3 times second, 8
    in all. alpha = 1 - (8 - 1) * (1 + 1) / (5 * 3 + 3 * 5) = 1 - 14 / 30.
    """
    a, b = (1, "low"), (2, "high")
    pairs = [((10 * n + 1, "low"), (10 * n + 2, "high")) for n in range(4)]
    said = {"ada": ["left", "left", "right", "left"], "ben": ["left", "left", "right", "right"]}
    judged = [pair(who, *pairs[n], answer) for who, answers in said.items() for n, answer in enumerate(answers)]
    assert alpha(judged, "nominal") == (pytest.approx(1 - 14 / 30), "")
    # The same, seen from the other side: what was shown on the left does not matter.
    mirrored = {"left": "right", "right": "left", "tie": "tie"}
    turned = [pair(each.rater, *[(int(p.digest, 16), p.condition) for p in each.pictures[::-1]], mirrored[each.choice])
              for each in judged[:4]]  # fmt: skip
    assert alpha([*turned, *judged[4:]], "nominal") == (pytest.approx(1 - 14 / 30), "")
    assert alpha([pair("ada", a, b, "tie"), pair("ben", b, a, "left")], "nominal")[0] == pytest.approx(0)


def test_alpha_of_scores_is_that_of_ordinal_data() -> None:
    """Two raters, four pictures, scores (1, 2), (2, 2), (3, 3), (1, 1): 3 times 1, 3 times 2, 2 times 3, 8 in all.

    Squared distances: 1 to 2 is (3 + 3 - 3)^2 = 9, 2 to 3 is (3 + 2 - 2.5)^2 = 6.25, 1 to 3 is
    (3 + 3 + 2 - 2.5)^2 = 30.25. Observed: 2 * 9 = 18. Expected: 2 * (9 * 9 + 6 * 6.25 + 6 * 30.25) = 600.
    alpha = 1 - (8 - 1) * 18 / 600.
    """
    table = [(1, 2), (2, 2), (3, 3), (1, 1)]
    judged = [score(who, n, row[place]) for n, row in enumerate(table) for place, who in enumerate(("ada", "ben"))]
    assert alpha(judged, "ordinal") == (pytest.approx(1 - 7 * 18 / 600), "")


def test_where_alpha_is_not_defined_the_reason_is_said() -> None:
    assert alpha([score("ada", 1, 3), score("ada", 2, 4)], "ordinal") == (None, "nothing was judged by two raters")
    assert alpha([score("ada", 1, 3), score("ben", 2, 4)], "ordinal") == (None, "nothing was judged by two raters")
    value, why = alpha([score(who, n, 3) for who in ("ada", "ben") for n in range(3)], "ordinal")
    assert (value, why) == (None, "all answers are the same, and alpha is not defined without any difference")


def test_of_two_conditions_the_chance_is_the_share_that_was_won() -> None:
    """3 of 4 are 0.75; a tie is half of each: (2 + 0.5) of 4 are 0.625."""
    shown = [((2 * n, "low"), (2 * n + 1, "high")) for n in range(4)]
    for answers, chance in ((["left", "left", "left", "right"], 0.75), (["left", "left", "tie", "right"], 0.625)):
        judged = [pair("ada", *shown[n], answer) for n, answer in enumerate(answers)]
        found, why = preferences(judged, ["low", "high"])
        assert why == ""
        assert found["low"].value == pytest.approx(chance, abs=1e-5)
        assert found["high"].value == pytest.approx(1 - chance, abs=1e-5)


def test_of_three_conditions_the_chances_are_those_of_bradley_and_terry() -> None:
    """High beats medium 2 to 1, medium beats low 2 to 1, high beats low 4 to 1: exactly the strengths 4, 2 and 1.

    High is preferred to medium with 4/6 and to low with 4/5; medium to high with 2/6 and to low with 2/3; low to high
    with 1/5 and to medium with 1/3.
    """
    played = [("high", "medium", 2, 1), ("medium", "low", 2, 1), ("high", "low", 4, 1)]
    judged = []
    for one, other, won, lost in played:
        for number in range(won + lost):
            shown = ((1000 + number, one), (2000 + number, other))
            judged.append(pair("ada", *shown, "left" if number < won else "right"))
    found, _ = preferences(judged, ["low", "medium", "high"])
    assert found["high"].value == pytest.approx((4 / 6 + 4 / 5) / 2, abs=1e-5)
    assert found["medium"].value == pytest.approx((2 / 6 + 2 / 3) / 2, abs=1e-5)
    assert found["low"].value == pytest.approx((1 / 5 + 1 / 3) / 2, abs=1e-5)


def test_a_condition_that_won_everything_has_a_finite_chance() -> None:
    judged = [pair("ada", (n, "low"), (n + 50, "high"), "right") for n in range(5)]
    found, _ = preferences(judged, ["low", "high"])
    assert found["high"].value == pytest.approx(1, abs=1e-4)
    assert (found["high"].low, found["high"].high) == (pytest.approx(1, abs=1e-4), pytest.approx(1, abs=1e-4))


def test_an_interval_of_pairs_is_that_of_samples_of_prompts() -> None:
    """Two prompts, one won by each: samples with replacement win all (1/4), half (1/2) or none (1/4)."""
    judged = [pair("ada", (1, "low"), (2, "high"), "left"), pair("ada", (3, "low"), (4, "high"), "right")]
    found, _ = preferences(judged, ["low", "high"])
    assert found["low"].value == pytest.approx(0.5)
    assert (found["low"].low, found["low"].high) == (pytest.approx(0, abs=1e-4), pytest.approx(1, abs=1e-4))
    assert preferences(judged, ["low", "high"]) == preferences(judged[::-1], ["low", "high"])  # its draws are fixed


def test_an_interval_of_a_mean_is_that_of_samples_of_pictures() -> None:
    """Scores 2 and 6 of two pictures: the samples have the means 2, 4 and 6."""
    found, why = means([score("ada", 1, 2), score("ada", 2, 6)], ["low"])
    assert (found["low"].value, found["low"].low, found["low"].high, why) == (4, 2, 6, "")
    found, why = means([score("ada", 1, 2), score("ben", 1, 3)], ["low"])
    assert (found["low"].value, found["low"].low, why) == (2.5, None, "there is one picture only, so no interval")


def test_what_was_never_compared_is_not_ranked() -> None:
    apart = [pair("ada", (1, "a"), (2, "b"), "left"), pair("ada", (3, "c"), (4, "d"), "left")]
    found, why = preferences(apart, ["a", "b", "c", "d"])
    assert (found, why) == ({}, "not all conditions were compared, not even by way of a third one")
    one_prompt = [pair(who, (1, "a"), (2, "b"), "left") for who in ("ada", "ben")]
    found, why = preferences(one_prompt, ["a", "b"])
    assert (found["a"].low, why) == (None, "there is one group of pictures only, so no interval")


def test_counts_are_those_of_each_condition() -> None:
    a, b = (1, "low"), (2, "high")
    judged = [pair("ada", a, b, "left"), pair("ben", b, a, "left"), pair("cy", a, b, "tie")]
    assert counts_of(judged, "low") == {"won": 1, "lost": 1, "tied": 1}
    assert counts_of([score("ada", 1, 7), score("ben", 1, 7)], "low")["7"] == 2
