"""The kinds of values that settings have: what each takes, and how it is named in a message."""

from __future__ import annotations

import os
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from traitlets import Dict, Enum, Float, Int, TraitError, TraitType, Unicode

from vidgo_notebook.domain.arguments import amount_of_credits, plain_scalar
from vidgo_notebook.domain.wording import described
from vidgo_notebook.errors import RequestError

if TYPE_CHECKING:
    _Trait = TraitType[Any, Any]
else:
    _Trait = TraitType  # not generic in traitlets before 5.8


class Kind(_Trait):
    """A trait whose error says what it takes in a user's words, wherever it is set."""

    def error(self, obj: Any, value: Any, error: Exception | None = None, info: str | None = None) -> NoReturn:  # noqa: ARG002  traitlets' own
        raise TraitError(f"{described(value)} is not {self.info()}")


class Text(Kind, Unicode):  # type: ignore[type-arg]  # not generic in older traitlets
    """A text."""

    info_text = "text"


class Place(Text):
    """A path or a URL."""

    info_text = "text or a Path"

    def validate(self, obj: Any, value: Any) -> Any:
        return super().validate(obj, os.fspath(value) if isinstance(value, os.PathLike) else value)


class Choice(Kind, Enum):  # type: ignore[type-arg]  # not generic in older traitlets
    """One of some words, which may become more while the process runs."""

    def validate(self, obj: Any, value: Any) -> Any:
        if not isinstance(value, str) or value not in (self.values or ()):
            self.error(obj, value)
        return value

    def info(self) -> str:
        return f"one of {', '.join(self.values or ())}"


class Whole(Kind, Int):  # type: ignore[type-arg]  # not generic in older traitlets
    """A whole number from ``min`` to ``max``."""

    def validate(self, obj: Any, value: Any) -> Any:
        number = plain_scalar(value)
        if not isinstance(number, int) or isinstance(number, bool) or not self.min <= number <= self.max:
            self.error(obj, value)
        return number

    def info(self) -> str:
        return f"a whole number from {self.min} to {self.max}"  # without commas: it is copied


class Seconds(Kind, Float):  # type: ignore[type-arg]  # not generic in older traitlets
    """A number of seconds, 0 or more."""

    info_text = "a number of seconds, 0 or more"

    def validate(self, obj: Any, value: Any) -> Any:
        number = plain_scalar(value)
        if not isinstance(number, (int, float)) or isinstance(number, bool) or not number >= 0:  # nan is not
            self.error(obj, value)
        return float(min(number, 1e9))  # 31 years; a larger number may be too large for a float


class Presence(Kind):
    """Whether a person is there: 1, 0, or found out."""

    info_text = "1 (a person is there), 0 (no person is), or None (detect it)"
    default_value = None

    def validate(self, obj: Any, value: Any) -> bool | None:
        given = plain_scalar(value)
        if not isinstance(given, (str, int)) or given not in ("", "0", "1", 0, 1):
            self.error(obj, value)
        return None if given == "" else given in ("1", 1)


class YesNo(Kind):
    """Yes or no: True or False, and 1 or 0."""

    info_text = "True or False"
    default_value = True

    def validate(self, obj: Any, value: Any) -> bool:
        given = plain_scalar(value)
        if not isinstance(given, int) or given not in (0, 1):
            self.error(obj, value)
        return bool(given)


class Credits(Kind):
    """An amount of credits, 0 or more, as a Decimal; None where ``allow_none``."""

    info_text = "an amount of credits"
    default_value = None

    def validate(self, obj: Any, value: Any) -> Decimal | None:
        amount = amount_of_credits(value)
        if amount is None:
            self.error(obj, value)
        return amount


class Limit(Credits):
    """A limit of the settings. Checked whenever it is set: a validator is not called for None, and not at once."""

    def set(self, obj: Any, value: Any) -> None:
        with suppress(RequestError):  # traitlets restores the old value, so it must have been read
            getattr(obj, str(self.name))
        super().set(obj, obj.allowed(self.name, self._validate(obj, value)))


class PriceList(Kind, Dict):
    """Amounts of credits by name."""

    def info(self) -> str:
        return "a dict such as {'flux-2-pro': 6}"
