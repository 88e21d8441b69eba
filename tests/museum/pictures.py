"""The pictures in the store of 0.1: what its user typed for each, in a cell and in Python, and its digest."""

from __future__ import annotations

from typing import NamedTuple

SIGNED = "https://images.example.com/cup.png?X-Amz-Date=20260427T103000Z&X-Amz-Signature=00000000ffffffff"


class Typed(NamedTuple):
    """``options`` as in a cell, ``keywords`` as in a call; ``digest`` is how the SHA-256 of the picture begins.

    ``before`` is Python that gives a name to another picture that this one was made from.
    """

    prompt: str
    digest: str
    options: str = ""
    keywords: str = ""
    before: str = ""

    def as_cell(self, name: str) -> list[str]:
        """The cells that put its job under a name."""
        return [*([self.before] if self.before else []), f"%%vidgo {name} {self.options}\n{self.prompt}"]

    def as_call(self, name: str) -> list[str]:
        """The same in Python."""
        return [f"{self.before}\n{name} = vidgo.generate({self.prompt!r}, {self.keywords})"]


_HARBOUR = 'harbour = vidgo.generate("A harbour at dawn", size="1:1", resolution="1K")'
_LANTERN = 'lantern = vidgo.generate("A lantern in a window", quality="medium")'
_BOAT = 'boat = vidgo.generate("A paper boat on a pond", size="16:9", resolution="1K")'
_MIRROR = 'from PIL import Image\nmirror = Image.open("mirror.png")'
_1K, _1K_CALL = "--size 1:1 --resolution 1K", 'size="1:1", resolution="1K"'
_2K, _2K_CALL = "--quality medium --size 1:1 --resolution 2K", 'quality="medium", size="1:1", resolution="2K"'
_WIDE, _WIDE_CALL = "--size 16:9 --resolution 1K", 'size="16:9", resolution="1K"'
_LAMP, _LAMP_CALL = "--image lamp.png", 'image="lamp.png"'
_URL, _URL_CALL = f'--image "{SIGNED}"', f'image="{SIGNED}"'

BOUGHT = (
    Typed("A harbour at dawn", "007e4a2121dc", _1K, _1K_CALL),
    Typed(
        "A photo of a red lighthouse",
        "c01dd7bc4b0b",
        "--quality high --size 16:9 --resolution 2K",
        'quality="high", size="16:9", resolution="2K"',
    ),
    Typed(
        "Put the lamp of image 2 into image 1",
        "0e1be95f8e7e",
        "--image harbour --image lamp.png",
        'image=[harbour, "lamp.png"]',
        _HARBOUR,
    ),
    Typed("Give the cup a blue glaze", "5036004e2bbf", _URL, _URL_CALL),
    Typed("An owl in a barn", "340c2f5d7e44", f"--quality low {_1K}", f'quality="low", {_1K_CALL}'),
    Typed("An owl in a barn", "c41321e03067", f"--quality medium {_1K}", f'quality="medium", {_1K_CALL}'),
    Typed(
        "A garden of moss",
        "c1ade175b11f",
        "--model flux-2-pro --size 4:3 --resolution 1K",
        'model="flux-2-pro", size="4:3", resolution="1K"',
    ),
    Typed("A lantern in a window", "e5c72f4516c4", "--quality medium", 'quality="medium"'),
    Typed("Move the lantern to the left", "24588480104d", "--image lantern", "image=lantern", _LANTERN),
    Typed("Frame the mirror in oak", "d8d7cbd81992", "--image mirror", "image=mirror", _MIRROR),
    Typed("A sketch of a mill", "3dc501629e41"),
    Typed("A blue plate", "e8a87d77531f"),
    Typed("A green plate", "5969a7dff886"),
    Typed("Draw the lamp in ink", "d22a9c59571f", _LAMP, _LAMP_CALL),
    Typed("Draw the lamp in chalk", "393245e4ab82", _LAMP, _LAMP_CALL),
    Typed("A red bicycle", "76a32f52e4ee", _2K, _2K_CALL),
    Typed("A green bicycle", "8e7056b18969", _2K, _2K_CALL),
)
BOUGHT_BEFORE_0_1 = (
    Typed("Stand the lamp on a table", "358f017ddfb1", _LAMP, _LAMP_CALL),
    Typed("Give the cup a red glaze", "d08195b00016", _URL, _URL_CALL),
    Typed("A fox in the snow", "9bd2db2e696e"),
    Typed("A fox in the snow", "80f73fcdb342", "--take 2", "take=2"),
    Typed("A paper crane", "09a14511a8e3", "--size 3:2 --resolution 1K", 'size="3:2", resolution="1K"'),
)
"""Their records are of format 1, with a file and with a signed URL like those above."""
EMULATED = (
    Typed("A paper boat on a pond", "226e3f475d93", _WIDE, _WIDE_CALL),
    Typed("Add a swan", "ae18e8d09c29", f"--image boat {_WIDE}", f"image=boat, {_WIDE_CALL}", _BOAT),
)
PAID = (*BOUGHT, *BOUGHT_BEFORE_0_1)
ALL = (*PAID, *EMULATED)

LANTERNS = {
    "task-a-lantern-in-a-window-1": "2d7a8c6bdeef",
    "task-a-lantern-in-a-window-2": "ddfc3f90380e",
    "task-a-lantern-in-a-window-3": "e5c72f4516c4",
}
"""One request, bought anew twice: its tasks, and the pictures of which the last is shown."""
