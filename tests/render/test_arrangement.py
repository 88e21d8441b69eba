"""Where each picture of a sweep stands on its sheet."""

from __future__ import annotations

from vidgo_notebook.render.arrangement import Edge, in_grid, in_pages, in_rows

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


def test_a_grid_is_paged_in_whole_rows_with_their_labels() -> None:
    grid = in_grid([Edge("take", tuple(map(str, range(1, 8)))), SIZES, QUALITIES])
    assert in_pages(grid, 42) == [grid]
    pages = in_pages(grid, 24)
    assert [page.places for page in pages] == [
        sorted([*range(0, 42, 2), 1, 3, 5]),
        [*range(7, 42, 2)],
    ]
    last = pages[1].blocks[0]
    assert (last.title, last.first, last.cells[0], pages[1].across) == ("quality high", 1, (7, 9, 11), SIZES)


def test_a_row_that_is_wider_than_a_page_is_broken() -> None:
    wide = in_grid([Edge("n", tuple(map(str, range(30)))), Edge("prompt", ("a long prompt of words", "another one"))])
    pages = in_pages(wide, 24)
    assert [len(page.places) for page in pages] == [24, 24, 12]
    assert pages[0].down is None
