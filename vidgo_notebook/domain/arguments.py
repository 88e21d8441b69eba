"""What is accepted as a count, an amount, a yes or no, a time or a text: one rule for all public functions."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from functools import partial

from vidgo_notebook.domain.wording import described
from vidgo_notebook.errors import Problem, Problems, RequestError

NOT_A_COUNT = "must be a whole number, 1 or more"
MOST_PLACES = 100_000
"""Pictures that are planned at once."""
TOO_MANY_TAKES = f"are too many; at most {MOST_PLACES:,} are planned"

_FOR_EVER = 1e9  # seconds, 31 years: more than this overflows in the waiting of some systems


def plain_scalar(given: object) -> object:
    """A NumPy scalar as Python's own number or truth value, recognised by duck typing; anything else as it is."""
    try:
        item = getattr(given, "item", None)
        return item() if callable(item) and getattr(given, "ndim", None) == 0 else given
    except Exception:  # noqa: BLE001  whatever the attributes of a user's object do, it is not a number
        return given


def amount_of_credits(value: object) -> Decimal | None:
    """A number or text as an amount of credits, 0 or more; None for anything else."""
    number = plain_scalar(value)
    if not isinstance(number, (str, int, float, Decimal)) or isinstance(number, bool):
        return None
    try:
        amount = Decimal(str(number) if isinstance(number, float) else number)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def flag_of(field: str, given: object) -> bool:
    """An option that is either True or False. RequestError for anything else."""
    flag = plain_scalar(given)
    if not isinstance(flag, bool):
        message = f"{described(given)} is neither True nor False."
        raise RequestError([Problem(field, message, f"{field}=True or {field}=False")])
    return flag


def check_flags(**given: object) -> None:
    """Raise RequestError unless each option is True or False."""
    found = Problems()
    for field, value in given.items():
        found.of(partial(flag_of, field, value), False)
    found.check()


def check_text(field: str, given: object, example: str) -> None:
    """Raise RequestError unless ``given`` is text that is not empty."""
    if not isinstance(given, str) or not given.strip():
        what = "is empty" if isinstance(given, str) else f"must be text, not {type(given).__name__}"
        raise RequestError([Problem(field, f"{what}.", example)])


def seconds_of(given: object, field: str = "timeout") -> float | None:
    """A time to wait, in seconds; None, and infinity, mean without a limit. RequestError for anything else."""
    value = plain_scalar(given)
    if value is None:
        return None
    if isinstance(value, (str, bytes, bool)) or not hasattr(value, "__float__"):
        raise _not_a_time(field, given)
    try:
        seconds = float(value)
    except Exception:  # noqa: BLE001  whatever __float__ of a user's object does
        raise _not_a_time(field, given) from None
    if math.isnan(seconds):
        raise _not_a_time(field, given)
    return None if seconds > _FOR_EVER else seconds


def _not_a_time(field: str, given: object) -> RequestError:
    return RequestError([Problem(field, f"{described(given)} is not a number of seconds.", f"{field}=60, or None")])


def name_of(given: object) -> str:
    """The name of a batch; '' for none. RequestError for what is not text."""
    if given is None or (isinstance(given, str) and not given):
        return ""
    check_text("name", given, "a name such as 'mugs'")
    return str(given)
