"""No credit is spent without consent: the cell's limit, the budget, the question."""

from __future__ import annotations

from decimal import Decimal

import pytest
from traitlets.config import Config

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.orders import OpenSession, new_request
from tests.fixtures.users import User
from vidgo_notebook.app.purchase.approval import PurchaseChoices, approve
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.origins import Outside
from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.domain.pricing import Quote, quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.errors import BudgetError

HIGH = quote(GenerationRequest("A red bicycle", quality="high"))  # 12 credits
FLUX = quote(GenerationRequest("A red bicycle", model="flux-2-pro", size="1:1", resolution="1K"))  # not published


def flux(price: str) -> Quote:
    """A picture of that model at a price that was set."""
    request = GenerationRequest("A red bicycle", model="flux-2-pro", size="1:1", resolution="1K")
    return quote(request, 1, {"flux-2-pro": Decimal(price)})


def buy(
    quotes: list[Quote],
    budget: Budget,
    user: User | None = None,
    choices: PurchaseChoices | None = None,
    /,
    **settings: object,
) -> None:
    """Ask for approval as a session does; ``person`` None is the emulator, which never asks."""
    named = {f"job-{id(budget)}-{len(budget.in_flight) + number}": price for number, price in enumerate(quotes)}
    approve(named, choices or PurchaseChoices(), Vidgo(**settings), budget, user.ask if user else None)


def unconfirmed(budget: Budget) -> Decimal:
    """Credits that were asked for since a person last agreed."""
    return sum(budget.unconfirmed().values(), Decimal(0))


@pytest.mark.parametrize(("limit", "fits"), [("23.9", False), ("24", True), ("0", False)])
@pytest.mark.parametrize("user", [None, User(answer=True)], ids=["emulated", "live"])
def test_a_cell_costs_no_more_than_its_limit(limit: str, fits: bool, user: User | None) -> None:
    budget, choices = Budget(), PurchaseChoices(yes=True, max_credits=Decimal(limit))
    if fits:
        buy([HIGH, HIGH], budget, user, choices)
        assert budget.committed == 24
        return
    with pytest.raises(BudgetError, match="would cost 24 credits"):
        buy([HIGH, HIGH], budget, user, choices)
    assert budget.committed == 0


def test_yes_does_not_override_the_budget() -> None:
    with pytest.raises(BudgetError, match="budget of 20 credits"):
        buy([HIGH, HIGH], Budget(), User(answer=True), PurchaseChoices(yes=True), budget=20)


