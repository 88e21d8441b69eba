"""The bodies of requests: as they are expected, and as they were sent."""

from __future__ import annotations

from tests.fixtures.local_api import LocalApi


def body(prompt: str, quality: str = "low", **fields: str) -> dict[str, object]:
    """What is sent for a picture: with a size its resolution is sent too."""
    known = {"prompt": prompt, "quality": quality, **fields}
    return {"model": "gpt-image-2", "input": known | ({"resolution": "1K"} if "size" in fields else {})}


def sent(local_api: LocalApi) -> list[dict[str, object]]:
    bodies = [call.body for call in local_api.emulator.log if call.kind == "submit"]
    return sorted(bodies, key=lambda each: str(each["input"]))
