"""Fetches the file of an upload from a URL: from this machine, and from nowhere else."""

from __future__ import annotations

import asyncio
import ipaddress

import httpx2 as httpx

from vidgo_notebook.domain.addresses import is_web_url
from vidgo_notebook.emulator.formats import MOST_BYTES
from vidgo_notebook.emulator.refusal import Refusal

WITHIN = 30.0  # seconds for the whole file


async def fetched(url: str) -> bytes:
    """The file at a loopback ``url``. Raises ``Refusal`` (400). Redirects could lead away, so none is followed."""
    if not is_web_url(url):
        raise Refusal(400, "file_url is not an http or https URL", "validation_error")
    if not _is_here(url):
        message = "file_url is not on this machine: the emulator fetches nothing from the internet; upload the file"
        raise Refusal(400, message, "validation_error")
    try:
        return await asyncio.wait_for(_download(url), WITHIN)
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Refusal(400, f"file_url can't be fetched: {type(error).__name__}", "validation_error") from None


def _is_here(url: str) -> bool:
    # Names below localhost are left to the resolver, which may ask the internet: only this one is sure.
    try:
        host = httpx.URL(url).host  # httpx's own reading: it is httpx that will connect
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except (httpx.InvalidURL, ValueError):
        return False


async def _download(url: str) -> bytes:
    content = bytearray()
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url) as answer:
        if answer.status_code != 200:
            raise Refusal(400, f"file_url can't be fetched: it answers HTTP {answer.status_code}", "validation_error")
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > MOST_BYTES:
                break  # one byte too many tells the check enough
    return bytes(content)
