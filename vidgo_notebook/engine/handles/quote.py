"""The Quote that a user holds: the domain's price, which shows itself."""

from __future__ import annotations

from dataclasses import fields

from vidgo_notebook.domain import pricing
from vidgo_notebook.engine.handles.shown import Shown


class Quote(pricing.Quote, Shown):
    __slots__ = ()

    @classmethod
    def of(cls, price: pricing.Quote) -> Quote:
        """The price, to be shown."""
        if isinstance(price, cls):
            return price
        return cls(*(getattr(price, field.name) for field in fields(price)))

    def __eq__(self, other: object) -> bool:
        """Whether the prices are equal, shown or not."""
        if not isinstance(other, pricing.Quote):
            return NotImplemented
        return all(getattr(self, field.name) == getattr(other, field.name) for field in fields(self))

    __hash__ = pricing.Quote.__hash__


Quote.__doc__ = pricing.Quote.__doc__
