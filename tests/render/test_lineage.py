"""The drawing of a lineage: every picture in its place, joined by lines that can be seen, and words beside it."""

from __future__ import annotations

import itertools

import pytest
from PIL import Image, ImageChops

from tests.fixtures.pil_images import decoded, encoded
from vidgo_notebook.render.lineage import LONGEST, Node, draw_lineage, lineage_text

COLOURS = [(220, 30, 30), (30, 200, 30), (40, 40, 220), (220, 200, 30), (30, 200, 200), (200, 30, 200)]
LINE = (140, 140, 140)


def node(number: int, size: tuple[int, int] = (64, 64)) -> Node:
    return Node(encoded(Image.new("RGB", size, COLOURS[number % 6])), f"picture {number + 1}", "24 credits")


def box_of(drawing: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The rectangle that shows exactly this colour."""
    bands = [
        band.point(lambda value, wanted=wanted: 255 * (value == wanted))
        for band, wanted in zip(drawing.split(), colour, strict=True)
    ]
    box = ImageChops.multiply(ImageChops.multiply(bands[0], bands[1]), bands[2]).getbbox()
    assert box
    return box


def test_a_chain_reads_from_left_to_right_with_a_line_between_each_two() -> None:
    drawing = decoded(draw_lineage([node(number) for number in range(3)], [(0, 1), (1, 2)]))
    boxes = [box_of(drawing, colour) for colour in COLOURS[:3]]
    for (_, top, right, bottom), (left, *_) in itertools.pairwise(boxes):
        between = [drawing.getpixel((x, (top + bottom) // 2)) for x in range(right + 2, left - 2)]
        assert len(between) > 20
        assert set(between) == {LINE}


def test_pictures_of_one_depth_stand_below_each_other() -> None:
    drawing = decoded(draw_lineage([node(0), node(1), node(2), node(3)], [(0, 1), (0, 2), (1, 3), (2, 3)]))
    upper, lower = box_of(drawing, COLOURS[1]), box_of(drawing, COLOURS[2])
    assert (upper[0], upper[2]) == (lower[0], lower[2])
    assert upper[3] < lower[1]


def test_a_line_that_passes_over_a_picture_is_not_hidden_by_it() -> None:
    """An edit may use the first picture of a chain again."""
    nodes = [node(number) for number in range(3)]
    drawing = decoded(draw_lineage(nodes, [(0, 1), (1, 2), (0, 2)]))
    left, top, right, _ = box_of(drawing, COLOURS[1])
    above = [drawing.getpixel(((left + right) // 2, y)) for y in range(top - 3)]
    assert LINE in above


@pytest.mark.parametrize("shape", [(128, 32), (32, 128)], ids=["wide", "tall"])
def test_a_picture_keeps_its_shape(shape: tuple[int, int]) -> None:
    left, top, right, bottom = box_of(decoded(draw_lineage([node(0, shape)], [])), COLOURS[0])
    assert (right - left) / (bottom - top) == pytest.approx(shape[0] / shape[1], rel=0.05)


@pytest.mark.parametrize("length", range(1, 7))
def test_a_chain_as_people_make_them_fits_a_notebook_without_being_shrunk(length: int) -> None:
    """Shrunk labels could not be read."""
    nodes = [node(number) for number in range(length)]
    drawing = decoded(draw_lineage(nodes, [(number, number + 1) for number in range(length - 1)]))
    assert drawing.width <= 960


def test_even_a_long_chain_stays_below_what_is_shown_as_it_is() -> None:
    chain = [(number, number + 1) for number in range(11)]
    assert decoded(draw_lineage([node(number) for number in range(12)], chain)).width <= LONGEST


def test_it_is_drawn_on_light_paper_of_its_own_so_that_it_reads_in_dark_themes_too() -> None:
    drawing = decoded(draw_lineage([node(0)], []))
    assert drawing.mode == "RGB"
    assert min(drawing.getpixel((0, 0))) > 240


def test_an_image_that_cannot_be_drawn_has_its_place_and_its_name() -> None:
    whole = decoded(draw_lineage([node(0), node(1)], [(0, 1)]))
    blank = decoded(draw_lineage([Node(None, "image", "shelf.jpg"), node(1)], [(0, 1)]))
    assert blank.size == whole.size and box_of(blank, COLOURS[1]) == box_of(whole, COLOURS[1])
    left, top, *_ = box_of(whole, COLOURS[0])
    assert blank.getpixel((left + 5, top + 5)) == (225, 225, 225)


def test_the_same_lineage_is_the_same_drawing() -> None:
    nodes = [node(0), node(1)]
    assert draw_lineage(nodes, [(0, 1)]) == draw_lineage(nodes, [(0, 1)])


def test_the_words_say_what_each_was_made_from_and_what_it_all_cost() -> None:
    words = lineage_text(
        ["A cup", "A shelf", "Both", "Mine"],
        [(0, 2), (1, 2)],
        [[], [], ["the image 'shelf.jpg'"], ["1 other image"]],
        "9 credits",
    )
    assert words.splitlines() == [
        "1: made from its prompt alone: A cup",
        "2: made from its prompt alone: A shelf",
        "3: made from picture 1 and picture 2 and the image 'shelf.jpg': Both",
        "4: made from 1 other image: Mine",
        "Whole chain: 9 credits",
    ]


def test_in_the_words_each_picture_keeps_to_a_line_whatever_its_prompt() -> None:
    words = lineage_text(["A cup\non a shelf", "In  red"], [(0, 1)], [[], []], "4 credits")
    assert words.splitlines() == [
        "1: made from its prompt alone: A cup on a shelf",
        "2: made from picture 1: In red",
        "Whole chain: 4 credits",
    ]