def test_a_budget_that_does_not_suffice_names_the_way_to_raise_it_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the notebook where that is allowed, with an amount to copy; outside where the limit was set there."""
    inside, two = Vidgo(), {"a": HIGH, "b": HIGH}
    configure(inside, budget=20)
    with pytest.raises(BudgetError) as caught:
        approve(two, PurchaseChoices(), inside, Budget(), None)
    assert str(caught.value.hint) == "Ask for a cheaper picture. Or raise the budget: %config Vidgo.budget = '24'"
    monkeypatch.setattr(origins, "outside", Outside({"VIDGO_BUDGET": "20"}))
    with pytest.raises(BudgetError) as caught:
        approve(two, PurchaseChoices(), Vidgo(), Budget(), None)
    assert str(caught.value.hint) == (
        "Ask for a cheaper picture. The environment sets the budget. Raise it outside the notebook: set VIDGO_BUDGET "
        "before Jupyter starts, or c.Vidgo.budget in a profile."
    )


def test_the_question_comes_when_more_than_the_threshold_adds_up() -> None:
    """Eight times 12 are 96; the ninth makes 108."""
    budget, user = Budget(), User(answer=True)
    for _ in range(8):
        buy([HIGH], budget, user)
    assert user.asked == []
    buy([HIGH], budget, user)
    assert user.asked == ["This costs 12 credits, after 96 credits without a confirmation. Continue?"]
    for _ in range(8):  # consent starts the count anew
        buy([HIGH], budget, user)
    assert len(user.asked) == 1


def test_exactly_the_threshold_is_not_asked_for() -> None:
    budget, user = Budget(), User()
    buy([HIGH], budget, user, confirm_above=12)
    assert user.asked == []
    with pytest.raises(BudgetError, match="not confirmed"):
        buy([HIGH], budget, user, confirm_above=12)
    assert budget.committed == 12


def test_a_no_leaves_everything_as_it_was() -> None:
    budget, user = Budget(), User(answer=False)
    for _ in range(3):
        with pytest.raises(BudgetError, match="not confirmed"):
            buy([HIGH] * 9, budget, user)
    assert (budget.committed, unconfirmed(budget)) == (0, 0)
    assert len(user.asked) == 3


def test_an_interrupted_question_is_a_no() -> None:
    def interrupted(*_: str) -> bool:
        raise KeyboardInterrupt

    budget = Budget()
    with pytest.raises(KeyboardInterrupt):
        approve({"j": HIGH}, PurchaseChoices(), Vidgo(confirm_above=1), budget, interrupted)
    assert (budget.committed, unconfirmed(budget)) == (0, 0)


def test_what_is_asked_for_while_the_question_stands_open_is_not_agreed_to_with_it() -> None:
    """Another thread's purchase of 120 credits, that this person never read of, meets its own question."""
    budget, questions, settings = Budget(), [], Vidgo()

    def ask(question: str, _: str = "") -> bool:
        questions.append(question)
        if len(questions) == 1:
            budget.reserve({"other": quote(GenerationRequest("x", quality="high"), 10)}, None)
        return True

    approve({"mine": quote(GenerationRequest("x", quality="high"), 9)}, PurchaseChoices(), settings, budget, ask)
    assert unconfirmed(budget) == 120
    approve({"next": HIGH}, PurchaseChoices(), settings, budget, ask)
    assert questions[1] == "This costs 12 credits, after 120 credits without a confirmation. Continue?"


def test_yes_answers_the_question() -> None:
    budget, user = Budget(), User(answer=False)
    buy([HIGH] * 9, budget, user, PurchaseChoices(yes=True))
    assert (user.asked, budget.committed) == ([], 108)


def test_what_an_emulator_makes_is_never_asked_about() -> None:
    budget = Budget()
    buy([HIGH] * 100, budget, None)
    assert budget.committed == 1200


# Unpublished prices


def test_an_unpublished_price_is_asked_about_once_for_a_session() -> None:
    budget, user = Budget(), User(answer=True)
    buy([FLUX], budget, user)
    buy([FLUX, FLUX], budget, user)
    assert user.asked == ["The price of flux-2-pro is not published. Continue without a known price?"]


def test_the_question_about_unpublished_prices_names_how_many_they_are_and_what_is_known_of_the_sum() -> None:
    user = User(answer=True)
    settings = Vidgo(credit_price="0.005 USD")
    quotes = {"a": FLUX, "b": HIGH, "c": FLUX, "d": HIGH}
    approve(quotes, PurchaseChoices(), settings, Budget(), user.ask, lambda: "The account holds 876 credits.")
    assert user.asked == [
        "The account holds 876 credits. This costs 24 credits (0.12 USD) and 2 unpublished. "
        "The price of 2 pictures of flux-2-pro is not published. Continue without a known price?"
    ]


def test_without_a_person_the_answer_is_no_and_the_error_says_what_to_write() -> None:
    with pytest.raises(BudgetError) as caught:
        buy([FLUX], Budget(), User(answer=False))
    assert "not published" in str(caught.value)
    assert "vidgo.configure(prices={'flux-2-pro': '6'})" in str(caught.value)
    assert "yes=True" in str(caught.value)
    assert caught.value.quote == FLUX


