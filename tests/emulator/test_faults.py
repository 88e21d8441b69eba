"""Whatever can go wrong can be switched on, over either way."""

from __future__ import annotations

import io
import socket
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image

from tests.fixtures import status_bodies
from tests.fixtures.emulator_client import PICTURE, EmulatorClient, over_socket
from vidgo_notebook.emulator import Fault
from vidgo_notebook.emulator.refusal import error_body

GIVES_UP_SOON = httpx.Timeout(30, read=0.05)  # on the answer; connecting takes what it takes


def test_a_submit_refused_before_acceptance_leaves_no_task(any_client: EmulatorClient) -> None:
    any_client.emulator.faults.add(Fault("submit", status=429, headers={"Retry-After": "2"}))
    refused = any_client.submit()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert refused.json() == {
        "code": 429,
        "error": {"message": "switched on as a fault", "type": "rate_limit_error"},
    }
    assert any_client.emulator.tasks == {}
    assert any_client.submit().status_code == 200


def test_a_500_after_acceptance_hides_a_task_that_is_billed_all_the_same(any_client: EmulatorClient) -> None:
    any_client.emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    assert any_client.submit().status_code == 500
    any_client.clock.advance(2)
    assert (len(any_client.emulator.tasks), any_client.emulator.charged) == (1, 24)


@pytest.mark.parametrize(("after_accepting", "charged"), [(False, 0), (True, 24)])
def test_a_connection_is_lost_before_or_after_acceptance(
    any_client: EmulatorClient, after_accepting: bool, charged: int
) -> None:
    any_client.emulator.faults.add(Fault("submit", drop=True, after_accepting=after_accepting))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        any_client.submit()
    any_client.clock.advance(2)
    assert any_client.emulator.charged == charged
    assert any_client.submit().status_code == 200


def test_in_the_kernel_a_connection_can_be_refused(client: EmulatorClient) -> None:
    client.emulator.faults.add(Fault("submit", refuse_connection=True))
    with pytest.raises(httpx.ConnectError):
        client.submit()
    assert client.emulator.tasks == {}


@pytest.mark.parametrize(("after_accepting", "tasks"), [(False, 0), (True, 1)])
def test_a_silent_service_runs_into_the_clients_time_limit(
    any_client: EmulatorClient, after_accepting: bool, tasks: int
) -> None:
    any_client.emulator.faults.add(Fault("submit", delay=60, after_accepting=after_accepting))
    with pytest.raises(httpx.ReadTimeout):
        any_client.post({"model": "gpt-image-2", "input": {"prompt": "x"}}, timeout=httpx.Timeout(30, read=1))
    assert len(any_client.emulator.tasks) == tasks


def test_a_request_whose_client_gave_up_while_it_hung_is_not_accepted_later(any_client: EmulatorClient) -> None:
    any_client.emulator.faults.add(Fault("submit", delay=0.2))
    with pytest.raises(httpx.ReadTimeout):
        any_client.post({"model": "gpt-image-2", "input": {"prompt": "x"}}, timeout=GIVES_UP_SOON)
    any_client.emulator.faults.add(Fault("balance", delay=0.4))
    any_client.get("/api/user/balance")  # takes longer than the hanging request had left
    assert any_client.emulator.tasks == {}


def test_a_slow_answer_is_an_answer_all_the_same(client: EmulatorClient) -> None:
    client.emulator.faults.add(Fault("balance", delay=0.06))
    assert client.get("/api/user/balance").json()["data"]["credits_amount"] == 10_000


@pytest.mark.parametrize(
    ("fault", "status", "text", "kind"),
    [
        (Fault("status", status=200, body=error_body(500, "no")), 200, '"code": 500', "application/json"),
        (Fault("status", status=400, body={"code": 400, "error": "no"}), 400, '"error": "no"', "application/json"),
        (Fault("status", status=502, body="<html>Bad gateway</html>"), 502, "<html>", "text/html"),
        (Fault("status", status=503, body=""), 503, "", "text/html"),
        (Fault("status", status=200, body=b"\xff\xfe", headers={"Content-Type": "application/json"}), 200, "", "json"),
        (Fault("status", status=404), 404, "resource_not_found_error", "application/json"),
        (Fault("status", status=200, body=[1]), 200, "[1]", "application/json"),
    ],
)
def test_an_answer_can_be_replaced_by_anything(
    client: EmulatorClient, fault: Fault, status: int, text: str, kind: str
) -> None:
    task_id = client.buy()
    client.emulator.faults.add(fault)
    answer = client.get(f"/api/generate/status/{task_id}")
    assert answer.status_code == status
    assert text in answer.text
    assert kind in answer.headers["content-type"]
    assert client.status(task_id)["status"] == "not_started"


