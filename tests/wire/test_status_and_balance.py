"""Status and balance as a client of a real server reads them; one request each, whatever comes back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.fixtures import status_bodies
from tests.fixtures.client_calls import call
from tests.fixtures.raw_server import answers, drops, raw_server, resets
from vidgo_notebook.emulator import Emulator, Fault, serve
from vidgo_notebook.emulator.refusal import error_body
from vidgo_notebook.errors import (
    AuthenticationError,
    InsufficientCreditsError,
    NotFoundError,
    ServerError,
    TransportError,
    VidgoError,
)

FAULTS = [
    (Fault("balance", status=401), AuthenticationError),
    (Fault("balance", status=402), InsufficientCreditsError),
    (Fault("balance", status=404), NotFoundError),
    (Fault("balance", status=503, body="<html>"), ServerError),
    (Fault("balance", status=200, body=error_body(401, "no such key")), AuthenticationError),
    (Fault("balance", status=200, body={"code": 200, "data": {"credits_amount": None}}), TransportError),
    (Fault("balance", status=200, body={"code": 200, "data": {"credits_amount": "NaN"}}), TransportError),
    (Fault("balance", drop=True), TransportError),
]


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
def test_a_balance_that_does_not_come_is_one_request_and_the_error_it_means(
    fault: Fault, kind: type[VidgoError]
) -> None:
    emulator = Emulator()
    emulator.faults.add(fault)
    with serve(emulator) as url:
        with pytest.raises(kind):
            call(url, lambda client: client.balance(), emulated=True)
        assert call(url, lambda client: client.balance(), emulated=True) == Decimal(10_000)
    assert emulator.count() == 2


@pytest.mark.parametrize("behave", [drops, resets, answers(200, b"\xff\xfe"), answers(200, b"[1]"), answers(204)])
def test_a_status_that_makes_no_sense_is_one_request(behave: object) -> None:
    with raw_server(behave) as server, pytest.raises(TransportError):  # type: ignore[arg-type]
        call(server.url, lambda client: client.status("task-1"))
    assert server.connections == 1


@pytest.mark.parametrize(
    "alter", [status_bodies.files_as_strings, status_bodies.files_under_output, status_bodies.unknown_fields]
)
def test_a_finished_task_names_its_file_in_whichever_shape(alter: object) -> None:
    emulator = Emulator(latency=0)
    emulator.faults.add(Fault("status", alter=alter))  # type: ignore[arg-type]

    async def finished(client: object) -> object:
        task_id = await client.submit({"model": "gpt-image-2", "input": {"prompt": "x"}})  # type: ignore
        return await client.status(task_id)  # type: ignore

    with serve(emulator) as url:
        status = call(url, finished, emulated=True)
    (task_id,) = emulator.tasks
    assert (status.state, status.file_urls) == ("finished", (f"{url}/files/{task_id}.png",))
