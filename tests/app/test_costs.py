"""What `%vidgo costs` adds up, and what `--check` may conclude."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.clocks import wait_until
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession, new_request
from vidgo_notebook.app.costs import add_up, costs_of, measure, uncertain_line
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.purchase.resolve import resolve_jobs
from vidgo_notebook.app.purchase.resume import in_one_line
from vidgo_notebook.app.status import latest_jobs, standing
from vidgo_notebook.domain.pricing import NO_CURRENCY
from vidgo_notebook.door import here
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.store.journal.journal import Charge

CHARGE = Charge(1.0, "j1", "f" * 64, "vidgo", "", "gpt-image-2", Decimal(12), Decimal(12), Decimal(0))


def test_notebooks_of_one_name_in_two_folders_are_listed_separately() -> None:
    named = ["/home/a/plots.ipynb", "/home/b/plots.ipynb", "/home/a/other.ipynb", "/home/a/plots.ipynb"]
    table = add_up([replace(CHARGE, notebook=name) for name in named])
    assert {(row.notebook, row.charged) for row in table} == {
        ("/home/a/plots.ipynb", Decimal(24)),
        ("/home/b/plots.ipynb", Decimal(12)),
        ("other.ipynb", Decimal(12)),
    }


def test_costs_are_a_frame_whose_sums_are_exact() -> None:
    frame = add_up([CHARGE, replace(CHARGE, model="flux-2-pro", charged=Decimal("0.1"))]).to_frame()
    assert list(frame["model"]) == ["flux-2-pro", "gpt-image-2"]
    assert frame["charged"].sum() == Decimal("12.1")


def test_a_check_agrees_when_the_account_lost_what_was_charged(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    assert measure(session) is None
    order_jobs(session, [new_request(session, "A red bicycle", quality="high")])[0].result(90)
    measured = measure(session)
    assert measured is not None
    assert measured.verdict() == "Matches: the balance fell by 12 credits, and 12 were charged."


def test_a_check_is_inconclusive_over_a_balance_that_was_recorded_while_a_job_was_under_way(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    """It cannot be known on which side of that balance the service took its credits."""
    session = open_session()
    local_api.emulator._latency = 0.6
    job = order_jobs(session, [new_request(session, "A red bicycle", quality="high")])[0]
    wait_until(lambda: moving.state(job).accepted)
    session.balance()
    job.result(90)
    measured = measure(session)
    assert measured is not None
    assert measured.verdict().startswith("Inconclusive: the balance was last recorded with 1 job under way")


def test_a_check_says_that_others_make_it_inconclusive(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    session.balance()
    order_jobs(session, [new_request(session, "A red bicycle", quality="high")])[0].result(90)
    measured = measure(session)
    assert measured is not None
    topped_up = replace(measured, now=measured.now + 100)
    assert topped_up.verdict().startswith("Differs: the balance rose by 88 credits, and 12 were charged here.")
    assert topped_up.verdict().endswith("the comparison is inconclusive.")


# provider, quoted, charged and saved of a charge; what the table's row says, and its title
LEDGER = [
    ("vidgo", "12", "12", "0", ("12", "12", "0"), "12 credits charged (as quoted), 0 credits saved by the store"),
    ("vidgo", "12", "0", "12", ("12", "0", "12"), "0 credits charged (as quoted), 12 credits saved by the store"),
    (
        *("vidgo", None, None, "0"),
        ("1 not published", "1 not published", "0"),
        "1 unpublished price charged (as quoted), 0 credits saved by the store",
    ),
    (
        *("emulator", "12", "12", "0"),  # a ledger of 0.1
        ("12", "0", "0"),
        "0 credits charged (as quoted), 0 credits saved by the store; stand-ins: 12 credits quoted, free",
    ),
    (
        *("emulator", "12", "0", "0"),
        ("12", "0", "0"),
        "0 credits charged (as quoted), 0 credits saved by the store; stand-ins: 12 credits quoted, free",
    ),
]


@pytest.mark.parametrize(("provider", "quoted", "charged", "saved", "row", "title"), LEDGER)
def test_each_kind_of_charge_stands_in_its_column(
    provider: str, quoted: str | None, charged: str | None, saved: str, row: tuple[str, ...], title: str
) -> None:
    amounts = [None if amount is None else Decimal(amount) for amount in (quoted, charged, saved)]
    table = add_up([Charge(1.0, "j1", "f" * 64, provider, "", "gpt-image-2", *amounts)])
    heading, (texts,), _ = table.as_text()
    assert heading == title
    assert texts[-3:] == row


def test_a_picture_of_unpublished_price_is_not_nothing_in_any_list(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    """One of 12 credits and two of FLUX.2 bought; the same again from the store."""
    session = open_session()
    requests = [
        new_request(session, "A red bicycle", quality="high"),
        *(new_request(session, f"Bicycle {n}", model="flux-2-pro", size="1:1", resolution="1K") for n in range(2)),
    ]
    for _ in range(2):
        for job in order_jobs(session, requests, PurchaseChoices(yes=True)):
            job.result(90)
    rows = {fact.name: fact.value for fact in standing(session)}
    assert rows["charged"] == "12 credits and 2 unpublished in this session"
    assert rows["saved"] == "12 credits and 2 unpublished by the store"
    assert costs_of(session).as_text()[0] == (
        "12 credits and 2 unpublished charged (as quoted), 12 credits and 2 unpublished saved by the store"
    )
    assert [row.cost(NO_CURRENCY) for row in latest_jobs(session, {})] == [
        "not published",
        "not published",
        "12 credits",
    ]


def test_a_mixed_ledger_counts_unpublished_prices_beside_the_credits() -> None:
    flux = replace(CHARGE, model="flux-2-pro", quoted=None, charged=None)
    table = add_up([replace(CHARGE, quoted=Decimal(8), charged=Decimal(8)), *[flux] * 4], "0.005 USD")
    title, rows, head = table.as_text()
    assert title == "8 credits (0.04 USD) and 4 unpublished charged (as quoted), 0 credits (0 USD) saved by the store"
    assert head[-1] == "charged, USD"
    assert [row[-4:] for row in rows] == [
        ("4 not published", "4 not published", "0", "4 not published"),
        ("8", "8", "0", "0.04"),
    ]


def test_uncertain_jobs_and_what_is_at_stake_are_a_line_of_the_costs(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    session = open_session(credit_price="0.005 USD")
    local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    job = order_jobs(session, [new_request(session, "A red bicycle", quality="high")])[0].wait(90)
    assert job.status == "uncertain"
    line = "1 job is uncertain: up to 12 credits (0.06 USD) at stake; %vidgo resolve"
    assert uncertain_line(session) == line
    assert repr(costs_of(session)).split("\n")[-1] == here(line)
    assert ("uncertain", here(line)) in [(fact.name, fact.value) for fact in standing(session)]


def still_running(body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a status request, of a task that never ends."""
    return {**body, "data": {**body["data"], "status": "running", "files": []}}


