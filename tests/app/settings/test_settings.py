"""Settings: from the environment, by ``configure``, and never half."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.errors import RequestError

DEFAULTS = {
    "model": "gpt-image-2",
    "base_url": "https://api.vidgo.ai",
    "mode": "auto",
    "budget": None,
    "confirm_above": Decimal(100),
    "credit_price": None,
    "attended": None,
    "prices": {},
    "preview": 768,
    "timeout": 1800.0,
    "concurrency": 8,
    "cluster_concurrency": 32,
    "cache_mb": 2000,
    "keep_references": True,
    "quality": None,
}


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_without_an_environment_the_documented_defaults_hold(name: str, value: object) -> None:
    assert getattr(Vidgo(), name) == value


VARIABLES = [
    ("VIDGO_BASE_URL", "http://127.0.0.1:8765/", "base_url", "http://127.0.0.1:8765"),
    ("VIDGO_MODE", "replay", "mode", "replay"),
    ("VIDGO_BUDGET", "200.5", "budget", Decimal("200.5")),
    ("VIDGO_BUDGET", "0", "budget", Decimal(0)),
    ("VIDGO_CONFIRM_ABOVE", "50", "confirm_above", Decimal(50)),
    ("VIDGO_CREDIT_PRICE", "0.005 USD", "credit_price", "0.005 USD"),
    ("VIDGO_CREDIT_PRICE", "0.005 usd", "credit_price", "0.005 USD"),
    ("VIDGO_ATTENDED", "1", "attended", True),
    ("VIDGO_ATTENDED", "0", "attended", False),
    ("VIDGO_BUDGET", "", "budget", None),
    ("VIDGO_MODE", "", "mode", "auto"),
]


@pytest.mark.parametrize(("variable", "text", "name", "value"), VARIABLES)
def test_the_environment_sets_defaults(
    variable: str, text: str, name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    assert getattr(Vidgo(), name) == value
    assert type(getattr(Vidgo(), name)) is type(value)


WRONG = [
    ("VIDGO_MODE", "liev", "mode", "live"),
    ("VIDGO_BUDGET", "much", "budget", "200"),
    ("VIDGO_BUDGET", "-1", "budget", "200"),
    ("VIDGO_CONFIRM_ABOVE", "nan", "confirm_above", "200"),
    ("VIDGO_BASE_URL", "ftp://api.example", "base_url", "https://"),
    ("VIDGO_BASE_URL", "api.vidgo.ai", "base_url", "https://"),
    *(("VIDGO_CREDIT_PRICE", text, "credit_price", "0.005 USD") for text in ("cheap", "0.00 USD", "٣ USD")),
    ("VIDGO_ATTENDED", "maybe", "attended", "1"),
    ("VIDGO_STORE", "~no-such-user-here/x", "store", "~no-such-user-here"),
]


@pytest.mark.parametrize(("variable", "text", "name", "remedy"), WRONG)
def test_a_variable_that_makes_no_sense_is_named_with_what_to_write(
    variable: str, text: str, name: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(RequestError) as caught:
        getattr(Vidgo(), name)
    assert variable in str(caught.value)
    assert remedy in str(caught.value)


def test_all_invalid_variables_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, text in {"VIDGO_ATTENDED": "yes", "VIDGO_CONFIRM_ABOVE": "x", "VIDGO_CREDIT_PRICE": "5"}.items():
        monkeypatch.setenv(variable, text)
    with pytest.raises(RequestError) as caught:
        Vidgo().check()
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"VIDGO_ATTENDED", "VIDGO_CONFIRM_ABOVE", "VIDGO_CREDIT_PRICE"}


def test_an_address_with_a_password_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be the provider's name, and stand in every record that is committed with the notebook."""
    monkeypatch.setenv("VIDGO_BASE_URL", "https://user:hunter2@api.example")
    with pytest.raises(RequestError, match="without a user name and password") as caught:
        Vidgo().check()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("variable", ["VIDGO_STORE", "VIDGO_JOURNAL"])
