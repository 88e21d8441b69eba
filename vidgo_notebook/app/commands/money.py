"""Commands about prices and charges."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from vidgo_notebook.app.commands.command import Call, CommandGroup, option, prompt_words
from vidgo_notebook.app.commands.models import model_table
from vidgo_notebook.app.costs import costs_of, measure
from vidgo_notebook.app.plan.planning import plan_picture
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_grammar import add_request_options
from vidgo_notebook.domain.cell_options import request_fields
from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat, Quote, grouped
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.render.card import breakdown_rows, price_text
from vidgo_notebook.render.listing import Column, Listing, message
from vidgo_notebook.visible_text import visible

MONEY = CommandGroup()

_ANY_PROMPT = "a picture"
"""Stands for the prompt where only a price is asked for, which does not depend on it."""


@MONEY.command(
    "costs",
    "lists what was charged, and what the store saved",
    option("--check", action="store_true", help="compare with the account's balance (asks the API)"),
    example="costs --check",
    answers=True,
)
def _costs(call: Call) -> object:
    if not call.options.check:
        return costs_of(call.session)
    measured = measure(call.session)
    return message(
        measured.verdict(call.session.settings.credit_format)
        if measured
        else "The balance is saved: check again after the next pictures."
    )


@dataclass(frozen=True, slots=True, repr=False)
class Balance:
    """What the account holds: ``credits``, and the provider that says so."""

    credits: Decimal
    provider: str
    credit_format: CreditFormat = field(default=NO_CURRENCY, repr=False)

    def __str__(self) -> str:
        if self.provider == EMULATOR:
            return f"{grouped(self.credits)} emulated credits: stand-ins are free."
        return visible(f"{self.credit_format.text(self.credits)} at {self.provider}.")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return message(str(self))._repr_html_()


def balance_of(session: Session) -> Balance:
    """The account's balance; asks the API. Raises AuthenticationError, TransportError, APIError."""
    return Balance(session.balance(), session.target.provider, session.settings.credit_format)


@MONEY.command("balance", "asks the API for the account's balance", answers=True)
def _balance(call: Call) -> object:
    return balance_of(call.session)


@MONEY.command(
    "quote",
    "prices a request without sending it",
    add_request_options,
    prompt_words("may be left out: the price does not depend on it"),
    example="quote --quality high --size 16:9 --resolution 4K",
    answers=True,
    gathers=True,
)
def _quote(call: Call) -> object:
    options = call.options
    fields = request_fields(vars(options), call.problems)
    fields["image"] = [call.front.looked_up(image) for image in options.image]
    plan = plan_picture(call.session, " ".join(options.prompt) or _ANY_PROMPT, fields, options.takes)
    plan.check(call.problems)
    return price_table(call.session.quote(plan.places[0].request, len(plan.places)))


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A line of a price: its amount in credits (of a factor, the factor), None while it is not published."""

    line: str
    amount: Decimal | None
    value: str
    reason: str


_PRICE_COLUMNS = [
    Column[PriceRow]("", lambda row: row.line),
    Column[PriceRow]("", lambda row: row.value),
    Column[PriceRow]("", lambda row: row.reason),
]


def price_table(price: Quote) -> Listing[PriceRow]:
    """A price line by line, and what to know about it."""
    amounts = [*(line.amount for line in price.lines), price.total]
    rows = [
        PriceRow(label, amount, value, reason)
        for amount, (label, value, reason) in zip(amounts, breakdown_rows(price), strict=True)
    ]
    title = f"{price_text(price)} for {price.model}; nothing was sent."
    return Listing(title, rows, _PRICE_COLUMNS, [f"Note: {advice}" for advice in price.advice])


@MONEY.command("models", "lists the models, what they take, and their prices", answers=True)
def _models(call: Call) -> object:
    return model_table(call.session.settings.credit_format)
