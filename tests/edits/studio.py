"""Sessions of several kernels that share a journal, and the vendor they all buy from."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2 as httpx
from PIL import Image

from tests.stage.clocks import FastTime
from tests.stage.keys import KEY
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.request.build import new_request
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.emulator import IN_KERNEL_URL, Emulator, PictureOrder, transport_to
from vidgo_notebook.emulator.tasks import Task
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.intent import Connection
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

URL = "https://vendor.example"
EDIT = "gpt-image-2-edit"
PATIENCE = 90.0
DAY = 24 * 3600.0


def dot(order: PictureOrder) -> bytes:
    """A picture of four pixels; orders that differ give bytes that differ."""
    file = io.BytesIO()
    Image.new("RGB", (2, 2), f"#{order.seed[:6]}").save(file, "PNG", compress_level=1)
    return file.getvalue()


def new_vendor(time: FastTime, **options: Any) -> Emulator:
    """A vendor whose pictures are quickly made; its time is ``time``."""
    return Emulator(**{"draw": dot, "latency": 1.0, "clock": time.now, **options})


class Studio:
    """One kernel: a live session, as far as money is concerned, at a vendor of this process.

    ``questions`` is what the session asked; the answer is ``agrees``.
    ``carrier`` takes the place of the way to the vendor.
    """

    def __init__(
        self,
        vendor: Emulator,
        folder: Path,
        time: FastTime,
        *,
        store: str = ".vidgo",
        agrees: bool = True,
        carrier: httpx.AsyncBaseTransport | None = None,
        **settings: Any,
    ) -> None:
        self.vendor = vendor
        self.questions: list[str] = []
        self._agrees = agrees
        self._carrier = carrier
        places = {"store": str(folder / store), "journal": str(folder / "journal.sqlite3")}
        self.session = Session(
            Vidgo(**{"mode": "live", "base_url": URL, **places, **settings}),
            lambda: True,
            self._answer,
            connect=self._connect,
            clock=time.clock,
        )
        self.session.keys.type_in(KEY)

    def ask(self, prompt: str = "A red bicycle", image: Any = (), **fields: Any) -> Job:
        """Run a cell; its job, at once. A small cheap picture unless ``fields`` say otherwise."""
        choices = PurchaseChoices(fresh=fields.pop("fresh", False), max_credits=fields.pop("max_credits", None))
        return order_jobs(self.session, [self.request(prompt, image, **fields)], choices)[0]

    def request(self, prompt: str = "A red bicycle", image: Any = (), **fields: Any) -> GenerationRequest:
        """The request of such a cell."""
        return new_request(self.session, prompt, images=image, **{"size": "1:1", "resolution": "1K", **fields})

    def made(self, prompt: str = "A red bicycle", image: Any = (), **fields: Any) -> Result:
        """Run a cell and wait for its picture."""
        return self.ask(prompt, image, **fields).result(PATIENCE)

    @property
    def committed(self) -> Decimal:
        """Credits that the session has spent or may yet be billed."""
        return self.session.budget(self.session.target.provider).committed

    def close(self) -> None:
        self.session.close()

    def _answer(self, question: str) -> bool:
        self.questions.append(question)
        return self._agrees

    def _connect(self, target: Target, key: ApiKey | None) -> Connection:
        assert key
        carrier = self._carrier or transport_to(self.vendor)
        return Connection(
            VidgoClient(target.api, key, emulated=True, transport=carrier), FileClient(target.api, carrier)
        )


def in_kernel(emulator: Emulator, *_: object) -> Connection:
    """The way to an emulator in this process."""
    transport = transport_to(emulator)
    client = VidgoClient(IN_KERNEL_URL, ApiKey(KEY), emulated=True, transport=transport)
    return Connection(client, FileClient(IN_KERNEL_URL, transport))


OpenStudio = Callable[..., Studio]


def tasks(vendor: Emulator) -> list[Task]:
    """What the vendor accepted, oldest first."""
    return list(vendor.tasks.values())


def sent_urls(vendor: Emulator) -> list[list[str]]:
    """The images of every submit that arrived, as they were named in it."""
    return [call.body["input"].get("image_urls", []) for call in vendor.log if call.kind == "submit"]


def uploaded(vendor: Emulator) -> list[bytes]:
    """The bytes of every upload that the vendor took, oldest first."""
    return [vendor.uploads.content(upload.digest) or b"" for upload in vendor.uploads]


def spent(studio: Studio) -> Decimal:
    """What the ledger says was charged."""
    studio.session.engine.write(lambda _: None).result(PATIENCE)
    return sum((charge.charged or Decimal(0) for charge in studio.session.journal.charges()), Decimal(0))
