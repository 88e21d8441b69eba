"""Approval of a price: by the cell's limit, the session's budget and a person, in that order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as WaitTimeout
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from vidgo_notebook.app.settings.limits import or_raise, where_to_raise
from vidgo_notebook.app.settings.origins import Origin
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain.arguments import amount_of_credits
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.pricing import OWN_PRICES, Quote, Total, plain, price_lines, total_of
from vidgo_notebook.domain.wording import described
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.errors import AuthenticationError, BudgetError, Problem, RequestError, VidgoError

if TYPE_CHECKING:
    from vidgo_notebook.app.purchase.save import SaveOption
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.app.target import Target
    from vidgo_notebook.engine.engine import Account
    from vidgo_notebook.engine.intent import Purchase

MANY = 1000
"""Pictures: more at once need a confirmation, whatever they cost."""


class Ask(Protocol):
    """Puts a question about money to the person, with what is ``known`` and helps to answer; False is no."""

    def __call__(self, question: str, known: str = "", /) -> bool: ...


class Executor(Protocol):
    """Runs approved purchases outside this process, as on a cluster."""

    def check(self, target: Target) -> None:
        """Raise RequestError or StoreError if it can't buy from ``target`` or write to this store; sends nothing."""

    def prepare(self, purchases: Sequence[Purchase], account: Account) -> Callable[[], None]:
        """Get ready for approved purchases; the function returned runs them. Raises StoreError."""


@dataclass(frozen=True)
class PurchaseChoices:
    """What the user chose about buying: ``fresh`` buys again what the store has, ``yes`` answers the
    question about the price, ``max_credits`` is the most that this cell may cost. ``executor`` runs
    the jobs outside this process; None runs them here. ``save`` is where the pictures are saved besides."""

    fresh: bool = False
    yes: bool = False
    max_credits: Decimal | None = None
    executor: Executor | None = None
    save: SaveOption | None = None


DEFAULT_CHOICES = PurchaseChoices()


def approve(
    quotes: Mapping[str, Quote],
    choices: PurchaseChoices,
    settings: Vidgo,
    budget: Budget,
    ask: Ask | None,
    balance: Callable[[], str] = lambda: "",
) -> None:
    """Reserve the price of these jobs (by id), or raise BudgetError and leave everything as it was.

    ``ask`` is None where pictures cost nothing: then the limits are checked, and no question is asked.
    ``balance`` says what the account holds, and is called before the price is confirmed.
    """
    if not quotes:
        return
    limit = settings.limit("budget")
    _check_cell_limit(quotes, choices.max_credits, settings)
    if limit is not None and (unpublished := _unpublished(quotes)):
        raise _not_comparable(unpublished, "the budget")
    budget.reserve(quotes, limit, lambda needed: _how_to_raise_budget(settings, needed))
    try:
        if ask:
            _confirm_own_prices(quotes, settings, budget, ask)
            _confirm_unpublished(quotes, choices, settings, budget, ask, balance)
            _confirm_total(quotes, choices, settings, budget, ask, balance)
    except BaseException:  # an interrupted question counts as no
        for job_id in quotes:
            budget.release(job_id)
        raise


def limit_of(given: Decimal | float | str | None) -> Decimal | None:
    """``max_credits`` as given in Python. RequestError if it is not an amount of credits."""
    limit = None if given is None else amount_of_credits(given)
    if given is not None and limit is None:
        raise RequestError([Problem("max_credits", f"{described(given)} is not an amount of credits.", "24")])
    return limit


def _unpublished(quotes: Mapping[str, Quote]) -> Quote | None:
    return next((quote for quote in quotes.values() if quote.total is None), None)


def _check_cell_limit(quotes: Mapping[str, Quote], limit: Decimal | None, settings: Vidgo) -> None:
    if limit is None:
        return
    text = settings.credit_format.text
    if unpublished := _unpublished(quotes):
        raise _not_comparable(unpublished, f"--max-credits ({text(limit)})")
    total = total_of(quotes.values())
    if total > limit:
        raise BudgetError(
            f"This cell would cost {text(total)}, more than --max-credits allows ({text(limit)}).",
            quote=next(iter(quotes.values())),
            hint="Raise --max-credits, or ask for a cheaper picture.",
        )


