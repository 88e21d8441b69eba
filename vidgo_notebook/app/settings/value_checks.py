"""What the value of a setting must be beyond its kind: an address, a place, the name of a model, a price.

Each check returns the value as the setting keeps it, and raises TraitError for one that is not valid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from traitlets import TraitError, TraitType
from traitlets.config import Configurable

from vidgo_notebook.app.settings.kinds import Choice, Credits
from vidgo_notebook.domain.arguments import amount_of_credits
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS, WITH_EXTRA, Model, know
from vidgo_notebook.domain.provider import OFFICIAL_URL, is_web_url
from vidgo_notebook.domain.wording import described, nearest
from vidgo_notebook.errors import Problem
from vidgo_notebook.store.address import clean, is_url


def _base_url(text: str) -> str:
    url = str(text).rstrip("/")
    if "@" in url:  # every record, and this message, would show it
        raise TraitError("write it without a user name and password; a key goes in VIDGO_API_KEY")
    if not is_web_url(url):
        raise TraitError(f"{url!r} is not an address such as {OFFICIAL_URL}")
    return url


def _store(place: str) -> str:
    address = _absolute(place)
    if is_url(address) and "?" in address:
        raise TraitError("a store's URL has no options; set them in the configuration of fsspec")
    return address


def _journal(place: str) -> str:
    address = _absolute(place)
    if is_url(address) and address.partition(":")[0] not in ("postgresql", "postgres"):
        raise TraitError(f"{address!r} is not the path of a file, and not postgresql://user@host/database")
    return address


def _models_file(place: str | None) -> str | None:
    """An absolute path, whose models are known from now on: settings that follow may name them."""
    if place is None:
        return None
    path = _absolute(place)
    know(models_of(path))
    return path


def _absolute(place: str) -> str:
    """An absolute path, so that a later chdir changes nothing; a URL without its password."""
    if not place.strip():  # as a path it would be the working directory itself
        raise TraitError("it is empty: write the path of a file or folder, or a URL")
    try:
        return clean(place)
    except (OSError, RuntimeError, ValueError) as error:  # an unknown ~user, a NUL, or a password that breaks its URL
        shown = "it" if is_url(place) else repr(place)
        raise TraitError(f"{shown} is not a valid path or URL: {error}") from None


def _credit_price(text: str | None) -> str | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)? [A-Za-z]{3}", text) or not re.search("[1-9]", text):
        raise TraitError(f"{text!r} is not an amount above 0 and a currency such as '0.005 USD'")
    return text.upper()


def _choice(name: str, value: Any) -> str | None:
    """What some model takes: which one a cell names is not known yet."""
    from vidgo_notebook.domain.plain_values import plain_choice
    from vidgo_notebook.domain.request import GenerationRequest  # late: not needed for loading the extension
    from vidgo_notebook.domain.rules import problems
    from vidgo_notebook.domain.sizes import loose_pair

    if value is None:
        return None
    value = next((plain for each in MODELS.values() if (plain := plain_choice(name, value, each)) != value), value)
    requests = [GenerationRequest("a picture", model, **{name: value}) for model in MODELS]
    found = [[each for each in problems(request) if each.field == name] for request in requests]
    if name == "size" and loose_pair(value) is None:  # a model that takes any size takes a ratio or pixels
        found = [each for each, model in zip(found, MODELS.values(), strict=True) if model.size.binding]
    if all(found):
        raise TraitError(f"{found[0][0].message} Write {found[0][0].suggestion}")
    return str(value)


def _prices(listed: Mapping[Any, Any]) -> dict[str, Decimal]:
    amounts = {}
    for name, price in listed.items():
        model = MODELS.get(name.removesuffix(WITH_EXTRA)) if isinstance(name, str) else None
        if model is None:
            raise TraitError(f"{described(name)} is not a model; there are {', '.join(MODELS)}")
        if model.prices and model.name == name:
            raise TraitError(f"the price of {name} is published: it can't be set (with --set it can: '{name} --set')")
        if (amount := amount_of_credits(price)) is None:
            raise TraitError(f"{described(price)} is not an amount of credits such as 6 or '0.5' for {name}")
        amounts[name] = amount
    return amounts


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "base_url": _base_url,
    "store": _store,
    "journal": _journal,
    "models_file": _models_file,
    "credit_price": _credit_price,
    "prices": _prices,
    **{name: partial(_choice, name) for name in CHOICE_FIELDS},
}
"""The check of each setting that has one."""


def models_of(path: str) -> list[Model]:
    """The models of a file. Raises TraitError."""
    from vidgo_notebook.app.settings.models_file import read_models  # late: few have such a file
    from vidgo_notebook.domain.own_models import ModelsFileError

    try:
        return read_models(path)
    except ModelsFileError as error:
        raise TraitError(str(error)) from None


# What is wrong, in words

_KEYS = ("key", "api_key", "apikey", "token")


def not_settings(settings: Configurable, names: Iterable[str]) -> list[Problem]:
    """A problem for each name that no setting has."""
    known = settings.traits(config=True)
    return [
        Problem(name, "is not a setting: use %vidgo key.")
        if name in _KEYS
        else Problem(name, "is not a setting.", nearest(name, list(known)))
        for name in names
        if name not in known
    ]


def wrong_value(name: str, value: Any, trait: TraitType[Any, Any], error: Exception) -> Problem:
    """Why a value is not valid, and one that is."""
    instead = "200" if isinstance(trait, Credits) else ""
    if isinstance(trait, Choice) and isinstance(value, str):
        instead = nearest(value, list(trait.values or ()))
    return Problem(name, f"{str(error).rstrip('.')}.", instead)
