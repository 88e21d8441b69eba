"""An emulator to ask over HTTP, whose time stands still until told otherwise and whose pictures are fixed bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx2 as httpx

from tests.stage.clocks import StillTime
from vidgo_notebook.emulator import IN_KERNEL_URL, Emulator, transport_to

KEY = "key-for-tests"
PICTURE = b"fixed bytes in place of a picture"
LATENCY = 10.0


class Vendor:
    """An emulator with 10,000 credits, its clock, and a client that has a key."""

    def __init__(self, credits: Decimal | int = 10_000) -> None:
        self.clock = StillTime()
        self.emulator = Emulator(
            latency=LATENCY, credits=credits, keys={KEY}, clock=self.clock, draw=lambda order: PICTURE
        )
        self.http = httpx.AsyncClient(
            transport=transport_to(self.emulator), base_url=IN_KERNEL_URL, headers={"Authorization": f"Bearer {KEY}"}
        )

    async def submit(self, body: Any) -> httpx.Response:
        """POST ``body``."""
        return await self.http.post("/api/generate/submit", json=body)

    async def status(self, task_id: str) -> httpx.Response:
        """Ask for a task."""
        return await self.http.get(f"/api/generate/status/{task_id}")

    async def balance(self) -> httpx.Response:
        """Ask for the account."""
        return await self.http.get("/api/user/balance")


def with_vendor(use: Callable[[Vendor], Awaitable[None]], credits: Decimal | int = 10_000) -> None:
    """Run ``use`` with a fresh vendor, which is closed afterwards."""

    async def run() -> None:
        vendor = Vendor(credits)
        try:
            await use(vendor)
        finally:
            await vendor.http.aclose()
            await vendor.emulator.aclose()

    asyncio.run(run())
