"""The emulator against the exchanges written by hand: what it answers has the documented shape."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.exchange_files import Exchange, bad, exchanges
from tests.fixtures import status_bodies
from tests.fixtures.emulated_api import LATENCY, PICTURE, EmulatedApi, with_emulated_api
from vidgo_notebook.emulator import EMULATOR_HEADER, Fault

BICYCLE = {"model": "gpt-image-2", "input": {"prompt": "A red bicycle", "quality": "low"}}
TASK_ID = re.compile(r"task-unified-\d{10}-[a-z0-9]{8}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")  # ISO 8601 without an offset


def documented(file: str, name: str) -> Any:
    """The body of one hand-written exchange."""
    (found,) = [json.loads(one.body) for one in exchanges(file) if one.name == name]
    return found


def shape(value: Any) -> Any:
    """The types of a body, without its values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def has_at_least(answer: Any, expected: Any) -> bool:
    """Whether ``answer`` has every key of ``expected``, with values of the same shape."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        return all(key in answer and has_at_least(answer[key], inner) for key, inner in expected.items())
    if isinstance(expected, list) and isinstance(answer, list):
        return len(answer) == len(expected) and all(map(has_at_least, answer, expected))
    return shape(answer) == shape(expected)


@pytest.mark.parametrize("exchange", exchanges("submit"), ids=str)
def test_a_documented_submit_is_accepted_in_the_documented_words(exchange: Exchange) -> None:
    async def use(api: EmulatedApi) -> None:
        response = await api.submit(exchange.request["json"])
        body = response.json()
        assert (response.status_code, body["code"]) == (200, 200)
        assert shape(body) == shape(documented("submit", "every field of a generation, documented answer"))
        assert body["data"]["status"] == "not_started"
        assert TASK_ID.fullmatch(body["data"]["task_id"])
        assert TIME.fullmatch(body["data"]["created_time"])
        assert EMULATOR_HEADER in response.headers

    with_emulated_api(use)


@pytest.mark.parametrize(
    ("share", "name"),
    [(0.0, "not started"), (0.5, "running"), (1.0, "finished, the documented answer")],
)
def test_a_task_is_reported_in_the_documented_words_all_the_way(share: float, name: str) -> None:
    async def use(api: EmulatedApi) -> None:
        task_id = (await api.submit(BICYCLE)).json()["data"]["task_id"]
        api.clock.now += share * LATENCY
        response = await api.status(task_id)
        body, expected = response.json(), documented("status", name)
        assert (response.status_code, body["code"]) == (200, 200)
        assert shape(body) == shape(expected)
        assert (body["data"]["status"], body["data"]["task_id"]) == (expected["data"]["status"], task_id)
        assert 0 <= body["data"]["progress"] <= 100
        assert EMULATOR_HEADER in response.headers

    with_emulated_api(use)


def test_a_failed_task_is_an_http_200_with_the_reason_no_files_and_no_price_box() -> None:
    async def use(api: EmulatedApi) -> None:
        api.emulator.faults.add(Fault("submit", fails="Unsafe content"))
        task_id = (await api.submit(BICYCLE)).json()["data"]["task_id"]
        api.clock.now += LATENCY
        response = await api.status(task_id)
        assert response.status_code == 200
        assert shape(response.json()) == shape(documented("status", "failed, the documented answer"))
        assert response.json()["data"]["error_message"] == "Unsafe content"
        assert (api.emulator.charged, api.emulator.balance) == (Decimal(0), Decimal(10_000))

    with_emulated_api(use)


def test_the_file_of_a_finished_task_can_be_fetched_for_24_hours() -> None:
    async def use(api: EmulatedApi) -> None:
        task_id = (await api.submit(BICYCLE)).json()["data"]["task_id"]
        api.clock.now += LATENCY
        (file,) = (await api.status(task_id)).json()["data"]["files"]
        assert file["file_type"] == "image"
        assert (await api.http.get(file["file_url"])).content == PICTURE
        api.clock.now += 24 * 3600
        assert (await api.http.get(file["file_url"])).status_code == 404

    with_emulated_api(use)


@pytest.mark.parametrize(
    ("alteration", "share", "name", "missing"),
    [
        (status_bodies.files_as_strings, 1.0, "files as plain strings", "output"),
        (status_bodies.files_under_output, 1.0, "files under output", "files"),
        (status_bodies.without_progress, 0.5, "no progress", "progress"),
        (status_bodies.null_progress, 0.5, "progress null", "output"),
        (status_bodies.status_word("postprocessing"), 0.5, "an unknown state counts as still running", "output"),
    ],
    ids=["strings", "output", "no progress", "progress null", "other word"],
)
def test_the_unusual_shapes_that_a_test_can_switch_on_are_those_met_in_the_wild(
    alteration: Any, share: float, name: str, missing: str
) -> None:
    async def use(api: EmulatedApi) -> None:
        api.emulator.faults.add(Fault("status", alter=alteration))
        task_id = (await api.submit(BICYCLE)).json()["data"]["task_id"]
        api.clock.now += share * LATENCY
        body, expected = (await api.status(task_id)).json(), documented("status", name)
        assert has_at_least(body, expected)
        assert body["data"]["status"] == expected["data"]["status"]
        assert missing not in body["data"]

    with_emulated_api(use)


@pytest.mark.parametrize(("credits", "name"), [(1200, "a whole number"), (Decimal("12.5"), "a decimal")])
def test_the_account_is_reported_in_the_documented_words(credits: Decimal | int, name: str) -> None:
    async def use(api: EmulatedApi) -> None:
        body = (await api.balance()).json()
        assert shape(body) == shape(documented("balance", name))
        assert body["data"]["credits_amount"] == float(credits)

    with_emulated_api(use, credits)


async def _wrong_field(api: EmulatedApi) -> Any:
    return await api.submit({"model": "gpt-image-2", "input": {"prompt": "x", "size": "16:10"}})


async def _wrong_key(api: EmulatedApi) -> Any:
    return await api.http.get("/api/user/balance", headers={"Authorization": "Bearer other"})


async def _no_credits(api: EmulatedApi) -> Any:
    return await api.submit({"model": "gpt-image-2", "input": {"prompt": "x", "quality": "high"}})


async def _unknown_task(api: EmulatedApi) -> Any:
    return await api.status("task-unified-1757165031-uyujaw3d")


@pytest.mark.parametrize(
    ("ask", "file", "name"),
    [
        (_wrong_field, "submit_refused", "400, a field is wrong"),
        (_wrong_key, "submit_refused", "401, without a type"),
        (_no_credits, "submit_refused", "402, no credits"),
        (_unknown_task, "status_refused", "404"),
    ],
    ids=["400", "401", "402", "404"],
)
def test_a_refusal_of_its_own_is_worded_as_documented(ask: Any, file: str, name: str) -> None:
    """The HTTP status equals ``code``, and ``type`` is the documented one."""

    async def use(api: EmulatedApi) -> None:
        response, expected = await ask(api), documented(file, name)
        assert response.status_code == response.json()["code"] == expected["code"]
        assert shape(response.json()) == shape(expected)
        assert response.json()["error"].get("type") == expected["error"].get("type")
        assert api.emulator.charged == 0

    with_emulated_api(use, credits=11)  # a high picture in 1K costs 12


def _is_json_object(body: bytes) -> bool:
    return body.startswith(b"{") and body.endswith(b"}")


@pytest.mark.parametrize("exchange", bad("submit_refused"), ids=str)
def test_every_refusal_can_be_switched_on_word_for_word(exchange: Exchange) -> None:
    """So whatever a client must survive can be played to it over the same HTTP."""
    body = json.loads(exchange.body) if _is_json_object(exchange.body) else exchange.body
    fault = Fault("submit", status=exchange.status, headers=exchange.headers, body=body)

    async def use(api: EmulatedApi) -> None:
        api.emulator.faults.add(fault)
        response = await api.http.post("/api/generate/submit", json=BICYCLE)
        assert response.status_code == exchange.status
        assert (response.json() if isinstance(body, dict) else response.content) == body
        assert {name: response.headers[name] for name in exchange.headers} == exchange.headers
        assert len(api.emulator.tasks) == 0

    with_emulated_api(use)