def test_what_is_charged_already_is_not_at_stake_as_well(open_session: OpenSession, local_api: LocalApi) -> None:
    """One picture of 12 credits that is made, and whose file is not there; one of 2 credits that is being made."""
    session = open_session(timeout=1.0)
    local_api.emulator.faults.add(Fault("file", times=None, status=404))
    order_jobs(session, [new_request(session, "A red bicycle", quality="high")])[0].wait(90)
    under_way = "1 job is under way: charged already; %vidgo jobs"
    assert repr(costs_of(session)).split("\n")[-1] == here(under_way)
    paid = "1 picture is paid for and not here yet: %vidgo resume fetches it."
    assert in_one_line(session) == paid
    measured = measure(session)
    assert measured is None or measured.under_way == 0
    local_api.emulator.faults.add(Fault("status", times=None, alter=still_running))
    order_jobs(session, [new_request(session, "A blue bicycle")])[0].wait(90)
    assert repr(costs_of(session)).split("\n")[-1] == here(
        "2 jobs are under way: up to 2 credits at stake; %vidgo jobs"
    )
    watched = "1 job of this session is no longer watched, up to 2 credits at stake: %vidgo resume continues it."
    assert in_one_line(session) == f"{paid} {watched}"
    rows = {fact.name: fact.value for fact in standing(session)}
    assert rows["charged"] == "12 credits in this session"
    assert measure(session).under_way == 1  # type: ignore[union-attr]


def test_a_check_of_nothing_agrees_with_nothing(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    session.balance()
    measured = measure(session)
    assert measured is not None
    assert measured.verdict().startswith("Inconclusive: since ")


def test_a_check_after_a_job_was_forgotten_says_that_it_may_have_been_billed(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    session = open_session()
    session.balance()
    local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    job = order_jobs(session, [new_request(session, "A red bicycle", quality="high")])[0].wait(90)
    resolve_jobs(session, [job], "forget", False)
    wait_until(lambda: local_api.emulator.balance < 10000)
    measured = measure(session)
    assert measured is not None
    assert measured.verdict() == (
        "Inconclusive: the balance fell by 12 credits, and 0 were charged here; 1 job sent since then and forgotten "
        "may have been billed."
    )
