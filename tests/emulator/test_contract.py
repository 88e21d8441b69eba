"""The emulator speaks the service's contract."""

from __future__ import annotations

import re
from datetime import datetime

import httpx2 as httpx
import pytest

from tests.fixtures.emulator_client import HILLS, PICTURE, EmulatorClient, OpenClient, in_kernel
from vidgo_notebook.emulator import EMULATOR_HEADER, EMULATOR_VERSION, IN_KERNEL_URL, transport_to


def error_of(response: httpx.Response) -> tuple[int, str | None, str]:
    """Status, type and message; the status must stand in the body too."""
    body = response.json()
    assert body["code"] == response.status_code
    return response.status_code, body["error"].get("type"), body["error"]["message"]


def test_a_picture_is_ordered_watched_and_fetched_over_either_way(any_client: EmulatorClient) -> None:
    task_id = any_client.buy()
    assert re.fullmatch(r"task-unified-\d{10}-[a-z0-9]{8}", task_id)
    url = any_client.finish(task_id)
    assert url.startswith(f"{any_client.url}/files/")
    file = any_client.get(url)
    assert (file.content, file.headers["content-type"]) == (PICTURE, "image/png")
    assert file.headers["content-length"] == "200008"


def test_a_task_goes_from_not_started_over_rising_progress_to_finished(client: EmulatorClient) -> None:
    task_id, seen = client.buy(), []
    for _ in range(5):
        status = client.status(task_id)
        seen.append((status["status"], status["progress"], len(status["files"])))
        client.clock.advance(0.5)
    assert seen == [
        ("not_started", 0, 0),
        ("running", 25, 0),
        ("running", 50, 0),
        ("running", 75, 0),
        ("finished", 100, 1),
    ]


def test_a_submit_answers_with_the_three_documented_fields(client: EmulatorClient) -> None:
    answer = client.submit().json()
    assert answer["code"] == 200
    assert set(answer["data"]) == {"task_id", "status", "created_time"}
    assert answer["data"]["status"] == "not_started"
    assert datetime.fromisoformat(answer["data"]["created_time"]).tzinfo is None


def test_how_long_a_task_takes_may_depend_on_the_request() -> None:
    with in_kernel(latency=lambda request: 60.0 if request.quality == "high" else 1.0) as client:
        slow, fast = client.buy(quality="high"), client.buy(quality="low")
        client.clock.advance(1)
        assert [client.status(task)["status"] for task in (slow, fast)] == ["not_started", "finished"]


def test_task_ids_are_never_given_twice(client: EmulatorClient) -> None:
    assert len({client.buy() for _ in range(50)}) == 50


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic a2V5", "key-for-tests"])
@pytest.mark.parametrize("path", ["/api/user/balance", "/api/generate/status/x"])
def test_without_a_bearer_key_every_call_is_refused(client: EmulatorClient, path: str, header: str | None) -> None:
    request = httpx.Request("GET", IN_KERNEL_URL + path, headers={"Authorization": header} if header else {})
    response = client.gather(lambda _: transport_to(client.emulator).handle_async_request(request))[0]
    assert response.status_code == 401


def test_a_refused_key_gets_an_error_in_the_services_format_and_buys_nothing() -> None:
    with in_kernel(keys={"another"}) as client:
        assert error_of(client.submit())[:2] == (401, None)
        assert client.emulator.tasks == {}
        accepted = client.post({"model": "gpt-image-2", "input": HILLS}, headers={"Authorization": "Bearer another"})
        assert accepted.status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"not json", "JSON"),
        (b"", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "JSON"),
        (b"{}", "model"),
        (b'{"model": "gpt-image-2"}', "input"),
        (b'{"model": "gpt-image-2", "input": []}', "input"),
        (b'{"model": "gpt-image-2", "input": {}}', "input.prompt"),
        (b'{"model": "gpt-image-3", "input": {"prompt": "x"}}', "model"),
        (b'{"model": ["gpt-image-2"], "input": {"prompt": "x"}}', "model"),
        (b'{"model": "gpt-image-2", "input": {"prompt": 7}}', "input.prompt"),
        (b'{"model": "gpt-image-2", "input": {"prompt": " "}}', "input.prompt"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "\\ud800"}}', "prompt"),
        (b'{"model": "flux-2-pro", "input": {"prompt": "x", "size": "\\ud800"}}', "size"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "x", "\\ud800": 1}}', "input"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "x", "n": 2}}', "'n'"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "x"}, "prompt": "x"}', "'prompt'"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "x", "quality": "ultra"}}', "input.quality"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "x", "quality": {}}}', "input.quality"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "x", "size": "7:5"}}', "input.size"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "x", "size": "1024x1024"}}', "input.resolution"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "x", "image_urls": ["https://a.example/x"]}}', "image_urls"),
        (b'{"model": "gpt-image-2-edit", "input": {"prompt": "x"}}', "input.image_urls"),
        (b'{"model": "gpt-image-2-edit", "input": {"prompt": "x", "image_urls": "https://a.example"}}', "image_urls"),
        (b'{"model": "gpt-image-2-edit", "input": {"prompt": "x", "image_urls": [1]}}', "input.image_urls"),
        (b'{"model": "gpt-image-2-edit", "input": {"prompt": "x", "image_urls": ["a.png"]}}', "input.image_urls"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "x"}, "callback_url": "http://a.example"}', "callback_url"),
        (b'{"model": "gpt-image-2", "input": {"prompt": "x"}, "callback_url": 1}', "callback_url"),
    ],
)
def test_a_bad_request_is_refused_with_the_field_named_and_costs_nothing(
    client: EmulatorClient, body: bytes, field: str
) -> None:
    status, kind, message = error_of(client.ask("POST", "/api/generate/submit", content=body))
    assert status == 400
    assert kind in ("invalid_request_error", "validation_error")
    assert field in message
    assert client.emulator.tasks == {}


