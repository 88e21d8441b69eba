"""The settings: one traitlets Configurable, with defaults from the environment.

``%config Vidgo.quality = "high"``, ``c.Vidgo.budget = 200`` in an IPython profile and
``vidgo.configure(budget=200)`` all set the traits below.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, Enum, Float, Int, TraitError, TraitType, Unicode, Union, default, validate
from traitlets.config import Configurable

from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.pricing import CreditFormat, amount_of_credits
from vidgo_notebook.domain.provider import OFFICIAL_URL, is_web_url
from vidgo_notebook.domain.wording import nearest
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.store.address import clean, is_url
from vidgo_notebook.store.results.result_store import find_store

MODES = ("auto", "live", "emulator", "replay")


class Credits(TraitType[Any, Any]):
    """An amount of credits, 0 or more, as a Decimal; None where ``allow_none``."""

    info_text = "an amount of credits such as 200 or '0.5'"
    default_value = None

    def validate(self, obj: Any, value: Any) -> Decimal | None:
        amount = amount_of_credits(value)
        if amount is None:
            self.error(obj, value)
        return amount


def _from_environment(name: str, variable: str, otherwise: Callable[[], Any] = lambda: None) -> Any:
    """The default of a trait: the environment variable's value, validated, else that of ``otherwise``.

    traitlets does not validate defaults by itself. An invalid value raises RequestError, naming the variable.
    """

    def value(settings: Vidgo) -> Any:
        text = os.environ.get(variable)
        if not text:
            return otherwise()
        trait: Any = settings.traits()[name]
        check = getattr(settings, f"_valid_{name}", None)
        try:
            return check({"value": text}) if check else trait.validate(settings, text)
        except TraitError as error:
            raise RequestError([_wrong_value(variable, text, trait, error)]) from None

    return default(name)(value)


def _usual_journal() -> str:
    from platformdirs import user_state_path

    from vidgo_notebook.store.journal.recovery import USUAL_NAME

    return str(user_state_path("vidgo_notebook") / USUAL_NAME)


class Vidgo(Configurable):
    """Settings of vidgo_notebook. Each default comes from the environment variable it names."""

    model = Enum(tuple(MODELS), "gpt-image-2", help="Model when a cell names none.").tag(config=True)
    quality = Unicode(None, allow_none=True, help="Quality when a cell names none.").tag(config=True)
    size = Unicode(None, allow_none=True, help="Size when a cell names none.").tag(config=True)
    resolution = Unicode(None, allow_none=True, help="Resolution when a cell names none.").tag(config=True)

    base_url = Unicode(help="Address of the API (VIDGO_BASE_URL).").tag(config=True)
    mode = Enum(MODES, help="auto: live with a key, else the emulator (VIDGO_MODE).").tag(config=True)
    store = Unicode(help="Folder of results, or a URL such as s3://bucket/results (VIDGO_STORE).").tag(config=True)
    journal = Unicode(help="SQLite file of jobs and charges (VIDGO_JOURNAL).").tag(config=True)
    budget = Credits(allow_none=True, help="Credits that this session may spend (VIDGO_BUDGET).").tag(config=True)
    confirm_above = Credits(help="Ask when more live credits than this add up (VIDGO_CONFIRM_ABOVE).").tag(config=True)
    credit_price = Unicode(
        None, allow_none=True, help="What one credit costs, as '0.005 USD', for later quotes (VIDGO_CREDIT_PRICE)."
    ).tag(config=True)
    attended = Union(
        [Bool(), Unicode()], allow_none=True, help="Is a person there? None: find out (VIDGO_ATTENDED)."
    ).tag(config=True)
    prices = Dict(help="Credits per picture of models without a published price.").tag(config=True)
    preview = Int(768, min=16, max=4096, help="Longest side in pixels of embedded previews.").tag(config=True)
    concurrency = Int(8, min=1, max=64, help="Requests under way at a time, for any number of jobs.").tag(config=True)
    timeout = Float(1800.0, min=0.0, help="Seconds until a job is no longer watched.").tag(config=True)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        # What a notebook's code sets later is not trusted with a key, whenever the session begins.
        with suppress(RequestError):  # raised again by what needs the address
            self.first_base_url = self.base_url

    def check(self) -> None:
        """Read the environment, once: a later ``chdir`` changes nothing.

        Raises RequestError with every variable whose value is invalid.
        """
        found: list[Problem] = []
        for name in self.traits(config=True):
            try:
                getattr(self, name)
            except RequestError as error:
                found += error.problems
        if found:
            raise RequestError(found, hint="Set it before Jupyter starts, or here with %config Vidgo.name = value.")

    @property
    def credit_format(self) -> CreditFormat:
        """Writes credits as text, with the currency where ``credit_price`` is set."""
        return CreditFormat.of(self.credit_price)

    first_base_url = ""
    """The address before a notebook's code ran: from the environment, a profile, or the default."""

    _base_url = _from_environment("base_url", "VIDGO_BASE_URL", lambda: OFFICIAL_URL)
    _mode = _from_environment("mode", "VIDGO_MODE", lambda: "auto")
    _store = _from_environment("store", "VIDGO_STORE", lambda: str(find_store(Path.cwd())))
    _journal = _from_environment("journal", "VIDGO_JOURNAL", _usual_journal)
    _budget = _from_environment("budget", "VIDGO_BUDGET")
    _confirm_above = _from_environment("confirm_above", "VIDGO_CONFIRM_ABOVE", lambda: Decimal(100))
    _credit_price = _from_environment("credit_price", "VIDGO_CREDIT_PRICE")
    _attended = _from_environment("attended", "VIDGO_ATTENDED")

    @validate("attended")
    def _valid_attended(self, proposal: Any) -> bool | None:
        value = proposal["value"]
        if value in (None, "", True, False):
            return None if value in (None, "") else value
        if value not in ("0", "1"):
            raise TraitError("attended is 1 (a person is there), 0 (no person is), or None (detect it)")
        return bool(value == "1")

    @validate("base_url")
    def _valid_base_url(self, proposal: Any) -> str:
        url = str(proposal["value"]).rstrip("/")
        if "@" in url:  # every record, and this message, would show it
            raise TraitError("base_url is an address without a user name and password; a key goes in VIDGO_API_KEY")
        if not is_web_url(url):
            raise TraitError(f"base_url is an address such as {OFFICIAL_URL}, not {url!r}")
        return url

    @validate("store")
    def _valid_store(self, proposal: Any) -> str:
        address = _absolute(proposal["value"])
        if is_url(address) and "?" in address:
            raise TraitError("a store's URL has no options; set them in the configuration of fsspec")
        return address

    @validate("journal")
    def _valid_journal(self, proposal: Any) -> str:
        address = _absolute(proposal["value"])
        if is_url(address) and address.partition(":")[0] not in ("postgresql", "postgres"):
            raise TraitError("journal is the path of a file or postgresql://user@host/database")
        return address

    @validate("credit_price")
    def _valid_credit_price(self, proposal: Any) -> str | None:
        text: str | None = proposal["value"]
        if text is not None and not re.fullmatch(r"\d+(\.\d+)? [A-Za-z]{3}", text):
            raise TraitError("credit_price is an amount and a currency such as '0.005 USD'")
        return text

    @validate("prices")
    def _valid_prices(self, proposal: Any) -> dict[str, Decimal]:
        amounts = {}
        for name, price in proposal["value"].items():
            if name not in MODELS:
                raise TraitError(f"{name!r} is not a model; there are {', '.join(MODELS)}")
            if MODELS[name].prices:
                raise TraitError(f"the price of {name} is published: it can't be set")
            amount = Credits().validate(self, price)
            assert amount is not None
            amounts[name] = amount
        return amounts


