"""Whatever can go wrong can be switched on, over either way."""

from __future__ import annotations

import io
import socket
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image

from tests.fixtures import status_bodies
from tests.fixtures.emulator_client import PICTURE, Customer, over_socket
from vidgo_notebook.emulator import Fault
from vidgo_notebook.emulator.refusal import error_body

GIVES_UP_SOON = httpx.Timeout(30, read=0.05)  # on the answer; connecting takes what it takes


def test_a_submit_refused_before_acceptance_leaves_no_task(anywhere: Customer) -> None:
    anywhere.emulator.faults.add(Fault("submit", status=429, headers={"Retry-After": "2"}))
    refused = anywhere.submit()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert refused.json() == {
        "code": 429,
        "error": {"message": "switched on as a fault", "type": "rate_limit_error"},
    }
    assert anywhere.emulator.tasks == {}
    assert anywhere.submit().status_code == 200


def test_a_500_after_acceptance_hides_a_task_that_is_billed_all_the_same(anywhere: Customer) -> None:
    anywhere.emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    assert anywhere.submit().status_code == 500
    anywhere.clock.advance(2)
    assert (len(anywhere.emulator.tasks), anywhere.emulator.charged) == (1, 24)


@pytest.mark.parametrize(("after_accepting", "charged"), [(False, 0), (True, 24)])
def test_a_connection_is_lost_before_or_after_acceptance(
    anywhere: Customer, after_accepting: bool, charged: int
) -> None:
    anywhere.emulator.faults.add(Fault("submit", drop=True, after_accepting=after_accepting))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        anywhere.submit()
    anywhere.clock.advance(2)
    assert anywhere.emulator.charged == charged
    assert anywhere.submit().status_code == 200


def test_in_the_kernel_a_connection_can_be_refused(customer: Customer) -> None:
    customer.emulator.faults.add(Fault("submit", refuse_connection=True))
    with pytest.raises(httpx.ConnectError):
        customer.submit()
    assert customer.emulator.tasks == {}


@pytest.mark.parametrize(("after_accepting", "tasks"), [(False, 0), (True, 1)])
def test_a_silent_service_runs_into_the_clients_time_limit(
    anywhere: Customer, after_accepting: bool, tasks: int
) -> None:
    anywhere.emulator.faults.add(Fault("submit", delay=60, after_accepting=after_accepting))
    with pytest.raises(httpx.ReadTimeout):
        anywhere.post({"model": "gpt-image-2", "input": {"prompt": "x"}}, timeout=httpx.Timeout(30, read=1))
    assert len(anywhere.emulator.tasks) == tasks


def test_a_request_whose_client_gave_up_while_it_hung_is_not_accepted_later(anywhere: Customer) -> None:
    anywhere.emulator.faults.add(Fault("submit", delay=0.2))
    with pytest.raises(httpx.ReadTimeout):
        anywhere.post({"model": "gpt-image-2", "input": {"prompt": "x"}}, timeout=GIVES_UP_SOON)
    anywhere.emulator.faults.add(Fault("balance", delay=0.4))
    anywhere.get("/api/user/balance")  # takes longer than the hanging request had left
    assert anywhere.emulator.tasks == {}


def test_a_slow_answer_is_an_answer_all_the_same(customer: Customer) -> None:
    customer.emulator.faults.add(Fault("balance", delay=0.06))
    assert customer.get("/api/user/balance").json()["data"]["credits_amount"] == 10_000


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
    customer: Customer, fault: Fault, status: int, text: str, kind: str
) -> None:
    task_id = customer.buy()
    customer.emulator.faults.add(fault)
    answer = customer.get(f"/api/generate/status/{task_id}")
    assert answer.status_code == status
    assert text in answer.text
    assert kind in answer.headers["content-type"]
    assert customer.status(task_id)["status"] == "not_started"


