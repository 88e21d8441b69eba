"""The emulator's own pictures: drawn from the spec alone, and marked as what they are."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vidgo_notebook.domain.request import effective_fields
from vidgo_notebook.emulator.painting.frames import paint_references
from vidgo_notebook.emulator.painting.landscape import paint_mountains, paint_waves
from vidgo_notebook.emulator.painting.overlay import paint_caption, paint_mark
from vidgo_notebook.emulator.painting.palette import Palette, palette_for
from vidgo_notebook.emulator.painting.poster import paint_poster
from vidgo_notebook.emulator.tasks import EMULATOR_VERSION, PictureSpec

SOFTWARE = f"Vidgo emulator {EMULATOR_VERSION}"
COMMENT = "EMULATED: drawn by a local stand-in for the Vidgo API. No model made this picture."
DETAIL = {"low": 1, "medium": 2}  # 3 for all other qualities
_EXIF_SOFTWARE, _EXIF_DESCRIPTION = 0x0131, 0x010E

Scene = Callable[[Image.Image, Random, Palette, int], None]

SCENES: dict[Scene, str] = {
    paint_mountains: "mountain mountains hill hills valley landscape forest tree trees snow alps nature garden sky",
    paint_waves: "sea ocean wave waves beach coast desert dune dunes river lake sunset sunrise boat ship",
    paint_poster: "poster logo icon pattern geometric abstract product packaging interior city architecture studio",
}
"""What can be painted, with the words of a prompt that ask for it."""


def draw(spec: PictureSpec, references: Sequence[Image.Image | None] = ()) -> bytes:
    """The picture of ``spec`` as PNG or JPEG bytes, in its true size; equal specs give equal bytes.

    ``references`` are the pictures behind the request's URLs, one for each, None where it is not known.
    """
    canvas, file = paint(spec, references), io.BytesIO()
    if spec.format == "PNG":
        chunks = PngInfo()
        chunks.add_text("Software", SOFTWARE)
        chunks.add_text("Comment", COMMENT)
        # Level 4 is where more time stops making these smooth pictures much smaller.
        canvas.save(file, "PNG", pnginfo=chunks, compress_level=4)
    else:
        exif = Image.Exif()
        exif[_EXIF_SOFTWARE], exif[_EXIF_DESCRIPTION] = SOFTWARE, COMMENT
        canvas.save(file, "JPEG", quality=90, comment=COMMENT, exif=exif)
    return file.getvalue()


def paint(spec: PictureSpec, references: Sequence[Image.Image | None] = ()) -> Image.Image:
    """The picture of ``spec``. Prompt and variant decide what it shows, the quality how finely."""
    request = spec.request
    subject = _seeded(request.prompt)
    palette = palette_for(request.prompt, subject)
    canvas = Image.new("RGB", spec.edges)
    paint_scene = _scene_for(request.prompt, subject)
    paint_scene(canvas, _seeded(request.prompt, str(spec.variant)), palette, DETAIL.get(spec.quality, 3))
    fields = effective_fields(request)
    details = [request.model, fields["size"], fields.get("resolution", ""), fields.get("quality", "")]
    details += [f"{spec.edges[0]} x {spec.edges[1]}", f"picture {spec.variant}"]
    top = paint_caption(canvas, request.prompt, "  ·  ".join(filter(None, details)))
    # An upload is named by its digest: its URL differs from upload to upload.
    names = [each.value if each.kind == "url" else f"{each.kind} {each.value[:8]}" for each in request.references]
    if names:
        paint_references(canvas, list(zip(references or [None] * len(names), names, strict=True)), palette, top)
    paint_mark(canvas)
    return canvas


def _seeded(*parts: str) -> Random:
    seed = hashlib.sha256("\0".join(parts).encode()).digest()
    return Random(int.from_bytes(seed, "big"))  # noqa: S311 - art, which must be reproducible


def _scene_for(prompt: str, rng: Random) -> Scene:
    """The scene that most words of ``prompt`` ask for; a random one if none does."""
    words = set(re.findall(r"[a-z]+", prompt.lower()))
    at_random = rng.choice(list(SCENES))
    asked = {scene: len(words & set(hints.split())) for scene, hints in SCENES.items()}
    return max(asked, key=lambda scene: asked[scene]) if any(asked.values()) else at_random
