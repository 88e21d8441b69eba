"""The first line of a cell as people write it."""

from __future__ import annotations

import pytest

from vidgo_notebook.domain.first_line import split, whole_first_line
from vidgo_notebook.domain.meant import meant_by
from vidgo_notebook.domain.plain_values import option_of

WORDS = {
    "a comment": ("hero -q low  # first try, it's good", ["hero", "-q", "low"]),
    "a comment without a blank": ("hero #first", ["hero"]),
    "a colour, which is none": ("--sweep color=#ff0000,#00ff00", ["--sweep", "color=#ff0000,#00ff00"]),
    "a quoted number sign": ("--save '#1 hero.png'", ["--save", "#1 hero.png"]),
    "a no-break space": ("hero\xa0--quality\u202flow", ["hero", "--quality", "low"]),
    "a no-break space in quotation marks": ("--save 'at 9\u202fAM.png'", ["--save", "at 9\u202fAM.png"]),
    "typographic quotation marks": ("--save “my pictures/a b.png”", ["--save", "my pictures/a b.png"]),
    "those inside a word": ("--batch a“b”c", ["--batch", "a“b”c"]),
    "a path of Windows": (r"--save C:\pics\hero.png", ["--save", r"C:\pics\hero.png"]),
}


@pytest.mark.parametrize(("line", "words"), WORDS.values(), ids=WORDS)
def test_a_first_line_has_the_words_that_its_reader_sees(line: str, words: list[str]) -> None:
    assert split(line)[0] == words


def test_a_prompt_in_a_line_keeps_its_number_signs_and_apostrophes() -> None:
    assert split("quote Who's #1?", has_prompt=True)[0] == ["quote", "Who's", "#1?"]


FIRST_LINES = {
    "a backslash of its own": ("hero \\", "  --size 16:9\nA fox\n", ("hero   --size 16:9", "A fox\n")),
    "two of them": ("\\", "-q low \\\n-s 1:1\nA fox", ("-q low -s 1:1", "A fox")),
    "one at a word, before an option": ("-q low\\", "  -s 1:1\nA fox", ("-q low  -s 1:1", "A fox")),
    "the end of a path": ("--save C:\\pics\\", "A fox", ("--save C:\\pics\\", "A fox")),
    "none": ("hero", "A fox \\\non a hill", ("hero", "A fox \\\non a hill")),
    "one without a cell": ("hero \\", "", ("hero \\", "")),
}


@pytest.mark.parametrize(("line", "cell", "whole"), FIRST_LINES.values(), ids=FIRST_LINES)
def test_a_backslash_continues_the_first_line_and_nothing_else_does(
    line: str, cell: str, whole: tuple[str, str]
) -> None:
    assert whole_first_line(line, cell) == whole


OPTIONS = [
    "model",
    "quality",
    "size",
    "resolution",
    "image",
    "takes",
    "take",
    "wait",
    "no-wait",
    "save",
    "fresh",
    "yes",
]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *(("n", "takes"), ("num_images", "takes"), ("aspect-ratio", "size"), ("Reference", "image"), ("out", "save")),
        *(("qualty", "quality"), ("res", "resolution"), ("force", "fresh"), ("async", "no-wait"), ("SIZE", "size")),
        *(("seed", ""), ("steps", ""), ("negative_prompt", ""), ("hd", ""), ("colour", "")),
    ],
)
def test_an_option_of_another_program_means_ours_of_the_same_meaning_or_none(written: str, meant: str) -> None:
    assert meant_by(written, OPTIONS) == meant


@pytest.mark.parametrize(
    ("word", "field"),
    [
        *(("flux-2-pro", "model"), ("GPT-Image-2", "model"), ("16:9", "size"), ("16/9", "size"), ("2304x1536", "size")),
        *(("4k", "resolution"), ("HIGH", "quality"), ("hero", ""), ("7:9", ""), ("shelf.jpg", "")),
    ],
)
def test_a_value_says_which_option_it_belongs_to(word: str, field: str) -> None:
    assert option_of(word) == field
