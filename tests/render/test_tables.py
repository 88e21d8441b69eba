"""Tables in HTML: numbers to the right, long texts with room for words, and nothing wider than the page."""

from __future__ import annotations

import re

from vidgo_notebook.render.markup import table


def _alignments(html: str) -> list[str]:
    return re.findall(r"text-align:(\w+)", html)


def test_columns_of_numbers_and_amounts_are_aligned_to_the_right_with_their_headings() -> None:
    rows = [("low", "1,204", "2 credits", "5 %"), ("high", "", "not published", "12.5 %")]
    assert _alignments(table(rows, ("quality", "pictures", "each", "share"))) == ["left", "right", "right", "right"] * 3


def test_dates_sizes_and_names_stay_at_the_left() -> None:
    assert set(_alignments(table([("2026-11-30", "16:9", "4K", "gpt-image-2", "1 of 3")]))) == {"left"}


def test_a_column_of_nothing_is_no_column_of_numbers() -> None:
    assert _alignments(table([("", "—")])) == ["left", "left"]


def test_a_long_text_keeps_room_for_some_words_and_the_table_scrolls_by_itself() -> None:
    html = table([("A prompt that is a good deal longer than a short cell", "1")])
    assert "min-width:14em" in html
    assert html.startswith('<div style="overflow-x:auto">')


def test_a_table_without_rows_has_its_heading() -> None:
    assert "model" in table([], ("model",))


def test_prose_stands_below_its_row_across_all_columns() -> None:
    html = table([("size", "None", "Size when a cell names none.")], ("setting", "value", ""), prose=True)
    assert re.findall(r"<tr.*?</tr>", html)[2].count("<td") == 1
    assert 'colspan="2"' in html
    assert html.count("<th") == 2