@pytest.mark.parametrize("yes", [False, True])
@pytest.mark.parametrize("user", [None, User(answer=True)], ids=["emulated", "live"])
def test_under_a_budget_an_unpublished_price_is_refused_until_it_is_set_whatever_yes_says(
    yes: bool, user: User | None
) -> None:
    budget, choices = Budget(), PurchaseChoices(yes=yes)
    with pytest.raises(BudgetError, match="can't be compared with the budget") as caught:
        buy([FLUX], budget, user, choices, budget=1000)
    assert "yes=True" not in str(caught.value)
    assert (user.asked if user else [], budget.in_flight) == ([], {})
    buy([flux("6")], budget, user, choices, budget=10, prices={"flux-2-pro": 6})
    assert budget.committed == 6
    with pytest.raises(BudgetError, match="4 credits of the budget"):
        buy([flux("6")], budget, user, choices, budget=10, prices={"flux-2-pro": 6})


def test_a_limit_of_the_cell_cannot_be_kept_for_an_unpublished_price() -> None:
    with pytest.raises(BudgetError, match=r"max_credits \(5 credits\)"):
        buy([FLUX], Budget(), User(answer=True), PurchaseChoices(yes=True, max_credits=Decimal(5)))


# What was set outside the notebook


def test_yes_does_not_answer_for_the_person_who_set_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDGO_CONFIRM_ABOVE", "20")
    yes, user, budget = PurchaseChoices(yes=True), User(answer=False), Budget()
    buy([HIGH], budget, user, yes)
    assert user.asked == []
    with pytest.raises(BudgetError) as caught:
        buy([HIGH], budget, user, yes)
    assert len(user.asked) == 1
    assert "yes=True does not answer, since the environment sets confirm_above" in str(caught.value)
    assert "VIDGO_CONFIRM_ABOVE before Python starts" in str(caught.value)
    assert budget.committed == 12
    user.answer = True
    buy([HIGH], budget, user, yes)
    assert budget.committed == 24


def test_yes_answers_for_a_lower_limit_of_the_notebooks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDGO_CONFIRM_ABOVE", "20")
    settings, user, budget = Vidgo(), User(answer=False), Budget()
    settings.confirm_above = Decimal(5)
    approve({"one": HIGH}, PurchaseChoices(yes=True), settings, budget, user.ask)
    with pytest.raises(BudgetError):
        approve({"two": flux("5")}, PurchaseChoices(), settings, budget, user.ask)
    assert budget.committed == 12


def test_yes_does_not_answer_about_an_unpublished_price_for_the_person_who_set_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIDGO_CONFIRM_ABOVE", "20")
    with pytest.raises(BudgetError, match="not published, and was not confirmed"):
        buy([FLUX], Budget(), User(answer=False), PurchaseChoices(yes=True))
    buy([FLUX], Budget(), User(answer=True), PurchaseChoices(yes=True))


# Prices that the notebook sets


def priced_inside(price: str) -> Vidgo:
    """Settings in which a notebook sets the price of a model."""
    settings = Vidgo()
    settings.prices = {"flux-2-pro": price}
    return settings


def test_a_price_of_the_notebooks_own_is_asked_about_once_by_model_and_amount() -> None:
    settings, user, budget = priced_inside("6"), User(answer=True), Budget()
    for number in range(3):
        approve({f"job-{number}": flux("6")}, PurchaseChoices(), settings, budget, user.ask)
    assert user.asked == ["The notebook sets the price of flux-2-pro to 6 credits a picture. Is that right?"]
    settings.prices = {"flux-2-pro": "0.1"}
    approve({"other": flux("0.1")}, PurchaseChoices(), settings, budget, user.ask)
    assert "0.1 credits" in user.asked[1]


def test_without_a_person_it_is_refused_and_the_message_says_where_it_can_be_set() -> None:
    budget = Budget()
    with pytest.raises(BudgetError, match="was not confirmed") as caught:
        approve({"job": flux("6")}, PurchaseChoices(), priced_inside("6"), budget, User(answer=False).ask)
    assert "c.Vidgo.prices in an IPython profile" in str(caught.value)
    assert budget.in_flight == {}