def _not_comparable(unpublished: Quote, limit: str) -> BudgetError:
    return BudgetError(
        f"The price of {unpublished.model} is not published, so it can't be compared with {limit}.",
        quote=unpublished,
        hint=_how_to_set(unpublished),
    )


def _yes_answers(choices: PurchaseChoices, settings: Vidgo) -> bool:
    """Whether ``--yes`` answers a question about a price: where ``confirm_above`` was set outside the notebook, the
    question is put to the person whose limit it is."""
    return choices.yes and _built_in(settings)


def _built_in(settings: Vidgo) -> bool:
    """Whether ``confirm_above`` is the package's default, not set outside the notebook."""
    return settings.outside("confirm_above").origin is Origin.PACKAGE


def _own_price(quote: Quote, settings: Vidgo) -> tuple[str, Decimal] | None:
    """What is priced, and its credits, where the price of a picture is the notebook's own: not published, and not set
    outside."""
    name, amount = quote.lines[0].label, quote.lines[0].amount
    if quote.source == OWN_PRICES and amount is not None:
        return None if settings.outside("prices").value.get(name) == amount else (name, amount)
    model = MODELS.get(quote.model)
    if model is None or not model.own or quote.total is None or settings.sets_price(model):
        return None
    return quote.model, quote.total / quote.pictures


def _confirm_own_prices(quotes: Mapping[str, Quote], settings: Vidgo, budget: Budget, ask: Ask) -> None:
    """Ask once about each price that the notebook itself sets, whatever ``--yes`` says. A price of 0 is refused under
    a limit from outside."""
    limited = settings.outside("budget").value is not None or not _built_in(settings)
    for quote in quotes.values():
        own = _own_price(quote, settings)
        if own is None or own in budget.agreed_prices:
            continue
        model, amount = own
        price = settings.credit_format.text(amount)
        if amount == 0 and limited:
            raise BudgetError(
                f"Not sent: the notebook sets the price of {model} to {price}, which does not count under a limit that "
                "was set outside the notebook.",
                quote=quote,
                hint=_how_to_set_outside(quote),
            )
        if not ask(f"The notebook sets the price of {model} to {price} a picture. Is that right?"):
            raise BudgetError(
                f"Not sent: the notebook sets the price of {model} to {price}, which was not confirmed.",
                quote=quote,
                hint=_how_to_set_outside(quote),
            )
        budget.agreed_prices.add(own)


def _confirm_unpublished(
    quotes: Mapping[str, Quote],
    choices: PurchaseChoices,
    settings: Vidgo,
    budget: Budget,
    ask: Ask,
    balance: Callable[[], str],
) -> None:
    unpublished = _unpublished(quotes)
    if unpublished is None or budget.unpublished_consent or _yes_answers(choices, settings):
        return
    total = Total.of(quote.total for quote in quotes.values())
    in_all = f"This costs {total.text(settings.credit_format)}. " if total.credits else ""
    models = " and ".join(dict.fromkeys(quote.model for quote in quotes.values() if quote.total is None))
    what = models if total.unpublished == 1 else f"{total.unpublished:,} pictures of {models}"
    if not ask(f"{in_all}The price of {what} is not published. Continue without a known price?", balance()):
        raise BudgetError(
            f"Not sent: the price of {unpublished.model} is not published, and was not confirmed.",
            quote=unpublished,
            hint=_how_to_set(unpublished) + (" Or add --yes." if _built_in(settings) else ""),
        )
    budget.unpublished_consent = True


