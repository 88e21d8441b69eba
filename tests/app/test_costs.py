"""What `%vidgo costs` adds up, and what `--check` may conclude."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.fixtures.clocks import wait_until
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession
from vidgo_notebook.app.costs import add_up, measure
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.request.build import new_request
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.store.journal.journal import Charge

CHARGE = Charge(1.0, "j1", "f" * 64, "vidgo", "", "gpt-image-2", Decimal(12), Decimal(12), Decimal(0))


def test_notebooks_of_one_name_in_two_folders_are_told_apart() -> None:
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
    assert measured.verdict() == "Agrees: the account lost 12 credits, and 12 were charged."


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
    assert topped_up.verdict().startswith("Differs: the account lost -88 credits, and 12 were charged here.")
    assert topped_up.verdict().endswith("the comparison is inconclusive.")
