"""Values that show themselves wherever Python objects are shown: notebooks of every kind, dashboards, documents.

Hosts ask an object for ``_repr_mimebundle_`` or ``_repr_html_``, and a picture alone for ``_repr_png_`` or
``_repr_jpeg_``; all of these come from one bundle. Only what is a picture for certain has the last two: Panel shows
nothing else of a value that has them. What draws a bundle needs the settings, so the session of the process lends it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import ClassVar

from vidgo_notebook.render import markup

Bundle = dict[str, str]
"""Data by media type; pictures are in base64."""


def as_text(value: object) -> Bundle:
    """The repr of a value, as text and HTML."""
    return {"text/plain": repr(value), "text/html": markup.frame(markup.line(markup.escape(repr(value))))}


class Shown:
    """A value that shows itself: a picture with its card, a sheet, a price."""

    __slots__ = ()
    _bundle_of: ClassVar[Callable[[object], Bundle]] = staticmethod(as_text)  # without a session, its text

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        return Shown._bundle_of(self)

    def _repr_html_(self) -> str:
        return Shown._bundle_of(self)["text/html"]


class ShownPicture(Shown):
    """A picture, which shows itself."""

    __slots__ = ()

    def _repr_png_(self) -> bytes | None:
        return self._picture("image/png")

    def _repr_jpeg_(self) -> bytes | None:
        return self._picture("image/jpeg")

    def _picture(self, media_type: str) -> bytes | None:
        data = Shown._bundle_of(self).get(media_type)
        return None if data is None else base64.b64decode(data)


def found_elsewhere(holder: object, name: str, places: Mapping[str, type]) -> AttributeError:
    """The error of an attribute that ``holder`` does not have: what it holds may, in one of the ``places``."""
    place = next((place for place, kind in places.items() if not name.startswith("_") and hasattr(kind, name)), None)
    there = f": write {place}.{name}" if place else ""
    return AttributeError(f"a {type(holder).__name__} has no attribute {name!r}{there}", name=name, obj=holder)


def draw_with(bundle_of: Callable[[object], Bundle]) -> None:
    """Let this function make the bundles of all values from now on."""
    Shown._bundle_of = staticmethod(bundle_of)