@pytest.mark.parametrize(
    ("alter", "field", "value"),
    [
        (status_bodies.null_progress, "progress", None),
        (status_bodies.status_word("resting"), "status", "resting"),
        (status_bodies.unknown_fields, "queue", ["a", None]),
    ],
)
def test_a_status_can_have_unusual_fields(client: EmulatorClient, alter: Any, field: str, value: object) -> None:
    client.emulator.faults.add(Fault("status", alter=alter))
    assert client.status(client.buy())[field] == value


def test_a_status_can_lack_its_progress(client: EmulatorClient) -> None:
    client.emulator.faults.add(Fault("status", alter=status_bodies.without_progress))
    assert "progress" not in client.status(client.buy())


def test_files_can_come_as_strings_or_one_level_down(client: EmulatorClient) -> None:
    task_id = client.buy()
    url = client.finish(task_id)
    client.emulator.faults.add(Fault("status", alter=status_bodies.files_as_strings))
    client.emulator.faults.add(Fault("status", alter=status_bodies.files_under_output))
    assert client.status(task_id)["files"] == [url]
    below = client.status(task_id)
    assert "files" not in below
    assert below["output"] == {"files": [{"file_url": url, "file_type": "image"}]}


def test_a_submits_answer_can_be_altered_after_its_acceptance(client: EmulatorClient) -> None:
    client.emulator.faults.add(Fault("submit", alter=lambda body: {"code": 200}))
    assert client.submit().json() == {"code": 200}
    assert len(client.emulator.tasks) == 1


def test_a_task_can_fail_with_the_services_own_words(client: EmulatorClient) -> None:
    client.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    task_id = client.buy()
    assert client.status(task_id)["error_message"] is None
    client.clock.advance(2)
    failed = client.status(task_id)
    assert (failed["status"], failed["files"], failed["error_message"]) == ("failed", [], "Unsafe content")
    assert client.get(f"/files/{task_id}.png").status_code == 404


def test_a_file_can_break_off_before_its_promised_length(any_client: EmulatorClient) -> None:
    url = any_client.finish(any_client.buy())
    any_client.emulator.faults.add(Fault("file", short_by=1000))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        any_client.get(url)
    assert any_client.get(url).content == PICTURE


def test_a_file_may_fail_several_times_before_it_comes(client: EmulatorClient) -> None:
    url = client.finish(client.buy())
    for status in (404, 500, 503):
        client.emulator.faults.add(Fault("file", status=status, times=2))
    assert [client.get(url).status_code for _ in range(7)] == [404, 404, 500, 500, 503, 503, 200]


def test_a_file_can_be_a_web_page_or_a_picture_of_absurd_size(client: EmulatorClient) -> None:
    url = client.finish(client.buy())
    client.emulator.faults.add(Fault("file", status=200, body="<html>Sign in</html>"))
    assert client.get(url).headers["content-type"].startswith("text/html")
    png = {"Content-Type": "image/png"}
    client.emulator.faults.add(Fault("file", status=200, body=status_bodies.png_of_size(50_000, 60_000), headers=png))
    answer = client.get(url)
    assert answer.headers["content-type"] == "image/png"
    with pytest.raises(Image.DecompressionBombError, match="3000000000 pixels"):
        Image.open(io.BytesIO(answer.content))


def test_a_file_can_be_a_redirect(any_client: EmulatorClient) -> None:
    url = any_client.finish(any_client.buy())
    any_client.emulator.faults.add(Fault("file", status=302, headers={"Location": url}, times=2))
    assert any_client.get(url).headers["location"] == url
    assert any_client.get(url, follow_redirects=True).content == PICTURE


def test_a_slow_file_arrives_whole(client: EmulatorClient) -> None:
    url = client.finish(client.buy())
    client.emulator.faults.add(Fault("file", chunk_pause=0.01))
    assert client.get(url).content == PICTURE