@pytest.mark.parametrize(
    ("alter", "field", "value"),
    [
        (status_bodies.null_progress, "progress", None),
        (status_bodies.status_word("resting"), "status", "resting"),
        (status_bodies.unknown_fields, "queue", ["a", None]),
    ],
)
def test_a_status_can_have_unusual_fields(customer: Customer, alter: Any, field: str, value: object) -> None:
    customer.emulator.faults.add(Fault("status", alter=alter))
    assert customer.status(customer.buy())[field] == value


def test_a_status_can_lack_its_progress(customer: Customer) -> None:
    customer.emulator.faults.add(Fault("status", alter=status_bodies.without_progress))
    assert "progress" not in customer.status(customer.buy())


def test_files_can_come_as_strings_or_one_level_down(customer: Customer) -> None:
    task_id = customer.buy()
    url = customer.finish(task_id)
    customer.emulator.faults.add(Fault("status", alter=status_bodies.files_as_strings))
    customer.emulator.faults.add(Fault("status", alter=status_bodies.files_under_output))
    assert customer.status(task_id)["files"] == [url]
    below = customer.status(task_id)
    assert "files" not in below
    assert below["output"] == {"files": [{"file_url": url, "file_type": "image"}]}


def test_a_submits_answer_can_be_altered_after_its_acceptance(customer: Customer) -> None:
    customer.emulator.faults.add(Fault("submit", alter=lambda body: {"code": 200}))
    assert customer.submit().json() == {"code": 200}
    assert len(customer.emulator.tasks) == 1


def test_a_task_can_fail_with_the_services_own_words(customer: Customer) -> None:
    customer.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    task_id = customer.buy()
    assert customer.status(task_id)["error_message"] is None
    customer.clock.advance(2)
    failed = customer.status(task_id)
    assert (failed["status"], failed["files"], failed["error_message"]) == ("failed", [], "Unsafe content")
    assert customer.get(f"/files/{task_id}.png").status_code == 404


def test_a_file_can_break_off_before_its_promised_length(anywhere: Customer) -> None:
    url = anywhere.finish(anywhere.buy())
    anywhere.emulator.faults.add(Fault("file", short_by=1000))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        anywhere.get(url)
    assert anywhere.get(url).content == PICTURE


def test_a_file_may_fail_several_times_before_it_comes(customer: Customer) -> None:
    url = customer.finish(customer.buy())
    for status in (404, 500, 503):
        customer.emulator.faults.add(Fault("file", status=status, times=2))
    assert [customer.get(url).status_code for _ in range(7)] == [404, 404, 500, 500, 503, 503, 200]


def test_a_file_can_be_a_web_page_or_a_picture_of_absurd_size(customer: Customer) -> None:
    url = customer.finish(customer.buy())
    customer.emulator.faults.add(Fault("file", status=200, body="<html>Sign in</html>"))
    assert customer.get(url).headers["content-type"].startswith("text/html")
    png = {"Content-Type": "image/png"}
    customer.emulator.faults.add(Fault("file", status=200, body=status_bodies.absurd_png(50_000, 60_000), headers=png))
    answer = customer.get(url)
    assert answer.headers["content-type"] == "image/png"
    with pytest.raises(Image.DecompressionBombError, match="3000000000 pixels"):
        Image.open(io.BytesIO(answer.content))


def test_a_file_can_be_a_redirect(anywhere: Customer) -> None:
    url = anywhere.finish(anywhere.buy())
    anywhere.emulator.faults.add(Fault("file", status=302, headers={"Location": url}, times=2))
    assert anywhere.get(url).headers["location"] == url
    assert anywhere.get(url, follow_redirects=True).content == PICTURE


def test_a_slow_file_arrives_whole(customer: Customer) -> None:
    url = customer.finish(customer.buy())
    customer.emulator.faults.add(Fault("file", chunk_pause=0.01))
    assert customer.get(url).content == PICTURE


