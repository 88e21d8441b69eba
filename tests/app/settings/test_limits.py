"""A limit from outside binds the notebook: lowering it is free, raising it is the person's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from traitlets import TraitError
from traitlets.config import Config

from tests.fixtures.users import User
from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.limits import LimitError
from vidgo_notebook.app.settings.origins import Origin, Outside
from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.errors import BudgetError, RequestError


def limited(monkeypatch: pytest.MonkeyPatch, user: User | None = None, **variables: str) -> Vidgo:
    """Settings under these variables of the environment, with this user."""
    for name, value in variables.items():
        monkeypatch.setenv(f"VIDGO_{name.upper()}", value)
    settings = Vidgo()
    settings.ask = user.ask if user else settings.ask
    return settings


RAISED: list[tuple[str, Any]] = [
    ("budget", "5.01"), ("budget", 1_000_000), ("budget", None),
    ("confirm_above", 51), ("confirm_above", 1_000_000),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), RAISED)
def test_without_a_person_raising_is_refused_and_the_message_says_where_it_can_be_done(
    name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = limited(monkeypatch, budget="5", confirm_above="50")
    before = getattr(settings, name)
    for change in (lambda: setattr(settings, name, value), lambda: configure(settings, **{name: value})):
        with pytest.raises(BudgetError) as caught:
            change()
        assert f"VIDGO_{name.upper()} before Python starts" in str(caught.value)
        assert "the environment limits it to" in str(caught.value)
        assert getattr(settings, name) == settings.limit(name) == before
    assert settings.origin_of(name) is Origin.ENVIRONMENT


@pytest.mark.parametrize(("name", "value"), RAISED)
def test_a_magic_that_raises_a_limit_leaves_it_as_it_was(
    name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``%config`` assigns through a configuration; traitlets restores the old value only for its own error."""
    settings = limited(monkeypatch, budget="5", confirm_above="50")
    with pytest.raises(TraitError):
        settings.update_config(Config({"Vidgo": {name: value}}))
    assert settings.limit(name) == getattr(settings, name) == {"budget": 5, "confirm_above": 50}[name]


def test_lowering_is_free_and_so_is_raising_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    user = User(answer=False)
    settings = limited(monkeypatch, user, budget="5", confirm_above="50")
    configure(settings, budget=2, confirm_above=0)
    assert (settings.limit("budget"), settings.limit("confirm_above")) == (2, 0)
    configure(settings, budget=5, confirm_above=50)
    assert (settings.limit("budget"), settings.limit("confirm_above"), user.asked) == (5, 50, [])


def test_the_built_in_question_counts_as_set_outside() -> None:
    settings = Vidgo()
    with pytest.raises(LimitError, match="the built-in limit is 100 credits"):
        configure(settings, confirm_above=101)
    assert settings.confirm_above == 100


def test_a_person_may_raise_it_and_sees_both_amounts(monkeypatch: pytest.MonkeyPatch) -> None:
    user = User(answer=True)
    settings = limited(monkeypatch, user, budget="5", credit_price="0.005 USD")
    configure(settings, budget=200)
    assert user.asked == [
        "This notebook wants to set budget to 200 credits (1 USD); "
        "the environment limits it to 5 credits (0.025 USD). Allow it?"
    ]
    assert (settings.limit("budget"), settings.origin_of("budget")) == (200, Origin.NOTEBOOK)
    configure(settings, budget=100)
    configure(settings, budget=200)
    assert len(user.asked) == 1
    configure(settings, budget=None)
    assert "set budget to no limit; 200 credits (1 USD) was agreed to" in user.asked[1]
    assert settings.limit("budget") is None


def test_a_no_keeps_the_limit_and_everything_else_that_was_set_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = limited(monkeypatch, User(answer=False), budget="5")
    with pytest.raises(LimitError):
        configure(settings, quality="high", budget=200)
    assert (settings.budget, settings.quality) == (5, None)


def test_a_budget_that_is_not_set_outside_is_the_notebooks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = limited(monkeypatch)
    configure(settings, budget=10)
    configure(settings, budget=20)
    configure(settings, budget=None)
    assert settings.limit("budget") is None


# Ways around it


def test_what_a_cell_changes_in_the_environment_lifts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a higher value, nor none; the extension may be loaded again."""
    monkeypatch.setattr(origins, "outside", Outside({"VIDGO_BUDGET": "5", "VIDGO_CONFIRM_ABOVE": "50"}))
    for text in ("1000", "", None):
        for name in ("VIDGO_BUDGET", "VIDGO_CONFIRM_ABOVE"):
            monkeypatch.setenv(name, text) if text is not None else monkeypatch.delenv(name)
        settings = Vidgo()
        assert (settings.budget, settings.confirm_above) == (5, 50)
        assert (settings.limit("budget"), settings.limit("confirm_above")) == (5, 50)


def test_what_a_cell_lowers_in_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "outside", Outside({"VIDGO_BUDGET": "5"}))
    monkeypatch.setenv("VIDGO_BUDGET", "3")
    assert Vidgo().limit("budget") == 3


def test_a_configuration_that_a_cell_changed_lifts_nothing_and_loading_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDGO_BUDGET", "5")
    settings = Vidgo(config=Config({"Vidgo": {"budget": 1000, "confirm_above": 900, "quality": "high"}}))
    assert (settings.budget, settings.confirm_above, settings.quality) == (5, 100, "high")
    assert len(settings.notices) == 2
    assert "budget is not set to 1,000 credits: the environment limits it to 5 credits" in settings.notices[0]


def test_of_two_limits_from_outside_the_lower_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside({"VIDGO_BUDGET": "50", "VIDGO_CONFIRM_ABOVE": "20"})
    outside.read_profile({"budget": 5, "confirm_above": 200})
    outside.read_profile({"budget": 1000})  # by a profile that is loaded later
    monkeypatch.setattr(origins, "outside", outside)
    settings = Vidgo(config=Config({"Vidgo": {"budget": 5, "confirm_above": 200}}))
    assert (settings.limit("budget"), settings.origin_of("budget")) == (5, Origin.PROFILE)
    assert (settings.limit("confirm_above"), settings.origin_of("confirm_above")) == (20, Origin.ENVIRONMENT)


def test_a_profile_may_raise_the_built_in_question(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside({})
    outside.read_profile({"confirm_above": 500})
    monkeypatch.setattr(origins, "outside", outside)
    assert Vidgo(config=Config({"Vidgo": {"confirm_above": 500}})).limit("confirm_above") == 500


def test_a_value_that_was_put_there_without_any_check_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """traitlets postpones checks in such a block."""
    settings = limited(monkeypatch, budget="5")
    with pytest.raises(LimitError), settings.hold_trait_notifications():
        settings.budget = Decimal(1000)
        assert settings.limit("budget") == 5
    assert settings.budget == 5


def test_a_limit_from_outside_that_makes_no_sense_allows_nothing_until_a_person_sets_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = User(answer=False)
    settings = limited(monkeypatch, user, budget="five")
    with pytest.raises(RequestError, match="VIDGO_BUDGET"):
        settings.check()
    with pytest.raises(LimitError):
        settings.budget = Decimal(1)
    user.answer = True
    settings.budget = Decimal(1)
    settings.check()
    assert settings.limit("budget") == 1
