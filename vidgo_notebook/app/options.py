"""The keywords of the public functions, as type checkers, editors and Shift+Tab see them."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Concatenate, Literal, ParamSpec, TypedDict, TypeVar, cast, get_type_hints

from vidgo_notebook.domain.catalogue import Model, ModelName, Quality, Ratio, Resolution
from vidgo_notebook.domain.extra_fields import FieldValue
from vidgo_notebook.domain.public_call import Written, checked

_Function = TypeVar("_Function", bound=Callable[..., Any])
_P = ParamSpec("_P")
_R = TypeVar("_R")

Amount = Decimal | float | str
"""Credits."""


class RequestOptions(TypedDict, total=False):
    """The fields of a request besides its prompt; None is a field that is not given."""

    model: ModelName | Model | None
    quality: Quality | None
    size: Ratio | str | None
    resolution: Resolution | None
    image: object
    take: int
    callback_url: str | None
    extra: Mapping[str, FieldValue] | None


class GenerateOptions(RequestOptions, total=False):
    """Those of ``generate``: the request, and what the user chooses about buying it."""

    fresh: bool
    yes: bool
    max_credits: Amount | None


class BuyOptions(TypedDict, total=False):
    """What the user chooses about buying a batch."""

    yes: bool
    max_credits: Amount | None
    cluster: object
    share_key: bool


class Settings(TypedDict, total=False):
    """The settings that ``configure`` takes."""

    model: ModelName
    quality: Quality | None
    size: Ratio | str | None
    resolution: Resolution | None
    base_url: str
    mode: Literal["auto", "live", "emulator", "replay"]
    store: str | os.PathLike[str]
    journal: str | os.PathLike[str]
    budget: Amount | None
    confirm_above: Amount
    credit_price: str | None
    attended: bool | Literal["0", "1"] | None
    prices: Mapping[str, Amount]
    models_file: str | os.PathLike[str] | None
    preview: int
    concurrency: int
    cluster_concurrency: int
    cache_mb: int
    keep_references: bool
    timeout: float


_DEFAULTS: dict[str, object] = {"take": 1, "fresh": False, "yes": False, "share_key": False}


def spelled_out(keywords: type) -> Callable[[_Function], _Function]:
    """A public function with a TypedDict's keywords one by one in its signature, for Shift+Tab and completion."""

    def decorated(function: _Function) -> _Function:
        signature = inspect.signature(function)
        own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
        more = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS.get(name), annotation=kind)
            for name, kind in get_type_hints(keywords).items()
        ]
        return cast("_Function", checked(function, signature.replace(parameters=[*own, *more])))

    return decorated


def as_written(function: Callable[Concatenate[Written, _P], _R]) -> Callable[_P, _R]:
    """The same for a function whose first argument is the keywords that the caller wrote, in their order.

    Its own parameters are there for type checkers and for Shift+Tab.
    """
    signature = inspect.signature(function)
    visible = signature.replace(parameters=list(signature.parameters.values())[1:])
    return cast("Callable[_P, _R]", checked(function, visible, lambda keywords: (keywords,)))


def same_call(of: Callable[_P, object]) -> Callable[[Callable[..., _R]], Callable[_P, _R]]:
    """The same for a function that is called as another one, with whose signature it shows itself."""

    def decorated(function: Callable[..., _R]) -> Callable[_P, _R]:
        returned = inspect.signature(function).return_annotation
        return cast("Callable[_P, _R]", checked(function, inspect.signature(of).replace(return_annotation=returned)))

    return decorated
