"""A sheet and its card in every state: the sums of mixed batches, with numbers written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.handles.mixed_batches import CHEAP, batch_of
from tests.fixtures.ended_jobs import FOX, job_in
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.sweep import axis, combinations
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.contact_sheet import card_of_batch, sheet_of
from vidgo_notebook.errors import RequestError
from vidgo_notebook.render.batch_card import batch_card_html, batch_card_text

USD = CreditFormat.of("0.005 USD")


# states; the card's first words; what `batch.costs()` says
SUMS = [
    (
        ["planned", "running"],
        "24 credits",
        "0 of 2 pictures, 0 credits charged, up to 12 at stake, of 24 quoted, 12 credits for what is missing, "
        "not final: 2 jobs under way",
    ),
    (["finished", "finished-"], "14 credits", "2 of 2 pictures, 14 credits charged"),
    (
        ["stored", "finished-"],
        "14 credits",
        "2 of 2 pictures, 2 credits charged, of 14 quoted, 12 credits saved by the store",
    ),
    (
        ["finished", "failed-"],
        "1 of 2 failed · 12 credits charged, of 14 quoted",
        "1 of 2 pictures, 12 credits charged, of 14 quoted, 2 credits for what is missing",
    ),
    (
        ["finished", "finished-", "refused", "cancelled"],
        "2 of 4 without a picture · 14 credits charged, of 38 quoted",
        "2 of 4 pictures, 14 credits charged, of 38 quoted, 24 credits for what is missing",
    ),
    (
        ["finished-", "uncertain"],
        "1 of 2 uncertain · 2 credits charged, up to 12 at stake, of 14 quoted",
        "1 of 2 pictures, 2 credits charged, up to 12 at stake, of 14 quoted, 1 picture uncertain (%vidgo resolve)",
    ),
    (
        ["finished", "finished?", "finished?", "failed?"],
        "1 of 4 failed · 12 credits and 2 unpublished charged, of 12 and 3 unpublished quoted",
        "3 of 4 pictures, 12 credits and 2 unpublished charged, of 12 and 3 unpublished quoted, "
        "1 unpublished price for what is missing",
    ),
    (["finished?"], "1 unpublished price", "1 of 1 picture, 1 unpublished price charged"),
]


@pytest.mark.parametrize(("states", "first", "costs"), SUMS)
def test_a_batch_says_what_its_pictures_cost_and_keeps_the_three_numbers_apart(
    states: list[str], first: str, costs: str
) -> None:
    batch = batch_of(*states)
    card = card_of_batch(batch)
    many = "picture" if len(states) == 1 else "pictures"
    assert batch_card_text(card).split("\n")[0] == f"{first} · {len(states)} {many}"
    assert f"<b>{first}</b>" in batch_card_html(card)
    assert repr(batch.costs()) == costs


# states; the first words of the card of stand-ins
STAND_INS = [
    (["finished", "finished-"], "14 credits · 2 pictures · emulated, free"),
    (["finished", "failed-"], "1 of 2 failed · 12 credits of 14 quoted · 2 pictures · emulated, free"),
    (["finished", "uncertain-"], "1 of 2 uncertain · 12 credits of 14 quoted · 2 pictures · emulated, free"),
]


@pytest.mark.parametrize(("states", "first"), STAND_INS)
def test_stand_ins_have_a_price_and_no_charge(states: list[str], first: str) -> None:
    batch = batch_of(*states, provider="emulator")
    text = batch_card_text(card_of_batch(batch))
    assert text.split("\n")[0] == first
    assert "charged" not in text
    costs = batch.costs()
    assert (costs.quoted, costs.charged, costs.at_stake, costs.missing, costs.saved) == (14, 0, 0, 0, 0)


def test_what_a_sheet_shows_is_the_same_when_its_pictures_were_bought_earlier() -> None:
    now, later = batch_of("finished", "finished-", "failed"), batch_of("stored", "stored-", "failed")
    assert card_of_batch(now) == card_of_batch(later)
    assert sheet_of(now).tobytes() == sheet_of(later).tobytes()


def test_each_place_says_in_words_how_it_ended_and_what_that_cost() -> None:
    words = card_of_batch(batch_of("finished", "failed", "uncertain-", "cancelled")).words
    assert [line.partition(": ")[2] for line in words[1:]] == [
        "12 credits",
        "failed · 0 credits",
        "uncertain · up to 2 credits",
        "cancelled · 0 credits",
    ]


def test_a_failed_place_has_the_colour_of_failures_on_the_sheet() -> None:
    good, bad = (sheet_of(batch_of("running", state)) for state in ("running", "failed"))
    red = (198, 40, 40)
    assert red in {colour for _, colour in bad.getcolors(1 << 24) or ()}
    assert red not in {colour for _, colour in good.getcolors(1 << 24) or ()}


def test_a_failed_batch_has_its_colour_its_reasons_and_the_price_of_trying_again() -> None:
    card = card_of_batch(batch_of("finished", "failed-", "uncertain"))
    text = batch_card_text(card)
    assert "row 2: The service could not make the picture: Unsafe content" in text
    assert "Running the cell again buys what is missing, for 2 credits; the others are kept." in text
    assert "\n%vidgo resolve j12\n" in text
    assert "border-left:5px solid rgb(198,40,40)" in batch_card_html(card)
    only = card_of_batch(batch_of("finished", "uncertain"))
    assert "border-left:5px solid rgb(178,112,0)" in batch_card_html(only)


@pytest.mark.parametrize(
    ("states", "commands"),
    [
        (("finished", "uncertain"), ["%vidgo resolve j12"]),
        (("uncertain", "uncertain-"), ["%vidgo resolve"]),
        (("finished", "not watched"), ["%vidgo resume"]),
        (("failed", "no file"), ["%vidgo resume"]),
        (("uncertain", "no file-"), ["%vidgo resolve j12", "%vidgo resume"]),
        (("finished", "failed"), []),
    ],
)
def test_a_batch_without_some_pictures_has_the_next_commands_as_code(states: list[str], commands: list[str]) -> None:
    ending = card_of_batch(batch_of(*states)).ending
    assert ending
    assert ending.commands == commands


def test_takes_are_one_card_with_the_sum_and_the_request_they_share() -> None:
    jobs = [job_in("finished", replace(FOX, take=take), fingerprint=f"{take:064x}") for take in (1, 2, 3)]
    card = card_of_batch(Batch(jobs))
    assert batch_card_text(card).split("\n")[:2] == [
        "36 credits · 3 pictures · takes of GPT Image 2 · high · 1:1 · 1K",
        "Prompt: A red fox",
    ]
    assert [line.partition(":")[0] for line in card.words[1:]] == ["take 1", "take 2", "take 3"]
    assert Batch(jobs).where(jobs[1]) == "take 2"


def test_every_sum_has_the_currency_where_a_credit_has_a_price() -> None:
    batch = batch_of("finished", "failed-", "uncertain-", credit_format=USD)
    assert batch_card_text(card_of_batch(batch)).split("\n")[0] == (
        "2 of 3 without a picture · "
        "12 credits (0.06 USD) charged, up to 2 (0.01 USD) at stake, of 16 (0.08 USD) quoted · 3 pictures"
    )
    assert "12 credits (0.06 USD) charged" in repr(batch.costs())


# Labels: of a row, what was sent for it

LABELS = [
    ({"prompt": "a dog", "quality": "high"}, FOX, "1 · A red fox"),  # a column that was not used
    ({"who": "Ann", "year": 1925.0}, replace(FOX, values=(("who", "Ann"), ("year", "1925"))), "1 · Ann · 1925"),
    ({"prompt": "A red fox", "q": "low"}, CHEAP, "1 · A red fox · low"),
]


@pytest.mark.parametrize(("row", "request_", "label"), LABELS)
def test_the_label_of_a_row_is_what_was_sent(row: dict[str, object], request_: GenerationRequest, label: str) -> None:
    jobs = [job_in("finished", each, fingerprint=mark * 64) for each, mark in ((request_, "a"), (FOX, "b"))]
    jobs[0].row, jobs[1].row = row, {"n": 2}
    assert card_of_batch(Batch(jobs)).words[1].partition(":")[0] == label


def test_takes_of_a_random_prompt_are_labelled_with_what_each_drew() -> None:
    jobs = [
        job_in(
            "finished",
            replace(FOX, prompt=f"A {hue} fox", take=take, values=(("c", hue),), draws=(("c", hue),), seed=7),
            fingerprint=f"{take:064x}",
        )
        for take, hue in ((1, "red"), (2, "grey"))
    ]
    words = card_of_batch(Batch(jobs)).words
    assert [line.partition(":")[0] for line in words[1:]] == ["take 1 · red", "take 2 · grey"]


# Letters

WORDS = ["日本語", "שלום", "سلام", "हिन्दी", "Привет", "😀"]


def swept(words: list[str]) -> Batch:
    jobs = []
    for number, word in enumerate(words):
        job = job_in("finished", replace(FOX, prompt=f"A sign: {word}"), fingerprint=f"{number:064x}")
        job.row = {"word": word}
        jobs.append(job)
    return Batch(jobs, axes=[axis("word", words)])


def test_what_the_font_can_not_draw_is_a_number_and_the_legend_is_on_the_card() -> None:
    sheet, numbers = sheet_of(swept(WORDS)), sheet_of(swept([f"[{n}]" for n in range(1, 7)]))
    assert sheet.tobytes() == numbers.tobytes()
    card = batch_card_text(card_of_batch(swept(WORDS)))
    assert "On the sheet: [1] 日本語, [2] שלום, [3] سلام, [4] हिन्दी, [5] Привет, [6] 😀." in card
    assert "On the sheet" not in batch_card_text(card_of_batch(swept(["day", "night"])))


def test_the_edges_of_a_grid_have_numbers_too() -> None:
    axes = [axis("word", WORDS[:2]), axis("size", ["1024×1024", "16:9"])]
    batch = swept(["a", "b", "c", "d"])
    for job, row in zip(batch, combinations(axes), strict=True):
        job.row = row
    grid = Batch(list(batch), axes=axes)
    plain = Batch(list(batch), axes=[axis("word", ["[1]", "[2]"]), axis("size", ["1024x1024", "16:9"])])
    assert sheet_of(grid).tobytes() == sheet_of(plain).tobytes()
    assert "On the sheet: [1] 日本語, [2] שלום." in batch_card_text(card_of_batch(grid))


# Pages


def test_many_pictures_are_shown_in_pages_and_the_card_says_so() -> None:
    batch = batch_of(*["finished"] * 50)
    note = "The sheet shows 24 of 50 pictures. .sheet(page=2) draws the next, and vidgo.gallery() shows all."
    assert note in card_of_batch(batch).notes
    pages = [batch.sheet(page) for page in (1, 2, 3)]
    assert pages[0].height == pages[1].height > pages[2].height
    with pytest.raises(RequestError, match="4 is not a page: the sheet has 3 pages"):
        batch.sheet(4)
    assert "The sheet shows" not in batch_card_text(card_of_batch(batch_of(*["finished"] * 24)))
