"""The Quote that a user holds: the domain's price, which shows itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from vidgo_notebook.domain import pricing
from vidgo_notebook.domain.readable_signature import readable_class
from vidgo_notebook.engine.handles.shown import Shown


@readable_class
class Quote(pricing.Quote, Shown):
    __slots__ = ("_standing",)
    _standing: Callable[[], str] | None

    @classmethod
    def of(cls, price: pricing.Quote, standing: Callable[[], str] | None = None) -> Quote:
        """The price, to be shown; that of a job with ``standing``, which says how the job stands."""
        made = cls(*(getattr(price, field.name) for field in fields(price)))
        object.__setattr__(made, "_standing", standing)  # beside the fields: equal prices are equal quotes
        return made

    @property
    def standing(self) -> str:
        """What became of the job that it is the quote of: ``Job j…: finished, 2 credits charged.``

        Empty for a price that was only asked for, and for one that was unpickled.
        """
        standing = getattr(self, "_standing", None)
        return standing() if standing else ""

    def __eq__(self, other: object) -> bool:
        """Whether the prices are equal, shown or not."""
        if not isinstance(other, pricing.Quote):
            return NotImplemented
        return all(getattr(self, field.name) == getattr(other, field.name) for field in fields(self))

    __hash__ = pricing.Quote.__hash__


Quote.__doc__ = pricing.Quote.__doc__
