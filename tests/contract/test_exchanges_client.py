"""The exchanges over a whole client: what leaves it, and what its caller gets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.exchange_files import Exchange, asked_request, bad, cases, check_error, exchanges, good
from tests.contract.replay_exchange import KEY, play
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.codec import submit_body


async def _ask(client: VidgoClient, exchange: Exchange) -> Any:
    path = exchange.request["path"]
    if exchange.asked:
        return await client.submit(submit_body(*asked_request(exchange.asked)))
    return await (client.balance() if path.endswith("/balance") else client.status(path.rpartition("/")[2]))


GOOD = [*exchanges("submit"), *exchanges("status")[:4], *good("balance")[:1]]
BAD = [*bad("submit_refused"), *bad("status_refused")]


@pytest.mark.parametrize("exchange", cases(GOOD))
def test_one_documented_request_leaves_with_the_key_in_its_header(exchange: Exchange) -> None:
    _, (request,) = play(exchange, lambda client: _ask(client, exchange))
    assert (request.method, request.url.path) == (exchange.request["method"], exchange.request["path"])
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert json.loads(request.content or b"null") == exchange.request.get("json")


@pytest.mark.parametrize("exchange", cases(BAD))
def test_a_refusal_reaches_the_caller_and_is_not_sent_again(exchange: Exchange) -> None:
    """In particular a submit whose answer makes no sense is one POST, never two."""
    error, left = play(exchange, lambda client: _ask(client, exchange))
    check_error(error, exchange.reading)
    assert len(left) == 1
