"""What every renderer of one job shows in each state, and of a batch of all of them; the numbers are by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.fixtures.ended_jobs import FLUX, FOX, STATES, job_in
from vidgo_notebook.app.status import JobTable, job_row
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.contact_sheet import card_of_batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.table import rows_of
from vidgo_notebook.render.batch_card import batch_card_text

USD = CreditFormat.of("0.005 USD")
EVERY = (*STATES, "no file")

# state; the price in the job's repr; in %vidgo jobs what is at stake and what was charged; the same in a frame
SHOWN = [
    ("planned", "12 credits quoted", "–", "–", 0, None),
    ("running", "up to 12 credits at stake", "up to 12 credits", "–", 12, None),
    ("finished", "12 credits charged", "–", "12 credits", 0, 12),
    ("stored", "0 credits charged", "–", "0 credits", 0, 0),
    ("failed", "0 credits charged", "–", "0 credits", 0, 0),
    ("refused", "0 credits charged", "–", "0 credits", 0, 0),
    ("cancelled", "12 credits quoted", "–", "–", 0, None),
    ("uncertain", "up to 12 credits at stake", "up to 12 credits", "–", 12, None),
    ("forgotten", "12 credits quoted", "–", "not known", 0, None),
    ("not watched", "up to 12 credits at stake", "up to 12 credits", "–", 12, None),
    ("no file", "12 credits charged", "–", "12 credits", 0, 12),
]


def listed(job: Job, credit_format: CreditFormat) -> tuple[str, str, str]:
    """Quoted, at stake and charged, in the columns of ``%vidgo jobs``."""
    table = JobTable([job_row(moving.record(job), job.request, 0.0, job.provider)], credit_format)
    cells = dict(zip(table._head, table._texts()[0], strict=True))
    return cells["quoted"], cells["at stake"], cells["charged"]


def in_repr(job: Job) -> str:
    found = re.fullmatch(r"<Job j12 [a-z]+: [a-z0-9-]+, (.*)>", repr(job))
    assert found, repr(job)
    return found[1]


def test_the_table_has_every_state() -> None:
    assert [state for state, *_ in SHOWN] == [*EVERY]


@pytest.mark.parametrize(("state", "words", "at_stake", "charged", "stake", "charge"), SHOWN)
def test_a_job_shows_the_number_that_counts_and_says_which_it_is(
    state: str, words: str, at_stake: str, charged: str, stake: int, charge: int | None
) -> None:
    job, priced = job_in(state), job_in(state, credit_format=USD)
    assert in_repr(job) == words
    assert listed(job, job.quote.credit_format) == ("12 credits", at_stake, charged)
    (row,) = rows_of([job])
    assert (row["quoted"], row["at_stake"], row["charged"]) == (12, stake, charge)
    money = {"12 credits": "12 credits (0.06 USD)", "0 credits": "0 credits (0 USD)"}

    def with_currency(text: str) -> str:
        return re.sub(r"\d+ credits", lambda found: money[found[0]], text)

    assert in_repr(priced) == with_currency(words)
    assert listed(priced, USD) == tuple(map(with_currency, ("12 credits", at_stake, charged)))


@pytest.mark.parametrize("state", EVERY)
def test_a_stand_in_has_a_price_and_is_free(state: str) -> None:
    job = job_in(state, provider="emulator")
    assert in_repr(job) == "12 credits quoted, emulated, free"
    assert listed(job, job.quote.credit_format) == ("12 credits", "–", "free")
    assert rows_of([job])[0]["at_stake"] == 0
    assert job.charge == rows_of([job])[0]["charged"] == (0 if job.done() else None)


UNPUBLISHED = {
    **dict.fromkeys(("running", "uncertain", "not watched"), ("not published", "–")),
    **dict.fromkeys(("finished", "no file"), ("–", "not published")),
    **dict.fromkeys(("stored", "failed", "refused"), ("–", "0 credits")),
    **dict.fromkeys(("planned", "cancelled"), ("–", "–")),
    "forgotten": ("–", "not known"),
}


@pytest.mark.parametrize("state", EVERY)
def test_an_unpublished_price_is_never_a_number(state: str) -> None:
    job = job_in(state, FLUX)
    assert listed(job, job.quote.credit_format) == ("not published", *UNPUBLISHED[state])
    if UNPUBLISHED[state][1] != "0 credits":
        assert not re.search(r"\d", in_repr(job))


def all_states(request: GenerationRequest = FOX) -> Batch:
    jobs = [job_in(state, request, fingerprint=f"{number:064x}") for number, state in enumerate(EVERY)]
    for number, job in enumerate(jobs):
        job.row = {"number": number}
    return Batch(jobs)


def test_a_batch_of_every_state_keeps_the_three_sums_apart() -> None:
    """11 × 12 quoted; running, uncertain and not watched are at stake; finished and the one without a file charged."""
    batch = all_states()
    assert repr(batch.costs()) == (
        "2 of 11 pictures, 24 credits charged, up to 36 at stake, of 132 quoted, 1 picture uncertain "
        "(vidgo.resolve()), 12 credits saved by the store, 60 credits for what is missing, not final: 2 jobs under way"
    )
    assert repr(batch).endswith("; 24 credits charged, up to 36 at stake, of 132 quoted>")
    sums = [sum(value for row in batch.to_rows() if (value := row[name])) for name in ("quoted", "at_stake", "charged")]
    assert sums == [132, 36, 24]
    first = batch_card_text(card_of_batch(Batch(batch[2:]))).split("\n")[0]  # once none goes on
    assert first.startswith("7 of 9 without a picture · 36 credits charged, up to 24 at stake, of 108 quoted")


def test_a_batch_of_every_state_without_a_published_price_counts_its_pictures() -> None:
    costs = repr(all_states(FLUX).costs())
    assert "2 unpublished prices charged, up to 3 unpublished at stake, of 11 unpublished quoted" in costs
    assert "1 unpublished price saved by the store, 5 unpublished prices for what is missing" in costs


def test_a_job_that_was_given_up_and_nevertheless_accepted_has_its_charge_everywhere() -> None:
    job = job_in("forgotten")
    moving.mirror(job, replace(moving.record(job), charge=job.quote.total))
    assert in_repr(job) == "12 credits charged"
    assert listed(job, job.quote.credit_format) == ("12 credits", "–", "12 credits")
    assert repr(Batch([job]).costs()) == "0 of 1 picture, 12 credits charged"
    assert batch_card_text(card_of_batch(Batch([job]))).startswith("1 of 1 forgotten · 12 credits")
