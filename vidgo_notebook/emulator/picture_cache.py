"""Draws pictures when they are first fetched, in worker threads, and keeps the latest few."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from vidgo_notebook.emulator.originals import Original, originals_of
from vidgo_notebook.emulator.picture_spec import PictureOrder

if TYPE_CHECKING:
    from PIL import Image

    from vidgo_notebook.emulator.picture_spec import Draw
    from vidgo_notebook.emulator.thumbnails import Thumbnails

DRAWERS = 2  # threads; each holds one full picture in memory
KEPT = 4  # pictures; one more fetch of an older one draws it again, to the same bytes


class Gallery:
    """Pictures by order. Concurrent fetches of one picture share one drawing.

    ``uploaded`` gives the bytes of an upload by their digest, for edits to show. Where they had to make
    room for others before the edit was drawn, its frame shows a card instead.
    """

    def __init__(self, draw: Draw | None, uploaded: Callable[[str], bytes | None]) -> None:
        self._draw = draw or self._draw_with_references
        self._uploaded = uploaded
        self._threads = ThreadPoolExecutor(DRAWERS, thread_name_prefix="vidgo-emulator-draws")
        self._pictures: OrderedDict[str, Future[bytes]] = OrderedDict()

    async def picture(self, order: PictureOrder) -> bytes:
        """The bytes of the picture of ``order``."""
        drawing = self._pictures.get(order.seed)
        if drawing is None:
            drawing = self._pictures[order.seed] = self._threads.submit(self._draw, order)
        self._pictures.move_to_end(order.seed)
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        # Shielded: a client that hangs up must not cancel the drawing that others wait for.
        return await asyncio.shield(asyncio.wrap_future(drawing))

    def close(self) -> None:
        """End the drawing threads; a drawing that has begun is finished."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @cached_property
    def _thumbnails(self) -> Thumbnails:
        from vidgo_notebook.emulator.thumbnails import Thumbnails

        return Thumbnails(self._bytes_of)

    def _draw_with_references(self, order: PictureOrder) -> bytes:
        return draw_picture(order, [self._thumbnails.of(original) for original in originals_of(order.request)])

    def _bytes_of(self, original: Original) -> bytes | None:
        """Called by a drawing thread, which must not wait for another: what isn't at hand it draws itself."""
        if not isinstance(original, PictureOrder):
            return self._uploaded(original.digest)
        at_hand = self._pictures.get(original.seed)
        if at_hand and at_hand.done() and at_hand.exception() is None:
            return at_hand.result()
        return self._draw(original)


def draw_picture(order: PictureOrder, references: Sequence[Image.Image | None] = ()) -> bytes:
    """The emulator's own picture, drawn with Pillow, which is loaded only now."""
    from vidgo_notebook.emulator.painting.picture import draw

    return draw(order, references)
