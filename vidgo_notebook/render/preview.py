"""The picture as the notebook embeds it: small enough to share, good enough to judge."""

from __future__ import annotations

import io
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import MAX_SERVED_PIXELS
from vidgo_notebook.domain.odd_metadata import header, opened_to_decode, pixels_only
from vidgo_notebook.domain.pillow import NoPillowError, has_pillow, no_pillow
from vidgo_notebook.errors import FetchError
from vidgo_notebook.render import markup
from vidgo_notebook.render.eight_bits import in_8_bits

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 100_000
"""In base64 133,000 bytes: a picture with its card adds at most 0.15 MB to the notebook."""

MOST_AS_SERVED = 8 * 1024 * 1024
"""The largest file that is put into a notebook as it is, where there is no Pillow."""

_BEST = 90
_SHARES = {82: 0.64, 74: 0.49, 66: 0.4, 58: 0.34}
"""By quality, of the bytes at ``_BEST``: what few pictures go below. A quality that can't do is not tried."""
_SHARE_OF_NOISE = 0.44  # at the lowest quality
_SPARE_BYTES = 0.95  # a smaller picture has more detail for each pixel
_MOST_AT_ONCE = 16_000_000  # pixels
_STRIP_PIXELS = 2_000_000
_SPARE = 4 / 3  # decoding at a third more than the wanted size loses nothing visible
_SHOWN_AS_SERVED = ("PNG", "JPEG")  # the formats that notebooks, nbconvert and GitHub all display
_SHOWN_BY_BROWSERS = ("image/png", "image/jpeg", "image/webp", "image/gif")


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture for a notebook; ``media_type`` is image/png or image/jpeg, or one that browsers show too where there is
    no Pillow."""

    media_type: str
    data: bytes

    def marked(self, source_type: str) -> Embedded:
        """The same with the mark that says what made it, in IPTC's words; '' for nothing."""
        from vidgo_notebook.render.annotation import marked  # late: a cell is shown before its picture

        return replace(self, data=marked(self.data, source_type)) if source_type else self


def preview(data: bytes, longest: int, most: int = MAX_BYTES) -> Embedded:
    """The picture in ``data`` with its longest side at most ``longest`` pixels and at most ``most`` bytes.

    The JPEG's quality falls first, then its size. The same picture gives the same preview. Raises
    FetchError for a picture that cannot be decoded.
    """
    try:
        image = _opened(data, longest)
        image = _in_strips(image, longest) if image.width * image.height > _MOST_AT_ONCE else flattened(image)
    except ValueError as error:
        raise _not_drawn(error) from None
    return shrunk(image, longest, most)


def _in_strips(image: Image.Image, longest: int) -> Image.Image:
    """A very large picture in RGB, made smaller strip by strip: flattened whole, it would need its memory again."""
    from PIL import Image

    factor = max(1, int(max(image.size) / (_SPARE * longest)))
    width, height = (-(-edge // factor) for edge in image.size)
    small, step = Image.new("RGB", (width, height)), factor * max(1, _STRIP_PIXELS // (factor * image.width))
    for top in range(0, image.height, step):
        strip = image.crop((0, top, image.width, min(top + step, image.height)))
        small.paste(flattened(strip).reduce(factor), (0, top // factor))
    return small


def shrunk(image: Image.Image, longest: int, most: int = MAX_BYTES) -> Embedded:
    """The same for an open picture in RGB, with at most ``most`` bytes. It is made smaller itself: on two cores, new
    memory for a copy costs as much as encoding."""
    if max(image.size) > longest:
        image.thumbnail((longest, longest), _filter(), reducing_gap=1.0)
    encoded = _jpeg(image, _BEST)
    at_best = float(len(encoded))
    while len(encoded) > most:
        for quality in [quality for quality, share in _SHARES.items() if share * at_best <= most]:
            encoded = _jpeg(image, quality)
            if len(encoded) <= most:
                return Embedded("image/jpeg", encoded)
        edge = (_SPARE_BYTES * most / max(most, at_best * _SHARE_OF_NOISE)) ** 0.5
        smaller = max(1, int(image.width * edge)), max(1, int(image.height * edge))
        at_best *= smaller[0] * smaller[1] / (image.width * image.height)
        image = image.resize(smaller, _filter())
    return Embedded("image/jpeg", encoded)


def full(data: bytes) -> Embedded:
    """The picture at full size: the bytes as served where notebooks show them, else as PNG. Raises FetchError."""
    if not has_pillow():
        return as_served(data)
    image = _opened(data)
    if image.format in _SHOWN_AS_SERVED:
        return Embedded(f"image/{image.format.lower()}", data)
    file = io.BytesIO()
    in_8_bits(image).save(file, "PNG")
    return Embedded("image/png", file.getvalue())


def as_served(data: bytes) -> Embedded:
    """The file itself, where there is no Pillow to make a preview. Raises NoPillowError for one that is too large, and
    one that a browser may not show."""
    media_type, width, height = header(data) or ("", 0, 0)
    if media_type not in _SHOWN_BY_BROWSERS:
        raise no_pillow("this picture is not shown: a browser may not know its format")
    if len(data) > MOST_AS_SERVED or width * height > MAX_SERVED_PIXELS:
        size = f"{len(data) / 1024**2:.1f} MB, {width}×{height} pixels"
        raise no_pillow(f"this picture is not shown: its file ({size}) is too large to be put into a notebook as it is")
    return Embedded(media_type, data)


def unshown_html(error: NoPillowError) -> str:
    """Why a picture is not shown, in its place."""
    return markup.message(markup.escape(error.message), [error.hint])


def _opened(data: bytes, longest: int | None = None) -> Image.Image:
    """The picture; a JPEG is decoded only as large as ``longest`` needs: decoding takes most of the time."""
    try:
        return _decoded(data, longest)
    except (OSError, SyntaxError, ValueError) as error:
        with suppress(OSError, SyntaxError, ValueError):
            if (bare := pixels_only(data)) is not None:
                return _decoded(bare, longest)
        raise _not_drawn(error) from None


def _not_drawn(error: Exception) -> FetchError:
    return FetchError(
        f"The picture's file came whole, and no decoder can draw it: {error}.",
        hint="job.result().path is the file exactly as it was served.",
    )


def _decoded(data: bytes, longest: int | None) -> Image.Image:
    image = opened_to_decode(data)
    if longest:  # other formats ignore it
        share = _SPARE * longest / max(image.size)
        image.draft(None, (max(1, int(image.width * share)), max(1, int(image.height * share))))
    image.load()
    return image


def _filter() -> Image.Resampling:
    """Sharp enough for a preview, in half the time of LANCZOS: a notebook run again is made of these."""
    from PIL import Image

    return Image.Resampling.HAMMING


def flattened(image: Image.Image) -> Image.Image:
    """The image in RGB, transparency over white: JPEG has no transparency, and figures are made for white pages. The
    same, not a copy, if it is in RGB already."""
    from PIL import Image

    over = in_8_bits(image)
    if over.mode == "RGB":
        return over
    return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    # Encoding into a real file Pillow does not block the other threads, such as a notebook's.
    with tempfile.TemporaryFile() as file:
        image.save(file, "JPEG", quality=quality)  # optimized takes three times as long for a twentieth of the bytes
        file.seek(0)
        return file.read()
