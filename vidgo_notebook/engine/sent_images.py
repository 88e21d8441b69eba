"""Keeps a user's own images as they are sent, in the store of the picture that is made from them.

They are kept before the picture is paid for, and the journal says which file each image is: the kernel that writes the
record may be another one, which does not have them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace

from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.engine.image_file import Payload, Prepared
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.record import ReferenceFile
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.visible_text import visible_name

_LONGEST_NAME = 200
_WITHOUT = "Free some space there, or go on without: %config Vidgo.keep_references = False"


class NotKeptError(StoreError):
    """An image can't be kept: nothing was sent yet."""


class SentImages:
    """Those of the purchases of this process. ``wanted`` is whether they are kept now."""

    def __init__(self, wanted: Callable[[], bool]) -> None:
        self._wanted = wanted
        self._kept: dict[tuple[str, str], ReferenceFile] = {}  # by store and identity: many edits have one image

    async def note(self, purchase: Purchase) -> None:
        """Keep the images of a purchase that is about to be sent, and write down in its entry what is sent.

        Raises NotKeptError, before anything is sent.
        """
        own = [each for each in purchase.job.request.references if each.kind != "url" and not each.parent]
        if own:
            named = {reference.identity: reference for reference in reversed(own)}  # the first name counts
            files = {identity: await self._file(purchase.store, each) for identity, each in named.items()}
            text = json.dumps({identity: asdict(file) for identity, file in files.items()})
            purchase.entry = replace(purchase.entry, inputs=text)

    async def keep(self, store: ResultStore, reference: Reference, prepared: Prepared) -> None:
        """Keep an image that was prepared to be uploaded, unless it is a picture made here. Raises NotKeptError."""
        if self._wanted() and not reference.parent:
            self._kept[store.address, reference.identity] = await asyncio.to_thread(_keep, store, reference, prepared)

    async def ensure(self, purchase: Purchase) -> None:
        """Keep the images again whose files the store does not have, as far as this process has them: another kernel
        may have begun the job for another store."""
        own = {reference.identity: reference for reference in purchase.job.request.references}
        for identity, file in files_of(purchase.entry.inputs).items():
            if file.digest and (purchase.store.address, identity) not in self._kept and identity in own:
                with suppress(StoreError, ValueError):
                    await asyncio.to_thread(_keep_again, purchase.store, own[identity], file)

    async def _file(self, store: ResultStore, reference: Reference) -> ReferenceFile:
        if not (self._wanted() and isinstance(reference.payload, Payload)):
            return ReferenceFile(_name(reference))
        if (store.address, reference.identity) not in self._kept:
            with suppress(ValueError):  # it can't be read any more, and was uploaded before
                await self.keep(store, reference, await asyncio.to_thread(reference.payload.prepared))
        file = self._kept.get((store.address, reference.identity), ReferenceFile())
        return replace(file, name=_name(reference))


def files_of(inputs: str) -> Mapping[str, ReferenceFile]:
    """What an entry of the journal says of the images that were sent."""
    return {identity: ReferenceFile(**file) for identity, file in json.loads(inputs or "{}").items()}


def _keep(store: ResultStore, reference: Reference, prepared: Prepared) -> ReferenceFile:
    data = prepared.data
    if len(data) > MAX_SERVED_BYTES:  # more than is read of any file of a store
        return ReferenceFile()
    file = ReferenceFile("", hashlib.sha256(data).hexdigest(), prepared.media_type, len(data))
    try:
        store.references.keep(file, data)
    except StoreError as error:
        raise NotKeptError(f"{_name(reference)} can't be kept: {error.message}", hint=_WITHOUT) from None
    return file


def _keep_again(store: ResultStore, reference: Reference, file: ReferenceFile) -> None:
    if isinstance(reference.payload, Payload) and not store.references.has(file):
        prepared = reference.payload.prepared()
        if hashlib.sha256(prepared.data).hexdigest() == file.digest:
            store.references.keep(file, prepared.data)


def _name(reference: Reference) -> str:
    """The user's name for an image, without folders."""
    return visible_name(re.split(r"[/\\]", reference.name)[-1])[:_LONGEST_NAME]