def test_a_place_is_absolute_from_the_start(
    variable: str, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The folder that a notebook's code changes to later makes no difference."""
    monkeypatch.setenv(variable, "here/x")
    settings, name = Vidgo(), variable.removeprefix("VIDGO_").lower()
    first = getattr(settings, name)
    os.chdir(tmp_path)
    assert getattr(settings, name) == first == str(folder / "here" / "x")
    configure(settings, **{name: "there"})
    assert getattr(settings, name) == str(tmp_path / "there")


def test_the_store_is_found_upwards_when_settings_are_made(folder: Path) -> None:
    (folder / ".vidgo").mkdir()
    (folder / "deep").mkdir()
    os.chdir(folder / "deep")
    assert Vidgo().store == str(folder / ".vidgo")


def test_the_journal_lies_in_the_users_state_folder(folder: Path) -> None:
    assert Path(Vidgo().journal).is_relative_to(Path.home())
    assert not Path(Vidgo().journal).is_relative_to(folder)


# configure


def test_configure_sets_what_it_is_given() -> None:
    settings = Vidgo()
    configure(settings, budget="12.5", quality="high", attended="0", prices={"flux-2-pro": 6})
    assert (settings.budget, settings.quality, settings.attended) == (Decimal("12.5"), "high", False)
    assert settings.prices == {"flux-2-pro": Decimal(6)}
    configure(settings, budget=None, attended=None)
    assert (settings.budget, settings.attended) == (None, None)


BAD = [
    ({"budget": -1}, "budget"),
    ({"budget": "much"}, "budget"),
    ({"budget": True}, "budget"),
    ({"mode": "liev"}, "mode"),
    ({"model": "gpt-image-3"}, "model"),
    ({"base_url": "api.vidgo.ai"}, "base_url"),
    ({"base_url": "https://a b"}, "base_url"),
    ({"confirm_above": None}, "confirm_above"),
    ({"credit_price": "0.005"}, "credit_price"),
    ({"attended": "yes"}, "attended"),
    ({"prices": {"gpt-image-2": 1}}, "published"),
    ({"prices": {"flux-3": 1}}, "flux-3"),
    ({"prices": {"flux-2-pro": -1}}, "prices"),
    ({"preview": 1}, "preview"),
    ({"timeout": -1.0}, "timeout"),
    ({"concurrency": 0}, "concurrency"),
    ({"concurrency": 65}, "concurrency"),
    ({"concurrency": "many"}, "concurrency"),
    ({"store": "~no-such-user-here/x"}, "store"),
    ({"store": "a\0b"}, "store"),
    ({"colour": "red"}, "colour"),
    ({"budgets": 5}, "budget"),
]


@pytest.mark.parametrize(("wrong", "named"), BAD, ids=[str(wrong).replace("\0", "0") for wrong, _ in BAD])
def test_configure_sets_all_or_nothing_and_names_what_is_wrong(wrong: dict[str, Any], named: str) -> None:
    settings = Vidgo()
    with pytest.raises(RequestError) as caught:
        configure(settings, quality="high", **wrong, resolution="2K")
    assert named in str(caught.value)
    assert (settings.quality, settings.resolution, settings.budget, settings.mode) == (None, None, None, "auto")


def test_configure_says_what_to_write_in_plain_words() -> None:
    wrong = {
        "mode": ("liev", "'liev' is not one of auto, live, emulator, replay. Write live"),
        "budget": (-1, "-1 is not an amount of credits. Write 200"),
        "preview": (5, "5 is not a whole number from 16 to 4096."),
        "concurrency": (True, "True is not a whole number from 1 to 64."),
        "timeout": (float("nan"), "nan is not a number of seconds, 0 or more."),
        "quality": (7, "7 is not text."),
        "store": (None, "None is not text or a Path."),
        "attended": ("yes", "'yes' is not 1 (a person is there), 0 (no person is), or None (detect it)."),
        "prices": ([1], "a list is not a dict such as {'flux-2-pro': 6}."),
    }
    with pytest.raises(RequestError) as caught:
        configure(Vidgo(), **{name: value for name, (value, _) in wrong.items()})
    assert [str(problem) for problem in caught.value.problems] == [
        f"{name}: {said}" for name, (_, said) in wrong.items()
    ]


def test_a_place_is_a_path_too(tmp_path: Path) -> None:
    settings = Vidgo()
    configure(settings, store=tmp_path / "pictures", journal=tmp_path / "jobs.sqlite3")
    assert (settings.store, settings.journal) == (str(tmp_path / "pictures"), str(tmp_path / "jobs.sqlite3"))


def test_configure_names_everything_that_is_wrong_at_once() -> None:
    with pytest.raises(RequestError) as caught:
        configure(Vidgo(), mode="liev", budget=-1, colour="red")
    assert {problem.field for problem in caught.value.problems} == {"mode", "budget", "colour"}


def test_the_key_is_no_setting() -> None:
    """``%config`` prints settings."""
    assert not [name for name in Vidgo().trait_names() if "key" in name.lower()]
    with pytest.raises(RequestError):
        configure(Vidgo(), api_key="sk-secret")