def _confirm_total(
    quotes: Mapping[str, Quote],
    choices: PurchaseChoices,
    settings: Vidgo,
    budget: Budget,
    ask: Ask,
    balance: Callable[[], str],
) -> None:
    prices, threshold, total = budget.unconfirmed(), settings.limit("confirm_above"), total_of(quotes.values())
    asked = sum(prices.values(), Decimal(0))
    if threshold is None or asked <= threshold or total == 0:
        return
    text, known = settings.credit_format.text, balance()
    price, earlier = text(total), asked - total
    since = f", after {text(earlier)} without a confirmation" if earlier else ""
    lines = price_lines(quotes.values())
    table = "".join(f"{line}\n" for line in lines) if len(lines) > 1 else ""
    if choices.yes and asked <= settings.outside("confirm_above").value and not _built_in(settings):
        return  # the notebook's own lower limit asks; towards the limit from outside these prices still count
    if not (_yes_answers(choices, settings) or ask(f"{table}This costs {price}{since}. Continue?", known)):
        raise BudgetError(
            f"Not sent: it costs {price}{since}, which is above {text(threshold)}, and was not confirmed.",
            quote=next(iter(quotes.values())),
            hint=_how_to_confirm(settings),
        )
    budget.confirm(prices)


def _how_to_raise_budget(settings: Vidgo, needed: Decimal) -> str:
    """How the budget becomes as high as needed: inside the notebook as far as nothing outside sets it lower."""
    outside = settings.outside("budget")
    if outside.value is not None and needed > outside.value:
        return f"The {outside.origin.value} sets the budget. {where_to_raise('budget')}"
    return f"Or raise the budget: %config Vidgo.budget = '{plain(needed)}'"


def _how_to_confirm(settings: Vidgo) -> str:
    if _built_in(settings):
        return f"Add --yes. {or_raise('confirm_above')}"
    origin = settings.outside("confirm_above").origin.value
    return f"--yes does not answer, since the {origin} sets confirm_above. {where_to_raise('confirm_above')}"


def agree_on_number(pictures: int, choices: PurchaseChoices, ask: Callable[[str], bool]) -> None:
    """Ask before very many pictures are started, though they cost nothing.

    Raises BudgetError unless the number is confirmed.
    """
    if pictures <= MANY or choices.yes or ask(f"This begins {pictures:,} pictures. Continue?"):
        return
    raise BudgetError(
        f"Not sent: it would begin {pictures:,} pictures, which was not confirmed.",
        hint="Add --yes, or sweep over less.",
    )


def _how_to_set_outside(quote: Quote) -> str:
    setting = "prices" if quote.source == OWN_PRICES else "models_file"
    return f"Set the price outside the notebook: c.Vidgo.{setting} in an IPython profile."


def _how_to_set(quote: Quote) -> str:
    return f"Set what it costs you: %config Vidgo.prices = {{'{quote.lines[0].label}': '6'}}."


_BALANCE_TIMEOUT = 10.0  # seconds; without an answer the service itself refuses what can't be paid


def check_balance(session: Session, quotes: Mapping[str, Quote], choices: PurchaseChoices) -> str:
    """What the account holds, as a sentence for the question; '' if the balance is not available now.

    For a single picture the service is asked only where a person is there, or ``--yes`` answers for one.

    Raises BudgetError if the balance is less than these pictures cost, AuthenticationError if the key is refused.
    """
    if len(quotes) == 1 and not (choices.yes or session.attended()):
        return ""
    try:
        balance = session.balance(_BALANCE_TIMEOUT)
    except AuthenticationError:
        raise
    except (VidgoError, WaitTimeout):
        return ""
    total, text = total_of(quotes.values()), session.settings.credit_format.text
    if total > balance:
        pictures = "This picture costs" if len(quotes) == 1 else f"These {len(quotes):,} pictures cost"
        raise BudgetError(
            f"{pictures} {text(total)}, and the account holds {text(balance)}.",
            quote=next(iter(quotes.values())),
            hint="Top up the account, or ask for fewer or cheaper pictures.",
        )
    return f"The account holds {text(balance)}."
