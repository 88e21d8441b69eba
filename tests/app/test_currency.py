"""With ``credit_price`` the currency stands beside the credits in lists and in an export; without it, nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.status import batches
from vidgo_notebook.emulator import Fault
from vidgo_notebook.render import markup


def exported(name: str) -> str:
    vidgo.export("out")
    return (Path("out") / name).read_text(encoding="utf-8")


SURFACES: dict[str, tuple[Callable[[], str], str, str]] = {
    "the range of models": (lambda: repr(vidgo.models()), "2 to 48", "2 (0.01 USD) to 48 (0.24 USD)"),
    "the price table": (lambda: vidgo.models()._repr_html_(), ">24<", ">24 (0.12 USD)<"),
    "named batches": (lambda: repr(batches(current_session())), "12 credits", "12 credits (0.06 USD)"),
    "the report": (lambda: repr(vidgo.report()), " 12 ", " 12 (0.06 USD) "),
    "an export's page": (lambda: exported("README.md"), "| 12 |", "| 12 (0.06 USD) |"),
    "an export's metadata": (
        lambda: exported("ro-crate-metadata.json"),
        "12 credits charged",
        "12 credits (0.06 USD) charged",
    ),
}


@pytest.mark.parametrize("surface", SURFACES)
def test_the_currency_stands_beside_credits_when_it_is_set(surface: str, session: Session, local_api: LocalApi) -> None:
    """A batch of two pictures of 12 credits, of which one failed."""
    local_api.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    prompts = ["A red mug", "A blue mug"]
    vidgo.sweep(prompt=prompts, name="mugs", quality="high", size="1:1", resolution="1K").wait(90)
    shown, without, with_currency = SURFACES[surface]
    assert without in shown()
    assert "USD" not in shown()
    vidgo.configure(credit_price="0.005 USD")
    assert with_currency in shown()


def test_an_amount_with_its_currency_is_not_broken_in_a_table() -> None:
    for amount in ("up to 48 credits (0.24 USD)", "2,000 credits (10 USD)"):
        assert f'white-space:nowrap">{amount}</td>' in markup.table([[amount]])