def test_all_problems_of_a_request_are_named_at_once(client: EmulatorClient) -> None:
    message = error_of(client.submit(quality="ultra", size="7:5"))[2]
    assert "input.quality" in message
    assert "input.size" in message


def test_a_prompt_beyond_the_limit_has_an_error_type_of_its_own(client: EmulatorClient) -> None:
    assert client.submit(prompt="x" * 4000).status_code == 200
    assert error_of(client.submit(prompt="x" * 4001))[1] == "content_too_long_error"


def test_what_is_unknown_is_not_found(any_client: EmulatorClient) -> None:
    for path in ("/api/generate/status/task-unified-1-aaaaaaaa", "/files/task-unified-1-aaaaaaaa.png", "/nothing"):
        assert error_of(any_client.get(path))[:2] == (404, "resource_not_found_error")
    assert error_of(any_client.get("/api/generate/submit"))[0] == 405


def test_every_answer_says_that_it_comes_from_an_emulator(any_client: EmulatorClient) -> None:
    url = any_client.finish(any_client.buy())
    paths = (url, "/api/user/balance", "/nothing", "/api/generate/status/x", "/openapi.json", "/api/generate/submit")
    answers = [any_client.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 200, 405]
    assert [answer.headers[EMULATOR_HEADER] for answer in answers] == [EMULATOR_VERSION] * 6


def test_a_file_comes_with_its_finished_task_and_goes_after_24_hours(client: EmulatorClient) -> None:
    task_id = client.buy()
    early = f"{IN_KERNEL_URL}/files/{task_id}.png"
    assert client.get(early).status_code == 404
    url = client.finish(task_id)
    assert url == early
    client.clock.advance(86_399)
    assert client.get(url).status_code == 200
    client.clock.advance(1)
    assert error_of(client.get(url))[:2] == (404, "resource_not_found_error")


def test_a_file_needs_no_key_and_its_head_has_the_length_alone(any_client: EmulatorClient) -> None:
    url = any_client.finish(any_client.buy())
    head = any_client.ask("HEAD", url, headers={"Authorization": ""})
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "200008", b"")


def test_calls_are_counted_and_kept_without_the_key(client: EmulatorClient) -> None:
    task_id = client.buy()
    client.status(task_id)
    client.get(client.finish(task_id), headers={"Authorization": ""})
    emulator = client.emulator
    assert [emulator.count(kind) for kind in ("submit", "status", "file", "balance")] == [1, 2, 1, 0]
    assert emulator.count() == 4
    assert (emulator.log[0].method, emulator.log[0].path) == ("POST", "/api/generate/submit")
    assert emulator.log[0].body == {"model": "gpt-image-2", "input": HILLS}
    assert emulator.log[0].authorization
    assert "key-for-tests" not in repr(emulator.log)


def test_several_fetches_of_one_picture_draw_it_once(open_client: OpenClient) -> None:
    drawn = []

    def draw(order: object) -> bytes:
        drawn.append(order)
        return PICTURE

    with open_client(draw=draw) as client:
        url = client.finish(client.buy())
        answers = client.gather(*[lambda client: client.get(url)] * 5)
    assert [answer.content for answer in answers] == [PICTURE] * 5
    assert len(drawn) == 1
