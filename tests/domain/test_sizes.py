"""Sizes: what is read as one, and which valid one is nearest."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.oracle import CUSTOM_SIZES
from vidgo_notebook.domain.catalogue import MODELS, CustomSizes
from vidgo_notebook.domain.sizes import (
    custom_faults,
    loose_pair,
    nearest_custom,
    nearest_ratio,
    parse_custom,
    pixel_size,
)

GPT = MODELS["gpt-image-2"]
FLUX = MODELS["flux-2-pro"]
LIMITS = CustomSizes(16, 3840, 3, 655_360, 8_294_400, ("2K", "4K"), "written by hand")
EVERY_VALID_SIZE = [tuple(map(int, size.split("x"))) for size in sorted(CUSTOM_SIZES)]


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("2304x1536", (2304, 1536)),
        ("0x0", (0, 0)),
        ("999999999x1", (999_999_999, 1)),
        ("1024X1024", None),
        ("1024×1024", None),
        (" 1024x1024", None),
        ("1024x1024\n", None),
        ("01024x1024", None),
        ("1_024x1024", None),
        ("+1024x1024", None),
        ("1024.0x1024", None),
        ("1\u0660\u0662\u0664x1024", None),
        ("1024", None),
        ("16:9", None),
        ("", None),
        ("1" * 5000 + "x1", None),
    ],
)
def test_only_width_x_height_in_plain_digits_is_a_custom_size(text: str, edges: tuple[int, int] | None) -> None:
    assert parse_custom(text) == edges


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("16:10", (16.0, 10.0)),
        ("1024 X 768", (1024.0, 768.0)),
        ("1024×768", (1024.0, 768.0)),
        ("16/9", (16.0, 9.0)),
        ("1.85:1", (1.85, 1.0)),
        ("0x0", None),
        ("16:0", None),
        ("wide", None),
        ("1:2:3", None),
        ("", None),
    ],
)
def test_a_wrong_size_is_still_understood_as_two_numbers(text: str, pair: tuple[float, float] | None) -> None:
    assert loose_pair(text) == pair


@given(width=st.integers(0, 4200), height=st.integers(0, 4200))
def test_a_size_is_faultless_exactly_if_it_is_in_the_enumerated_set(width: int, height: int) -> None:
    assert (not list(custom_faults((width, height), LIMITS))) == (f"{width}x{height}" in CUSTOM_SIZES)


@given(width=st.integers(1, 260).map(lambda n: 16 * n), height=st.integers(1, 260).map(lambda n: 16 * n))
def test_an_aligned_size_is_faultless_exactly_if_it_is_in_the_enumerated_set(width: int, height: int) -> None:
    assert (not list(custom_faults((width, height), LIMITS))) == (f"{width}x{height}" in CUSTOM_SIZES)


def test_every_fault_of_a_size_is_named_at_once() -> None:
    """5000x1: not divisible, too long, too narrow, too few pixels."""
    faults = list(custom_faults((5000, 1), LIMITS))
    assert len(faults) == 4
    assert [word in fault for word, fault in zip(["16", "3840", "3:1", "655,360"], faults, strict=True)] == [True] * 4


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [
        ((1000, 1000), (1008, 1008)),  # 1008/1000 = 1.0080; 1000/992 = 1.0081
        ((1920, 1080), (1920, 1088)),  # 1088/1080 = 1.0074; 1080/1072 = 1.0075
        ((3840, 3840), (2880, 2880)),  # 2,880² = 8,294,400 pixels, the most there are
        ((4096, 4096), (2880, 2880)),
        ((512, 512), (816, 816)),  # 665,856 pixels; 800 × 816 are 652,800, too few
        ((7680, 2160), (3840, 2160)),
        ((1024, 1024), (1024, 1024)),  # valid sizes stay
        ((3840, 2160), (3840, 2160)),
    ],
)
def test_the_nearest_size_that_is_possible(wanted: tuple[int, int], nearest: tuple[int, int]) -> None:
    assert nearest_custom(*wanted, LIMITS) == nearest


@given(width=st.integers(0, 6000), height=st.integers(0, 6000))
@settings(max_examples=30, deadline=None)
def test_no_valid_size_is_nearer_than_the_one_suggested(width: int, height: int) -> None:
    """Against all valid sizes, measured by the relative change of both edges together."""

    def change(edges: tuple[int, ...]) -> float:
        return math.hypot(math.log(edges[0] / max(width, 1)), math.log(edges[1] / max(height, 1)))

    suggested = nearest_custom(width, height, LIMITS)
    assert "{}x{}".format(*suggested) in CUSTOM_SIZES
    assert change(suggested) == pytest.approx(min(map(change, EVERY_VALID_SIZE)), abs=1e-9)


@given(size=st.sampled_from(sorted(CUSTOM_SIZES)))
@settings(max_examples=40, deadline=None)
def test_a_valid_size_is_its_own_nearest(size: str) -> None:
    width, height = map(int, size.split("x"))
    assert nearest_custom(width, height, LIMITS) == (width, height)


@pytest.mark.parametrize("wanted", [(0, 0), (0.0, 1e9), (1e9, 0.0), (999_999_999, 999_999_999)])
def test_even_absurd_sizes_have_a_possible_neighbour(wanted: tuple[float, float]) -> None:
    assert "{}x{}".format(*nearest_custom(*wanted, LIMITS)) in CUSTOM_SIZES


@pytest.mark.parametrize(
    ("wanted", "ratio"),
    [
        (16 / 10, "3:2"),  # 1.6 is 1.067 × 1.5, and 1.111 × less than 1.778
        (1.0, "1:1"),
        (10.0, "21:9"),
        (0.1, "9:16"),
        (9 / 21, "9:16"),
        (1.85, "16:9"),
    ],
)
def test_the_nearest_listed_ratio(wanted: float, ratio: str) -> None:
    assert nearest_ratio(wanted, GPT.size.values) == ratio


@pytest.mark.parametrize(
    ("size", "resolution", "edges"),
    [
        ("1:1", "1K", (1024, 1024)),
        ("auto", "1K", (1024, 1024)),
        ("16:9", "1K", (1024, 576)),
        ("16:9", "4K", (3840, 2160)),
        ("9:16", "4K", (2160, 3840)),
        ("21:9", "4K", (3840, 1648)),  # 3840 × 9/21 = 1645.7, which is 102.9 × 16
        ("2:3", "2K", (1360, 2048)),  # 2048 × 2/3 = 1365.3, which is 85.3 × 16
        ("2304x1536", "2K", (2304, 1536)),
    ],
)
def test_how_many_pixels_a_picture_of_the_emulator_has(size: str, resolution: str, edges: tuple[int, int]) -> None:
    assert pixel_size(size, resolution, GPT) == edges


def test_a_model_without_custom_sizes_treats_their_pixels_as_a_ratio() -> None:
    assert pixel_size("2048x1024", "1K", FLUX) == (1024, 512)
