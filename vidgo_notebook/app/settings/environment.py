"""The variables of the environment that set settings, and what is set outside the notebook by them or by a profile."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.journal_place import usual_journal
from vidgo_notebook.app.settings.limits import LIMITS, lower
from vidgo_notebook.app.settings.origins import Given, Origin
from vidgo_notebook.domain.provider import OFFICIAL_URL
from vidgo_notebook.errors import RequestError
from vidgo_notebook.store.address import find_store, working_folder

VARIABLES: dict[str, tuple[str, Callable[[], Any]]] = {
    "base_url": ("VIDGO_BASE_URL", lambda: OFFICIAL_URL),
    "mode": ("VIDGO_MODE", lambda: "auto"),
    "store": ("VIDGO_STORE", lambda: str(find_store(working_folder()))),
    "journal": ("VIDGO_JOURNAL", usual_journal),
    "budget": ("VIDGO_BUDGET", lambda: None),
    "confirm_above": ("VIDGO_CONFIRM_ABOVE", lambda: Decimal(100)),
    "credit_price": ("VIDGO_CREDIT_PRICE", lambda: None),
    "attended": ("VIDGO_ATTENDED", lambda: None),
    "models_file": ("VIDGO_MODELS_FILE", lambda: None),
}
"""The settings that have a variable in the environment, and their values without it."""


class _Settings(Protocol):
    def validated(self, name: str, value: Any, source: str) -> Any: ...
    def outside(self, name: str) -> Given: ...
    def trait_defaults(self, name: str) -> Any: ...


def default_of(settings: _Settings, name: str) -> Any:
    """A setting's value before it is set: its variable in the environment, validated, else the package's own value.

    Raises RequestError for a variable whose value is not valid.
    """
    variable, otherwise = VARIABLES[name]
    text = os.environ.get(variable)
    found = settings.validated(name, text, variable) if text else otherwise()
    # A cell can have changed the environment since the first import.
    return lower(found, settings.outside(name).value) if name in LIMITS else found


def found_outside(settings: _Settings, name: str) -> Given:
    """What was set outside the notebook: by a profile, the environment, or else the package."""
    variable, otherwise = VARIABLES.get(name, ("", lambda: settings.trait_defaults(name)))
    given = []
    try:
        if name in origins.outside.profile:
            value = settings.validated(name, origins.outside.profile[name], f"c.Vidgo.{name}")
            given.append(Given(value, Origin.PROFILE))
        for text in filter(None, (environment.get(variable) for environment in _environments(name))):
            given.append(Given(settings.validated(name, text, variable), Origin.ENVIRONMENT))
    except RequestError:  # reported when it is used; until it is mended, a limit allows nothing by itself
        return Given(Decimal(0) if name in LIMITS else otherwise(), Origin.ENVIRONMENT)
    given = given or [Given(otherwise(), Origin.PACKAGE)]
    if name in LIMITS:
        given.sort(key=lambda each: Decimal("inf") if each.value is None else each.value)
    return given[0]


def _environments(name: str) -> list[Mapping[str, str]]:
    """Those that count as outside for a setting. A cell can change ``os.environ`` before the first import: of a limit
    both count, and of the address that gets the key, the mode in which a frozen store or a test pays, and the file that
    has prices, only the one that the process was started with."""
    outside = origins.outside
    if name in ("base_url", "mode", "models_file"):
        return [outside.environment if outside.at_start is None else outside.at_start]
    return [outside.environment, *([outside.at_start] if name in LIMITS and outside.at_start else [])]