def test_a_client_may_hang_up_in_the_middle_of_a_file(any_client: EmulatorClient) -> None:
    url = any_client.finish(any_client.buy())
    any_client.emulator.faults.add(Fault("file", chunk_pause=0.05))

    async def begin(client: httpx.AsyncClient) -> int:
        async with client.stream("GET", url) as answer:
            return len(await anext(answer.aiter_raw()))

    assert any_client.gather(begin)[0] > 0
    assert any_client.get(url).content == PICTURE


def test_an_upload_can_be_refused_and_leaves_nothing_behind(any_client: EmulatorClient) -> None:
    emulator = any_client.emulator
    emulator.faults.add(Fault("upload", status=429, headers={"Retry-After": "7"}))
    emulator.faults.add(Fault("upload", status=415, body={"code": 415, "error": "no"}))
    emulator.faults.add(Fault("upload", status=502, body="<html>"))
    answers = [any_client.upload(PICTURE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 415, 502]
    assert answers[0].headers["retry-after"] == "7"
    assert (len(emulator.uploads), emulator.count("upload")) == (0, 3)


def test_an_upload_can_lose_its_connection_and_leaves_nothing_behind(any_client: EmulatorClient) -> None:
    any_client.emulator.faults.add(Fault("upload", drop=True))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        any_client.upload(PICTURE)
    assert len(any_client.emulator.uploads) == 0


def test_an_upload_whose_client_gave_up_is_not_taken_in_later(any_client: EmulatorClient) -> None:
    any_client.emulator.faults.add(Fault("upload", delay=0.2))
    with pytest.raises(httpx.ReadTimeout):
        any_client.ask("POST", "/api/common/upload/stream", files={"file": ("a.gif", b"GIF89a")}, timeout=GIVES_UP_SOON)
    any_client.emulator.faults.add(Fault("balance", delay=0.4))
    any_client.get("/api/user/balance")  # takes longer than the hanging upload had left
    assert len(any_client.emulator.uploads) == 0


def test_a_client_that_breaks_off_in_the_middle_of_an_upload_leaves_nothing_behind(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with over_socket() as client:
        host, port = client.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            head = "POST /api/common/upload/stream HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n"
            connection.sendall(head.encode() + b"--edge")
        assert client.upload(PICTURE).status_code == 200
        assert len(client.emulator.uploads) == 1
    assert capfd.readouterr() == ("", "")


def test_an_uploads_answer_can_be_altered_once_it_was_taken_in(client: EmulatorClient) -> None:
    client.emulator.faults.add(Fault("upload", alter=lambda body: {"code": 200, "data": {}}))
    assert client.upload(PICTURE).json() == {"code": 200, "data": {}}
    assert len(client.emulator.uploads) == 1


def test_an_uploaded_file_can_break_off_as_a_generated_one(any_client: EmulatorClient) -> None:
    url = any_client.uploaded(PICTURE)
    any_client.emulator.faults.add(Fault("file", short_by=1000))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        any_client.get(url)
    assert any_client.get(url).content == PICTURE


def test_a_fault_strikes_as_often_as_set_and_only_where_it_fits(client: EmulatorClient) -> None:
    emulator = client.emulator
    fault = emulator.faults.add(Fault("submit", status=503, times=2, when=lambda call: "cat" in str(call.body)))
    codes = [client.submit(prompt=prompt).status_code for prompt in ("dog", "cat", "cat", "cat")]
    assert codes == [200, 503, 503, 200]
    assert fault.applied == 2


def test_a_fault_without_an_end_lasts_until_all_are_cleared(client: EmulatorClient) -> None:
    client.emulator.faults.add(Fault("balance", status=500, times=None))
    assert [client.get("/api/user/balance").status_code for _ in range(3)] == [500] * 3
    client.emulator.faults.clear()
    assert client.get("/api/user/balance").status_code == 200


def test_a_fault_after_acceptance_waits_for_a_request_that_is_accepted(client: EmulatorClient) -> None:
    fault = client.emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    assert client.submit(quality="ultra").status_code == 400
    assert fault.applied == 0
    assert client.submit().status_code == 500


@pytest.mark.parametrize(
    "wrong",
    [
        {"on": "submit"},
        {"on": "status", "drop": True, "after_accepting": True},
        {"on": "status", "fails": "no"},
        {"on": "status", "short_by": 1},
        {"on": "file", "delay": 1, "body": "text"},
    ],
)
def test_a_fault_that_could_have_no_effect_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"fault|only|status"):
        Fault(**wrong)
