"""The image formats that the service accepts and sends, and the limits of an image."""

from __future__ import annotations

from typing import NamedTuple


class ImageFormat(NamedTuple):
    """A format: Pillow's ``name``, the media type and the file suffix."""

    name: str
    media_type: str
    suffix: str


IMAGE_FORMATS: dict[str, ImageFormat] = {
    each.name: each
    for each in (
        ImageFormat("JPEG", "image/jpeg", ".jpg"),
        ImageFormat("PNG", "image/png", ".png"),
        ImageFormat("GIF", "image/gif", ".gif"),
        ImageFormat("WEBP", "image/webp", ".webp"),
    )
}
"""By Pillow's name. Source: Vidgo API documentation, file upload."""

SERVED_FORMATS: dict[str, ImageFormat] = IMAGE_FORMATS | {
    each.name: each
    for each in (
        ImageFormat("AVIF", "image/avif", ".avif"),
        ImageFormat("TIFF", "image/tiff", ".tiff"),
        ImageFormat("BMP", "image/bmp", ".bmp"),
        ImageFormat("JPEG2000", "image/jp2", ".jp2"),
        ImageFormat("PPM", "image/x-portable-anymap", ".ppm"),
        ImageFormat("TGA", "image/x-tga", ".tga"),
        ImageFormat("ICO", "image/x-icon", ".ico"),
        ImageFormat("HEIF", "image/heif", ".heif"),  # if its user has registered a plugin for Pillow, as for the next
        ImageFormat("JXL", "image/jxl", ".jxl"),
    )
}
"""Those, and the further ones that a file host may send: what was paid for is kept."""

SUFFIXES: dict[str, str] = {each.media_type: each.suffix for each in SERVED_FORMATS.values()}
"""The file suffix by media type."""

ENDINGS: dict[str, tuple[str, ...]] = {media_type: (suffix,) for media_type, suffix in SUFFIXES.items()} | {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/tiff": (".tiff", ".tif"),
    "image/x-portable-anymap": (".ppm", ".pgm", ".pbm", ".pnm"),
}
"""The endings of file names that fit, by media type."""

SAVED_AS: dict[str, ImageFormat] = {
    each.suffix[1:]: each for each in SERVED_FORMATS.values() if each.name in ("PNG", "JPEG", "WEBP", "TIFF")
}
"""What a picture can be converted to when it is saved, by the name that a user gives."""

_ALSO_CALLED = {"jpeg": "jpg", "tif": "tiff"}

_SAME_AS = {"MPO": "JPEG"}  # Pillow's name for a JPEG that holds further images, as cameras write them

MAX_SERVED_PIXELS = 50_000_000
"""Limit for a picture from the service: far above the largest documented one (8,294,400), and small enough to decode
in memory."""

MAX_SERVED_BYTES = 64 * 1024 * 1024
"""The largest file of a picture from the service; a 4K picture without any compression has 33 MB."""

OUR_NAMESPACE = b"urn:vidgo-notebook:1"
"""Of what this package writes into a file's XMP."""

MAX_REFERENCE_PIXELS = 80_000_000
"""Limit for an image of the user: higher, since cameras produce that many pixels; just below the size at which Pillow
warns on stderr."""


def saved_as(text: str) -> str:
    """The name in ``SAVED_AS`` that a user means: ``JPEG`` and ``.jpg`` are jpg; '' if it is none."""
    name = text.strip().lower().removeprefix(".")
    name = _ALSO_CALLED.get(name, name)
    return name if name in SAVED_AS else ""


def format_named(name: str | None) -> ImageFormat | None:
    """The format that Pillow calls ``name``; None if the service does not accept it."""
    return IMAGE_FORMATS.get(_SAME_AS.get(name or "", name or ""))


def served_format_named(name: str | None) -> ImageFormat | None:
    """The same for a picture that a file host sends."""
    return SERVED_FORMATS.get(_SAME_AS.get(name or "", name or ""))
