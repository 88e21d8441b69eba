"""A sheet and its card in every state: the sums of mixed batches, with numbers written by hand."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.fixtures.ended_jobs import FLUX, FOX, job_in
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.sweep import axis, combinations
from vidgo_notebook.engine.clock import since_boot
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.batch_progress import progress_of
from vidgo_notebook.engine.handles.contact_sheet import card_of_batch, sheet_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.table import rows_of
from vidgo_notebook.errors import RequestError
from vidgo_notebook.render.batch_card import batch_card_html, batch_card_text
from vidgo_notebook.render.progress import progress_text

CHEAP = replace(FOX, quality="low")  # 2 credits, where FOX is 12
DAY = 24 * 3600.0
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
    known.since, known.expected, known.activity = 1000.0, 8.0, "rate limited"
    now = progress_of(one, now=1002.0)
    assert (now.percent, progress_text(now)) == (25, "being made, rate limited, 2 s of about 8 s")
    assert progress_text(progress_of(batch_of("finished"))) == "1 of 1 done, 0 running, 12 credits charged"


def test_the_bar_of_a_batch_is_as_long_as_its_pictures_are_far() -> None:
    batch = batch_of("finished", "failed", "running", "planned")
    known = moving.tracking(batch[2])
    known.since, known.expected = 1000.0, 8.0
    assert progress_of(batch, now=1004.0).percent == (100 + 100 + 50 + 2) / 4
    assert progress_of(batch, now=2000.0).percent == (100 + 100 + 97 + 2) / 4
    assert progress_of(Batch([])).percent == 100


def test_what_the_service_says_of_a_jobs_progress_counts_more_than_how_long_others_took() -> None:
    one = batch_of("running")
    known = moving.tracking(one[0])
    known.since, known.expected = 1000.0, 1.0  # jobs of a second before it
    known.record = replace(known.record, progress=20.0)
    now = progress_of(one, now=1002.0)
    assert (now.percent, progress_text(now)) == (20, "being made, 2 s of about 10 s")


def test_pictures_that_take_longer_than_expected_are_not_said_to_be_there_in_no_time() -> None:
    batch = batch_of("finished", "finished", "finished", "running", "running")
    now = since_boot() + 30
    for job in batch:
        moving.tracking(job).since, moving.tracking(job).expected = now - 30, 1.0
    assert progress_of(batch, now=now).seconds_left > 10  # 3 pictures took 30 s, and 2 are left
    several = batch_of("running", "running")
    moving.tracking(several[0]).since, moving.tracking(several[0]).expected = now - 30, 1.0
    assert progress_of(several, now=now).seconds_left is None


@pytest.mark.parametrize("by", [DAY, -DAY])
def test_a_clock_that_is_set_by_a_day_does_not_change_the_seconds_shown(
    by: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, several = batch_of("running"), batch_of("finished", "running")
    for batch in (one, several):
        moving.sent_at(batch[-1], time.time() - 2)
        moving.tracking(batch[-1]).expected = 800.0
    set_clock = time.time() + by
    monkeypatch.setattr(time, "time", lambda: set_clock)
    now = progress_of(one)
    assert 2 <= now.elapsed < 700
    assert now.percent < 97
    assert 0 < progress_of(several).seconds_left < 799
    moving.sent_at(one[0], moving.tracking(one[0]).began)
    assert 2 <= progress_of(one).elapsed < 700


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
    (row,) = rows_of(batch_of(state))
    assert (row["quoted"], row["at_stake"], row["charged"]) == (quoted, at_stake, charged)


def test_rows_and_frames_of_a_running_batch_say_that_they_are_not_final() -> None:
    batch = batch_of("running", "finished", "planned")
    assert [row["final"] for row in batch.to_rows()] == [False, True, False]
    frame = batch.to_frame()
    assert "not final: 2 jobs under way" in repr(frame)
    assert str(batch_of("running").to_frame()["finished"].dtype).endswith("UTC]")
    assert batch.to_frame(backend="polars")["final"].to_list() == [False, True, False]
    assert batch_of("finished").to_frame().columns.name is None


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
