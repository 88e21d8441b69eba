"""The emulator's own pictures: drawn from the order alone, and marked as what they are."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vidgo_notebook.domain.request import Reference, effective_fields
from vidgo_notebook.emulator.names import EMULATOR_VERSION
from vidgo_notebook.emulator.painting.caption import paint_caption
from vidgo_notebook.emulator.painting.frames import paint_references
from vidgo_notebook.emulator.painting.geometry import paint_geometry
from vidgo_notebook.emulator.painting.landscape import paint_landscape
from vidgo_notebook.emulator.painting.mark import paint_mark
from vidgo_notebook.emulator.painting.night import paint_night
from vidgo_notebook.emulator.painting.palette import Palette, palette_for
from vidgo_notebook.emulator.painting.papercut import paint_rings, paint_waves
from vidgo_notebook.emulator.picture_spec import PictureOrder

SOFTWARE = f"Vidgo emulator {EMULATOR_VERSION}"
COMMENT = "EMULATED: drawn by a local stand-in for the Vidgo API. No model made this picture."
DETAIL = {"low": 1, "medium": 2, "high": 3}
_EXIF_SOFTWARE, _EXIF_DESCRIPTION = 0x0131, 0x010E

Scene = Callable[[Image.Image, Random, Palette, int], None]

SCENES: dict[Scene, str] = {
    paint_landscape: "mountain mountains hill hills valley landscape forest tree trees snow alps nature garden",
    paint_waves: "sea ocean wave waves beach coast desert dune dunes river lake sunset sunrise boat",
    paint_night: "night star stars space galaxy moon planet sky constellation cosmic astronaut",
    paint_geometry: "poster logo icon pattern geometric abstract product packaging interior city architecture studio",
    paint_rings: "flower flowers food coffee espresso cup cake fruit portrait face cat dog map",
}
"""What can be painted, with the words of a prompt that ask for it."""


def draw(order: PictureOrder, references: Sequence[Image.Image | None] = ()) -> bytes:
    """The picture of ``order`` as PNG or JPEG bytes, in its true size; equal orders give equal bytes.

    ``references`` are the pictures behind the request's URLs, one for each, None where it is not known.
    """
    sheet = paint(order, references)
    return _encoded(sheet, order)


def paint(order: PictureOrder, references: Sequence[Image.Image | None] = ()) -> Image.Image:
    """The picture of ``order``. Prompt and variant decide what it shows, the quality how finely."""
    request = order.request
    subject = _dice(request.prompt)
    palette = palette_for(request.prompt, subject)
    sheet = Image.new("RGB", order.edges)
    paint_scene = _scene_for(request.prompt, subject)
    paint_scene(sheet, _dice(request.prompt, str(order.variant)), palette, DETAIL[order.quality])
    top = paint_caption(sheet, request.prompt, _details(order))
    if names := [_name_of(reference) for reference in request.references]:
        paint_references(sheet, list(zip(references or [None] * len(names), names, strict=True)), palette, top)
    paint_mark(sheet)
    return sheet


def _name_of(reference: Reference) -> str:
    """What identifies a reference, which must not be the URL that an upload happened to get."""
    return reference.value if reference.kind == "url" else f"{reference.kind} {reference.value[:8]}"


def _dice(*parts: str) -> Random:
    seed = hashlib.sha256("\0".join(parts).encode()).digest()
    return Random(int.from_bytes(seed, "big"))  # noqa: S311 - art, and it must come out the same again


def _scene_for(prompt: str, dice: Random) -> Scene:
    """The scene that most words of ``prompt`` ask for; one by chance if none does."""
    words = set(re.findall(r"[a-z]+", prompt.lower()))
    by_chance = list(SCENES)[int(dice.random() * len(SCENES))]
    asked = {scene: len(words & set(hints.split())) for scene, hints in SCENES.items()}
    best = max(asked.values())
    return by_chance if best == 0 else next(scene for scene, hits in asked.items() if hits == best)


def _details(order: PictureOrder) -> str:
    fields = effective_fields(order.request)
    words = [order.request.model, fields["size"], fields["resolution"], fields.get("quality", "")]
    words += [f"{order.edges[0]} x {order.edges[1]}", f"picture {order.variant}"]
    return "  ·  ".join(word for word in words if word)


def _encoded(sheet: Image.Image, order: PictureOrder) -> bytes:
    file = io.BytesIO()
    if order.format == "PNG":
        chunks = PngInfo()
        chunks.add_text("Software", SOFTWARE)
        chunks.add_text("Comment", COMMENT)
        # Level 4 is where more time stops making these smooth pictures much smaller.
        sheet.save(file, "PNG", pnginfo=chunks, compress_level=4)
    else:
        exif = Image.Exif()
        exif[_EXIF_SOFTWARE], exif[_EXIF_DESCRIPTION] = SOFTWARE, COMMENT
        sheet.save(file, "JPEG", quality=90, comment=COMMENT, exif=exif)
    return file.getvalue()
