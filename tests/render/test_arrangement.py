"""Where each picture of a sweep stands on its sheet."""

from __future__ import annotations

from vidgo_notebook.render.arrangement import Edge, in_grid, in_rows

SIZES = Edge("size", ("1:1", "16:9", "9:16"))
QUALITIES = Edge("quality", ("low", "high"))


def test_two_axes_lie_in_the_plane_and_the_longer_goes_across() -> None:
    found = in_grid([QUALITIES, SIZES])
    assert (found.down, found.across) == (QUALITIES, SIZES)
    assert found.blocks[0].cells == ((0, 1, 2), (3, 4, 5))


def test_the_order_of_the_axes_does_not_move_a_picture_to_another_place() -> None:
    found = in_grid([SIZES, QUALITIES])
    assert (found.down, found.across) == (QUALITIES, SIZES)
    assert found.blocks[0].cells == ((0, 2, 4), (1, 3, 5))


def test_prompts_are_labels_at_the_left() -> None:
    prompts = Edge("prompt", ("A red bicycle in the rain", "A blue bicycle in the snow"))
    assert in_grid([prompts, Edge("take", ("1", "2", "3"))]).down == prompts
    assert in_grid([QUALITIES, prompts]).down == prompts


def test_a_third_axis_makes_blocks_and_one_with_a_single_value_none() -> None:
    found = in_grid([QUALITIES, Edge("model", ("gpt-image-2",)), SIZES, Edge("take", ("1", "2"))])
    assert [block.title for block in found.blocks] == ["take 1", "take 2"]
    assert found.blocks[1].cells == ((1, 3, 5), (7, 9, 11))


def test_more_values_than_a_notebook_is_wide_go_down() -> None:
    many = Edge("take", tuple(map(str, range(7))))
    assert in_grid([many, QUALITIES]).down == many


def test_one_axis_or_a_table_goes_in_rows() -> None:
    assert in_grid([SIZES]).blocks[0].cells == ((0, 1, 2),)
    assert in_rows(5).blocks[0].cells == ((0, 1, 2), (3, 4, None))
    assert in_rows(1000).columns == 37
