"""What it costs, what is left, and the button that buys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from vidgo_notebook.app.form import LiveQuote
from vidgo_notebook.domain.pricing import NO_CURRENCY
from vidgo_notebook.render import form_text as html
from vidgo_notebook.render.card import price_text
from vidgo_notebook.ui.panel.parts import box, button, row, show, words

Balance = tuple[float, Decimal] | None


class PriceBox:
    """Price, breakdown, budget, balance, Generate with its reason, and the question about the price."""

    def __init__(self, generate: Callable[[], None], ask_balance: Callable[[], None]) -> None:
        self.price, self.reason = words(), words()
        self.generate = button("Generate", generate, colour="primary", kind="vidgo-go")
        self.balance = button("Ask the balance", ask_balance, hint="Ask the service for the account's balance")
        self.question = words()
        self._answer: Callable[[bool], None] = lambda _: None
        yes = button("Yes, buy", lambda: self._answered(True), colour="warning")
        no = button("No", lambda: self._answered(False))
        self.confirm = box(self.question, row(yes, no))
        show(self.confirm, False)
        self.box = box(self.price, row(self.balance), self.generate, self.reason, self.confirm, kind="vidgo-price-box")

    @property
    def asking(self) -> bool:
        """Whether a question waits for its answer."""
        return bool(self.confirm.layout.display != "none")

    def show(self, live: LiveQuote, reasons: list[str], balance: Balance) -> None:
        """The price; ``reasons`` say why nothing can be generated now."""
        self.price.value = html.price_box(live.full_quote, _headline(live), _budget(live, balance))
        self.generate.description = f"Generate · {_price(live)}"
        self.refuse(reasons)

    def refuse(self, reasons: list[str]) -> None:
        """Generate is free to press, or is not and says why."""
        self.generate.disabled = bool(reasons) or self.asking
        waiting = ["Answer the question below first."] if self.asking else []
        self.reason.value = html.muted(
            f"Generate is disabled until this is fixed. {' '.join([*reasons, *waiting])}" if reasons or waiting else ""
        )

    def ask(self, question: str, answer: Callable[[bool], None]) -> None:
        """Put a question about money; nothing is sent until it is answered."""
        self.question.value, self._answer = html.notes([question]), answer
        show(self.confirm, True)

    def _answered(self, yes: bool) -> None:
        if self.asking:
            show(self.confirm, False)
            self._answer(yes)


_STORED = "free, from the store"


def _price(live: LiveQuote) -> str:
    if not live.new:
        return f"free, {'under way' if live.under_way else 'sent'} already" if live.under_way + live.sent else _STORED
    if live.quote is None:
        return "no price yet"
    return price_text(live.quote)


def _headline(live: LiveQuote) -> str:
    price = _price(live)
    return price[:1].upper() + price[1:]


def _budget(live: LiveQuote, balance: Balance) -> list[str]:
    write = live.full_quote.credit_format if live.full_quote else NO_CURRENCY
    lines = []
    if live.emulated:
        lines.append("Emulated: stand-ins drawn on this machine. These credits cost nothing.")
    if 0 < live.stored < len(live.requests):
        lines.append(f"{live.stored} of {len(live.requests)} takes are in the store and cost nothing again.")
    left = live.budget_left
    lines.append("Budget: none set." if left is None else f"Budget: {write.text(left)} left.")
    if balance is None:
        lines.append("Balance: not asked yet.")
    else:
        moment = datetime.fromtimestamp(balance[0]).astimezone().strftime("%Y-%m-%d %H:%M")
        lines.append(f"Balance: {write.text(balance[1])}, as asked {moment}.")
    return lines