@pytest.mark.parametrize("variable", ["VIDGO_BUDGET", "VIDGO_CONFIRM_ABOVE"])
@pytest.mark.parametrize("yes", [False, True])
def test_a_price_of_zero_of_the_notebooks_own_never_counts_under_a_limit_from_outside(
    variable: str, yes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    user = User(answer=True)
    with pytest.raises(BudgetError, match="does not count under a limit that was set outside"):
        approve({"job": flux("0")}, PurchaseChoices(yes=yes), priced_inside("0"), Budget(), user.ask)


@pytest.mark.parametrize("variable", ["VIDGO_BUDGET", "VIDGO_CONFIRM_ABOVE"])
def test_yes_does_not_answer_about_a_price_of_the_notebooks_own_under_a_limit_from_outside(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(BudgetError, match="was not confirmed"):
        approve({"j": flux("0.1")}, PurchaseChoices(yes=True), priced_inside("0.1"), Budget(), User(answer=False).ask)


def test_yes_answers_for_an_unpublished_price_and_never_for_one_of_the_notebooks_own() -> None:
    """Else 13 pictures could be shown as 0 credits, and cost 78."""
    user, budget = User(answer=False), Budget()
    approve({"job": FLUX}, PurchaseChoices(yes=True), Vidgo(), budget, user.ask)
    assert (user.asked, list(budget.in_flight)) == ([], ["job"])
    for price in ("0", "6"):
        with pytest.raises(BudgetError, match="was not confirmed"):
            approve({"one": flux(price)}, PurchaseChoices(yes=True), priced_inside(price), budget, user.ask)
    assert list(budget.in_flight) == ["job"]


def test_a_price_from_a_profile_is_not_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside({"VIDGO_BUDGET": "10"})
    outside.read_profile({"prices": {"flux-2-pro": 6}})
    monkeypatch.setattr(origins, "outside", outside)
    settings, user = Vidgo(config=Config({"Vidgo": {"prices": {"flux-2-pro": 6}}})), User(answer=False)
    approve({"job": flux("6")}, PurchaseChoices(), settings, Budget(), user.ask)
    assert user.asked == []


# What a question says


def test_a_question_names_the_whole_sum_the_currency_and_what_the_account_holds() -> None:
    settings, user = Vidgo(credit_price="0.005 USD"), User(answer=True)
    quotes = {f"job-{number}": HIGH for number in range(9)}
    approve(quotes, PurchaseChoices(), settings, Budget(), user.ask, lambda: "The account holds 876 credits.")
    assert user.asked == ["The account holds 876 credits. This costs 108 credits (0.54 USD). Continue?"]


def test_the_balance_is_asked_before_a_single_picture_that_is_confirmed_and_before_no_other(
    open_session: OpenSession, user: User, local_api: LocalApi
) -> None:
    session = open_session(confirm_above=12)
    user.there = user.answer = True
    order_jobs(session, [new_request(session, "One", quality="high")])[0].result(90)
    to_learn_who_answers = local_api.emulator.count("balance")
    order_jobs(session, [new_request(session, "Two", quality="high")])[0].result(90)
    assert local_api.emulator.count("balance") == to_learn_who_answers + 1
    assert to_learn_who_answers == 1
    assert "The account holds 9,988 credits. This costs 12 credits" in user.asked[0]


@pytest.mark.parametrize("yes", [False, True])
def test_an_account_that_holds_less_than_a_confirmed_picture_costs_refuses_it_before_it_is_sent(
    yes: bool, open_session: OpenSession, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_local_api(credits=5) as api:
        monkeypatch.setenv("VIDGO_BASE_URL", api.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        user.there, session = True, open_session(confirm_above=1)
        with pytest.raises(BudgetError, match="This picture costs 12 credits, and the account holds 5 credits"):
            order_jobs(session, [new_request(session, "One", quality="high")], PurchaseChoices(yes=yes))
        assert (api.submits, user.asked, session.budget(api.url).committed) == (0, [], 0)
        session.close()
