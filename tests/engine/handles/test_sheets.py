"""A sheet and its card in every state: the sums of mixed batches, with numbers written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fixtures.ended_jobs import FLUX, FOX, job_in
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch, progress_of
from vidgo_notebook.engine.handles.contact_sheet import card_of_batch, sheet_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.table import row_of
from vidgo_notebook.render.batch_card import batch_card_html, batch_card_text
from vidgo_notebook.render.progress import progress_text

CHEAP = replace(FOX, quality="low")  # 2 credits, where FOX is 12
USD = CreditFormat.of("0.005 USD")


def batch_of(*states: str, provider: str = "vidgo", credit_format: CreditFormat | None = None) -> Batch:
    """``finished`` is a picture of 12 credits, ``finished-`` one of 2 and ``finished?`` one of no published price."""
    jobs: list[Job] = []
    for number, state in enumerate(states):
        request = {"-": CHEAP, "?": FLUX}.get(state[-1], FOX)
        formats = {"credit_format": credit_format} if credit_format else {}
        made = f"{number:064x}"
        job = job_in(state.rstrip("-?"), request, provider=provider, fingerprint=made, **formats)
        job.row = {"number": number}
        jobs.append(job)
    return Batch(jobs)


# states; the card's first words; what `batch.costs()` says
SUMS = [
    (
        ["planned", "running"],
        "24 credits",
        "0 of 2 pictures, 0 credits charged, up to 12 at stake, of 24 quoted, 12 credits for what is missing",
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
    (["finished?"], "1 unpublished price", "1 of 1 pictures, 1 unpublished price charged"),
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


# states; what the bar says
BARS = [
    (["running", "running", "planned"], "0 of 3 done, 2 running, 0 credits charged, up to 24 at stake"),
    (["finished", "failed", "running-"], "1 of 3 done, 1 running, 1 failed, 12 credits charged, up to 2 at stake"),
    (["finished", "finished?", "planned"], "2 of 3 done, 0 running, 12 credits and 1 unpublished charged"),
]


@pytest.mark.parametrize(("states", "said"), BARS)
def test_the_bar_of_a_batch_says_what_was_charged_and_what_is_at_stake(states: list[str], said: str) -> None:
    assert progress_text(progress_of(batch_of(*states))) == said


def test_the_bar_of_stand_ins_has_no_credits() -> None:
    assert progress_text(progress_of(batch_of("finished", "running", provider="emulator"))) == (
        "1 of 2 done, 1 running"
    )


def test_one_picture_is_a_batch_of_one_whose_bar_says_what_it_does() -> None:
    one = batch_of("running")
    known = moving.tracking(one[0])
    known.began, known.expected, known.activity = 1000.0, 8.0, "rate limited"
    now = progress_of(one, now=1002.0)
    assert (now.percent, progress_text(now)) == (25, "being made, rate limited, 2 s of about 8 s")
    assert progress_text(progress_of(batch_of("finished"))) == "1 of 1 done, 0 running, 12 credits charged"


def test_the_bar_of_a_batch_is_as_long_as_its_pictures_are_far() -> None:
    batch = batch_of("finished", "failed", "running", "planned")
    known = moving.tracking(batch[2])
    known.began, known.expected = 1000.0, 8.0
    assert progress_of(batch, now=1004.0).percent == (100 + 100 + 50 + 2) / 4
    assert progress_of(batch, now=2000.0).percent == (100 + 100 + 97 + 2) / 4
    assert progress_of(Batch([])).percent == 100


# state; quoted, at stake, charged
ROWS = [
    ("planned", 12, 0, None),
    ("running", 12, 12, None),
    ("finished", 12, 0, 12),
    ("stored", 12, 0, 0),
    ("failed", 12, 0, 0),
    ("refused", 12, 0, 0),
    ("uncertain", 12, 12, None),
    ("finished?", None, 0, None),
    ("uncertain?", None, None, None),
]


@pytest.mark.parametrize(("state", "quoted", "at_stake", "charged"), ROWS)
def test_a_row_of_a_frame_has_three_columns(
    state: str, quoted: int | None, at_stake: int | None, charged: int | None
) -> None:
    row = row_of(0, batch_of(state)[0])
    assert (row["quoted"], row["at_stake"], row["charged"]) == (quoted, at_stake, charged)