def test_a_client_may_hang_up_in_the_middle_of_a_file(anywhere: Customer) -> None:
    url = anywhere.finish(anywhere.buy())
    anywhere.emulator.faults.add(Fault("file", chunk_pause=0.05))

    async def begin(client: httpx.AsyncClient) -> int:
        async with client.stream("GET", url) as answer:
            return len(await anext(answer.aiter_raw()))

    assert anywhere.gather(begin)[0] > 0
    assert anywhere.get(url).content == PICTURE


def test_an_upload_can_be_refused_and_leaves_nothing_behind(anywhere: Customer) -> None:
    emulator = anywhere.emulator
    emulator.faults.add(Fault("upload", status=429, headers={"Retry-After": "7"}))
    emulator.faults.add(Fault("upload", status=415, body={"code": 415, "error": "no"}))
    emulator.faults.add(Fault("upload", status=502, body="<html>"))
    answers = [anywhere.upload(PICTURE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 415, 502]
    assert answers[0].headers["retry-after"] == "7"
    assert (len(emulator.uploads), emulator.count("upload")) == (0, 3)


def test_an_upload_can_lose_its_connection_and_leaves_nothing_behind(anywhere: Customer) -> None:
    anywhere.emulator.faults.add(Fault("upload", drop=True))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        anywhere.upload(PICTURE)
    assert len(anywhere.emulator.uploads) == 0


def test_an_upload_whose_client_gave_up_is_not_taken_in_later(anywhere: Customer) -> None:
    anywhere.emulator.faults.add(Fault("upload", delay=0.2))
    with pytest.raises(httpx.ReadTimeout):
        anywhere.ask("POST", "/api/common/upload/stream", files={"file": ("a.gif", b"GIF89a")}, timeout=GIVES_UP_SOON)
    anywhere.emulator.faults.add(Fault("balance", delay=0.4))
    anywhere.get("/api/user/balance")  # takes longer than the hanging upload had left
    assert len(anywhere.emulator.uploads) == 0


def test_a_client_that_breaks_off_in_the_middle_of_an_upload_leaves_nothing_behind(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with over_socket() as customer:
        host, port = customer.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            head = "POST /api/common/upload/stream HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n"
            connection.sendall(head.encode() + b"--edge")
        assert customer.upload(PICTURE).status_code == 200
        assert len(customer.emulator.uploads) == 1
    assert capfd.readouterr() == ("", "")


def test_an_uploads_answer_can_be_altered_once_it_was_taken_in(customer: Customer) -> None:
    customer.emulator.faults.add(Fault("upload", alter=lambda body: {"code": 200, "data": {}}))
    assert customer.upload(PICTURE).json() == {"code": 200, "data": {}}
    assert len(customer.emulator.uploads) == 1


def test_an_uploaded_file_can_break_off_as_a_generated_one(anywhere: Customer) -> None:
    url = anywhere.uploaded(PICTURE)
    anywhere.emulator.faults.add(Fault("file", short_by=1000))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        anywhere.get(url)
    assert anywhere.get(url).content == PICTURE


def test_a_fault_strikes_as_often_as_told_and_only_where_it_fits(customer: Customer) -> None:
    emulator = customer.emulator
    fault = emulator.faults.add(Fault("submit", status=503, times=2, when=lambda call: "cat" in str(call.body)))
    codes = [customer.submit(prompt=prompt).status_code for prompt in ("dog", "cat", "cat", "cat")]
    assert codes == [200, 503, 503, 200]
    assert fault.applied == 2


def test_a_fault_without_an_end_lasts_until_all_are_cleared(customer: Customer) -> None:
    customer.emulator.faults.add(Fault("balance", status=500, times=None))
    assert [customer.get("/api/user/balance").status_code for _ in range(3)] == [500] * 3
    customer.emulator.faults.clear()
    assert customer.get("/api/user/balance").status_code == 200


def test_a_fault_after_acceptance_waits_for_a_request_that_is_accepted(customer: Customer) -> None:
    fault = customer.emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    assert customer.submit(quality="ultra").status_code == 400
    assert fault.applied == 0
    assert customer.submit().status_code == 500


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