def _absolute(place: str) -> str:
    """An absolute path, so that a later chdir changes nothing; a URL without its password."""
    try:
        return clean(place)
    except (OSError, RuntimeError, ValueError) as error:  # ~nobody, a NUL, or a password that breaks its URL
        shown = "it" if is_url(place) else repr(place)
        raise TraitError(f"{shown} is not a valid path or URL: {error}") from None


def configure(settings: Vidgo, **values: Any) -> None:
    """Set traits by name, all or none. Raises RequestError with what is wrong with each."""
    known = settings.traits(config=True)
    problems = [Problem(name, "is not a setting.", nearest(name, list(known))) for name in values if name not in known]
    before = {name: getattr(settings, name) for name in values if name in known}
    for name in before:
        try:
            setattr(settings, name, values[name])
        except TraitError as error:
            problems.append(_wrong_value(name, values[name], known[name], error))
    if problems:
        for name, value in before.items():
            setattr(settings, name, value)
        raise RequestError(problems)


def _wrong_value(name: str, value: Any, trait: TraitType[Any, Any], error: TraitError) -> Problem:
    if isinstance(trait, Enum):
        allowed = list(trait.values or ())
        return Problem(name, f"{value!r} is not one of {', '.join(allowed)}.", nearest(str(value), allowed))
    if isinstance(trait, Credits):
        return Problem(name, f"{value!r} is not an amount of credits.", "200")
    return Problem(name, f"{str(error).rstrip('.')}.")
