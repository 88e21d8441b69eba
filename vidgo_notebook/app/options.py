"""The keywords of the public functions, as type checkers, editors and Shift+Tab see them."""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import wraps
from types import FrameType
from typing import Any, Concatenate, Literal, ParamSpec, TypeAlias, TypedDict, TypeVar, cast, get_type_hints

from vidgo_notebook.domain.catalogue import Model, ModelName, Quality, Ratio, Resolution
from vidgo_notebook.domain.wording import nearest
from vidgo_notebook.errors import Problem, RequestError, VidgoError

_Function = TypeVar("_Function", bound=Callable[..., Any])
_P = ParamSpec("_P")
_R = TypeVar("_R")

Written: TypeAlias = Mapping[str, Any]
"""Keywords with their values, in the order in which a caller wrote them."""
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


class OrderOptions(BuyOptions, total=False):
    """The same for one that need not exist yet."""

    fresh: bool


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
    preview: int
    concurrency: int
    timeout: float


_DEFAULTS: dict[str, object] = {"take": 1, "fresh": False, "yes": False, "share_key": False}


def public(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """A function that users call: a call that does not fit its signature raises RequestError."""
    return _public(function, inspect.signature(function), lambda _: ())


def spelled_out(keywords: type) -> Callable[[_Function], _Function]:
    """The same, with a TypedDict's keywords one by one in the signature, for Shift+Tab and completion."""

    def decorated(function: _Function) -> _Function:
        signature = inspect.signature(function)
        own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
        more = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS.get(name), annotation=kind)
            for name, kind in get_type_hints(keywords).items()
        ]
        return cast("_Function", _public(function, signature.replace(parameters=[*own, *more]), lambda _: ()))

    return decorated


def as_written(function: Callable[Concatenate[Written, _P], _R]) -> Callable[_P, _R]:
    """The same for a function whose first argument is the keywords that the caller wrote, in their order.

    Its own parameters are there for type checkers and for Shift+Tab.
    """
    signature = inspect.signature(function)
    visible = signature.replace(parameters=list(signature.parameters.values())[1:])
    return cast("Callable[_P, _R]", _public(function, visible, lambda keywords: (keywords,)))


def same_call(of: Callable[_P, object]) -> Callable[[Callable[..., _R]], Callable[_P, _R]]:
    """The same for a function that is called as another one, with whose signature it shows itself."""

    def decorated(function: Callable[..., _R]) -> Callable[_P, _R]:
        return cast("Callable[_P, _R]", _public(function, inspect.signature(of), lambda _: ()))

    return decorated


def _public(
    function: Callable[..., _R], signature: inspect.Signature, first: Callable[[Written], tuple[Written, ...]]
) -> Callable[..., _R]:
    @wraps(function)
    def called(*args: Any, **keywords: Any) -> _R:
        try:
            return function(*first(keywords), *args, **keywords)
        except VidgoError:
            raise
        except Exception as error:
            found = _misfits(called.__name__, signature, args, keywords) if isinstance(error, TypeError) else []
            if found or (found := _unreadable(error, signature, args, keywords)):
                raise RequestError(found) from None
            raise

    called.__signature__ = signature  # type: ignore[attr-defined]
    return called


def _unreadable(
    error: Exception, signature: inspect.Signature, args: Sequence[object], keywords: Written
) -> list[Problem]:
    """The argument whose own method, as its ``__repr__`` or ``__len__``, raised the error; [] for any other error.
    Jobs and a cluster are left out: what they raise may come after something was sent."""
    named = [*zip(signature.parameters, args, strict=False), *keywords.items()]
    held = [(name, each) for name, value in named for each in (value, *(value if type(value) in (list, tuple) else ()))]
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code.co_argcount]
    selves = [frame.f_locals.get(frame.f_code.co_varnames[0]) for frame in frames if not _is_ours(frame)]
    for name, value in held:
        used_later = type(value).__module__.partition(".")[0] in ("vidgo_notebook", "distributed")
        if not used_later and any(value is each for each in selves):
            kind = type(value).__name__
            message = f"a value of type {kind} can't be read: it raises {type(error).__name__}."
            return [Problem(name, message)]
    return []


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("vidgo_notebook.")


def _misfits(name: str, signature: inspect.Signature, args: Sequence[object], keywords: Written) -> list[Problem]:
    """Why a call does not fit a signature; [] if it does."""
    try:
        signature.bind(*args, **keywords)
    except TypeError as error:
        names = list(signature.parameters)
        unknown = [each for each in keywords if each not in names]
        if not unknown:
            first = next(iter(signature.parameters.values()), None)
            example = "" if first is None else f"{first.name}=…" if first.kind is first.KEYWORD_ONLY else first.name
            return [Problem(name, f"{error}.", f"vidgo.{name}({example})")]
        near = {each: nearest(each, names) for each in unknown}
        return [Problem(each, "is not an option.", f"{meant}=" if meant else "") for each, meant in near.items()]
    return []
