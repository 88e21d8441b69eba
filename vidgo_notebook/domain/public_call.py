"""The one door of what users call: a call that does not fit, and a value that can't be read, raise RequestError."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from types import FrameType
from typing import Any, ParamSpec, TypeAlias, TypeVar

from vidgo_notebook.domain.meant import listed, meant_by, why_not_here
from vidgo_notebook.domain.readable_signature import readable
from vidgo_notebook.door import door_of_a_call
from vidgo_notebook.errors import Problem, RequestError, VidgoError

_P = ParamSpec("_P")
_R = TypeVar("_R")

Written: TypeAlias = Mapping[str, Any]
"""Keywords with their values, in the order in which a caller wrote them."""


def public(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """A function that users call, or a method of what they hold."""
    return checked(function, inspect.signature(function))


def checked(
    function: Callable[..., _R],
    signature: inspect.Signature,
    first: Callable[[Written], tuple[Written, ...]] = lambda _: (),
) -> Callable[..., _R]:
    """The same for a function that shows itself with another ``signature``; ``first`` makes what it is given before
    the caller's own values."""
    owner = function.__qualname__.rpartition(".")[0].lower() or "vidgo"

    @wraps(function)
    def called(*args: Any, **keywords: Any) -> _R:
        try:
            return function(*first(keywords), *args, **keywords)
        except VidgoError as error:
            error.door = door_of_a_call()
            raise
        except Exception as error:
            fits = not isinstance(error, TypeError)
            found = [] if fits else _misfits(f"{owner}.{called.__name__}", signature, args, keywords)
            if found or (found := _unreadable(error, signature, args, keywords)):
                raise RequestError(found) from None
            raise

    called.__signature__ = readable(signature)  # type: ignore[attr-defined]
    return called


def _misfits(called: str, signature: inspect.Signature, args: Sequence[object], keywords: Written) -> list[Problem]:
    """Why a call does not fit a signature; [] if it does."""
    try:
        signature.bind(*args, **keywords)
    except TypeError as error:
        parameters = [each for each in signature.parameters.values() if each.name != "self"]
        names = [each.name for each in parameters if each.kind in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD)]
        takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters)
        unknown = [] if takes_any else unknown_options(keywords, names)
        if not unknown:
            first = next(iter(parameters), None)
            example = "" if first is None else f"{first.name}=…" if first.kind is first.KEYWORD_ONLY else first.name
            return [Problem(called.rpartition(".")[2], f"{error}.", f"{called}({example})")]
        return unknown
    return []


def unknown_options(keywords: Iterable[str], names: Collection[str]) -> list[Problem]:
    """A problem for each keyword that is none of the names, with the nearest."""
    return [not_an_option(each, names) for each in keywords if each not in names]


def not_an_option(name: str, options: Collection[str], elsewhere: str = "") -> Problem:
    """A keyword that a function does not take: which it takes, the one that was meant first; or what to call instead,
    as ``elsewhere`` says, or why there is none."""
    near = meant_by(name, options)
    if why := elsewhere or ("" if near else why_not_here(name)):
        return Problem(name, f"is not an option: {why}.")
    if not options:
        return Problem(name, "is not an option: the function takes none.")
    return Problem(name, f"is not an option; there are {listed(near, options)}.", f"{near}=" if near else "")


def _unreadable(
    error: Exception, signature: inspect.Signature, args: Sequence[object], keywords: Written
) -> list[Problem]:
    """The argument whose own method, as its ``__repr__`` or ``__len__``, raised the error; [] for any other error.
    Jobs and a cluster are left out: what they raise may come after something was sent."""
    named = [*_positional(signature, args), *keywords.items()]
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


def _positional(signature: inspect.Signature, args: Sequence[object]) -> Iterator[tuple[str, object]]:
    """Each value that was given without a name, with the name of its parameter."""
    parameters = iter(signature.parameters.values())
    parameter = None
    for value in args:
        if parameter is None or parameter.kind is not parameter.VAR_POSITIONAL:
            parameter = next(parameters, parameter)
        if parameter:
            yield parameter.name, value


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("vidgo_notebook.")
