"""``vidgo.receiver()``: webhooks delivered, lost, doubled, forged, early and late; each only ever makes us ask."""

from __future__ import annotations

import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import httpx2 as httpx
import pytest

from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.live_session import PATIENCE, LiveSession, OpenLiveSession, new_emulator, spent, tasks
from tests.fixtures.ports import free_port
from vidgo_notebook.app.purchase.callbacks import CallbackReceiver, receive
from vidgo_notebook.app.purchase.resume import find_job
from vidgo_notebook.emulator import Emulator, Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import JobUncertainError, RequestError

LOCAL = "http://127.0.0.1:1"  # a local API, as far as addresses go; the emulator answers
FOR_AGES = 100_000.0


@pytest.fixture
def time() -> FastTime:
    """The engine's time, which all but stands still: whatever it asks for, a webhook made it ask."""
    return FastTime(speed=0.001)


@pytest.fixture
def elsewhere() -> FastTime:
    """The emulator's time, which a test moves on."""
    return FastTime(speed=0.001)


@pytest.fixture
def emulator(elsewhere: FastTime) -> Emulator:
    return new_emulator(elsewhere, latency=FOR_AGES, webhook_delays=(0.02, 0.02, 0.02))


@pytest.fixture
def live(open_live: OpenLiveSession) -> LiveSession:
    return open_live(base_url=LOCAL, timeout=1e9)


@pytest.fixture
def reception(live: LiveSession) -> Iterator[CallbackReceiver]:
    received = receive(live.session)
    yield received
    received.close()


def under_way(live: LiveSession, prompt: str = "A cup") -> Job:
    """A job that the service has, and whose status is not requested for a long time."""
    job = live.ask(prompt)
    wait_until(lambda: job.status == "not_started")
    return job


def address(job: Job) -> str:
    assert job.request.callback_url
    return job.request.callback_url


def call(url: str, body: bytes | str = b"{}") -> int:
    return httpx.post(url, content=body, timeout=PATIENCE, trust_env=False).status_code


def finished(task_id: str, file_url: str = "https://evil.example/other.png") -> str:
    """The body of a webhook for a finished task, as anyone who knows its address could send it."""
    files = f'[{{"file_url": "{file_url}", "file_type": "image"}}]'
    return f'{{"code": 200, "data": {{"task_id": "{task_id}", "status": "finished", "files": {files}}}}}'


def asked_again(live: LiveSession, before: int) -> None:
    wait_until(lambda: live.emulator.count("status") > before)


def asked_for_last(live: LiveSession) -> None:
    """Let everything that webhooks set off come to its end: another job's webhook, which came after them."""
    last = under_way(live, f"last of {len(live.session.jobs)}")
    before = live.emulator.count("status")
    call(address(last))
    asked_again(live, before)


# Delivered and lost


def test_the_service_calls_each_job_by_an_address_of_its_own(
    live: LiveSession, reception: CallbackReceiver, emulator: Emulator
) -> None:
    jobs = [under_way(live, "one"), live.ask("two")]
    wait_until(lambda: len(tasks(emulator)) == 2)
    addresses = [task.request.callback_url for task in tasks(emulator)]
    assert addresses == [address(job) for job in jobs]
    for job in jobs:
        assert address(job).startswith(f"{reception.url}/vidgo/{job.id}/")
        assert len(address(job).rpartition("/")[2]) >= 32
    assert len({url.rpartition("/")[2] for url in addresses if url}) == 2


def test_a_webhook_brings_the_picture(
    live: LiveSession, reception: CallbackReceiver, emulator: Emulator, elsewhere: FastTime
) -> None:
    job = under_way(live)
    elsewhere.skip(FOR_AGES)
    assert job.result(PATIENCE).path
    wait_until(lambda: emulator.webhooks.deliveries)
    assert [delivery.status for delivery in emulator.webhooks.deliveries] == [200]
    assert spent(live) == 2


def test_a_webhook_that_is_lost_changes_nothing_but_the_hour(
    live: LiveSession, reception: CallbackReceiver, emulator: Emulator, elsewhere: FastTime, time: FastTime
) -> None:
    job = under_way(live)
    reception.close()
    elsewhere.skip(FOR_AGES)
    wait_until(lambda: len(emulator.webhooks.deliveries) == 4)  # and 3 retries
    assert {delivery.status for delivery in emulator.webhooks.deliveries} == {None}
    assert (job.done(), emulator.count("status")) == (False, 0)
    wait_until(lambda: time.skip(1) or job.done())
    assert job.result().path


def test_after_closing_jobs_get_no_address_any_more(live: LiveSession, reception: CallbackReceiver) -> None:
    reception.close()
    reception.close()
    assert live.ask("A cup").request.callback_url is None


def test_a_callback_of_the_users_own_is_left_alone(live: LiveSession, reception: CallbackReceiver) -> None:
    assert live.ask("A cup", callback_url="https://example.com/hook").request.callback_url == "https://example.com/hook"


def test_the_receiver_ends_with_its_session_and_gives_the_port_back(live: LiveSession) -> None:
    port = free_port()
    receive(live.session, port=port)
    live.session.close()
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
        assert free.getsockname()[1] == port


# Doubled, forged, late


def test_a_webhook_only_ever_makes_us_ask_whatever_it_says(
    live: LiveSession, reception: CallbackReceiver, emulator: Emulator
) -> None:
    """Webhooks are unsigned: neither the state nor the file that one names is believed."""
    job = under_way(live)
    before = emulator.count("status")
    assert call(address(job), finished(job.task_id or "")) == 200
    asked_again(live, before)
    assert (job.status, moving.record(job).file_url, job.done()) == ("not_started", None, False)
    assert emulator.count("file") == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"garbage", b"\xff\xfe", b"[]", b"{}", b'{"data": null}', b'{"data": {"task_id": 7}}', b"[" * 100_000],
    ids=["empty", "garbage", "no text", "list", "object", "null", "number", "deep"],
)
def test_a_body_without_sense_makes_us_ask_and_nothing_else(
    body: bytes, live: LiveSession, reception: CallbackReceiver, emulator: Emulator
) -> None:
    job = under_way(live)
    before = emulator.count("status")
    assert call(address(job), body) == 200
    asked_again(live, before)
    assert job.status == "not_started"


def test_a_huge_body_is_not_kept(live: LiveSession, reception: CallbackReceiver, emulator: Emulator) -> None:
    job = under_way(live)
    before = emulator.count("status")
    tracemalloc.start()
    answer = httpx.post(address(job), content=(b"x" * 65_536 for _ in range(500)), timeout=PATIENCE, trust_env=False)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 200
    assert most < 8_000_000  # bytes, of the 32,768,000 that came
    asked_again(live, before)


def test_calls_of_strangers_cause_no_status_request(
    live: LiveSession, reception: CallbackReceiver, emulator: Emulator
) -> None:
    job = under_way(live)
    before = emulator.count("status")
    right = address(job)
    wrong = [
        right[:-1] + ("A" if right[-1] != "A" else "B"),
        right + "x",
        right.rpartition("/")[0] + "/x",
        f"{reception.url}/vidgo/junknown00/{right.rpartition('/')[2]}",
        f"{reception.url}/vidgo/{job.id}/%20",
    ]
    assert {call(url, finished(job.task_id or "")) for url in wrong} == {200}
    assert {call(f"{reception.url}{path}") for path in ("", "/vidgo", f"/vidgo/{job.id}", f"/vidgo/{job.id}/")} == {404}
    assert httpx.get(right, trust_env=False).status_code == 405
    assert call(right) == 200
    asked_again(live, before)
    asked_for_last(live)
    assert emulator.count("status") == before + 2  # for the right call, and for the last job's


def test_repeated_and_late_webhooks_change_nothing(
    live: LiveSession, reception: CallbackReceiver, emulator: Emulator, elsewhere: FastTime
) -> None:
    job = under_way(live)
    elsewhere.skip(FOR_AGES)
    result = job.result(PATIENCE)
    wait_until(lambda: emulator.webhooks.deliveries)
    asked = emulator.count()
    assert {call(address(job), finished(job.task_id or "")) for _ in range(5)} == {200}
    assert {call(address(job), finished("task-unified-1-forged00"))} == {200}
    asked_for_last(live)
    assert emulator.count() == asked + 2  # the last job's submit and status
    assert (job.result().path, job.task_id, spent(live)) == (result.path, tasks(emulator)[0].id, 2)


# A lost answer


def lost(live: LiveSession) -> Job:
    """A job that was accepted, and whose answer never came."""
    live.emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    job = live.ask("A cup")
    with pytest.raises(JobUncertainError):
        job.result(PATIENCE)
    return job


def test_a_webhook_settles_an_uncertain_job_without_a_second_submit(
    live: LiveSession, reception: CallbackReceiver, emulator: Emulator, elsewhere: FastTime
) -> None:
    job = lost(live)
    elsewhere.skip(FOR_AGES)
    wait_until(lambda: live.session.store.find(job.fingerprint))
    settled = find_job(live.session, job.id)
    assert settled.result(PATIENCE).record.task_id == tasks(emulator)[0].id
    assert (emulator.count("submit"), spent(live)) == (1, 2)
    again = live.ask("A cup")
    assert (again.done(), again.charge) == (True, 0)


def test_without_the_secret_an_uncertain_job_cannot_be_resolved(
    live: LiveSession, reception: CallbackReceiver, emulator: Emulator
) -> None:
    job = lost(live)
    assert call(address(job)[:-1], finished("task-unified-1-forged00")) == 200
    assert call(address(job), b'{"data": {}}') == 200
    asked_for_last(live)
    entry = live.session.journal.entry(job.id)
    assert entry
    assert (entry.record.state.value, entry.record.task_id) == ("uncertain", None)


def test_calls_to_the_users_own_address_do_not_resolve_an_uncertain_job(
    live: LiveSession, reception: CallbackReceiver, emulator: Emulator
) -> None:
    """Such an address holds no secret of ours."""
    emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    job = live.ask("A cup", callback_url="https://example.com/hook")
    with pytest.raises(JobUncertainError):
        job.result(PATIENCE)
    assert call(f"{reception.url}/vidgo/{job.id}/hook", finished("task-unified-1-forged00")) == 200
    asked_for_last(live)
    entry = live.session.journal.entry(job.id)
    assert entry
    assert entry.record.task_id is None


def test_a_webhook_that_is_quicker_than_the_answer_settles_the_job_when_the_answer_is_lost(
    live: LiveSession, reception: CallbackReceiver, emulator: Emulator, elsewhere: FastTime, time: FastTime
) -> None:
    """A picture may be done while its submit still hangs; the webhook is not repeated."""

    def is_stored() -> bool:
        time.skip(1.0)  # the session that continues the job may check once more that it is left
        return live.session.store.find(job.fingerprint) is not None

    emulator.faults.add(Fault("submit", drop=True, after_accepting=True, delay=3.0))
    job = live.ask("A cup")
    wait_until(lambda: len(tasks(emulator)) == 1)
    elsewhere.skip(FOR_AGES)
    wait_until(lambda: emulator.webhooks.deliveries)
    assert job.status == "submitting"
    wait_until(lambda: job.status != "submitting")
    wait_until(is_stored)
    with suppress(JobUncertainError):  # which it is until the webhook's picture is taken up
        assert job.result(PATIENCE).bytes
    assert emulator.count("submit") == 1


# Setting one up


def test_a_remote_api_needs_a_public_address_and_says_how_to_give_one(open_live: OpenLiveSession) -> None:
    session = open_live().session
    with pytest.raises(RequestError) as refused:
        receive(session)
    assert {problem.field for problem in refused.value.problems} == {"public_url"}
    assert "vidgo.receiver(public_url='https://…')" in str(refused.value)
    assert session.callbacks is None


@pytest.mark.parametrize(
    "url", ["http://example.com", "https://192.168.0.7", "nonsense", f"https://example.com/{'x' * 2048}"]
)
def test_an_address_that_the_service_could_not_call_is_refused(url: str, open_live: OpenLiveSession) -> None:
    with pytest.raises(RequestError, match="public_url"):
        receive(open_live().session, url)


def test_behind_a_tunnel_jobs_are_called_at_its_address(open_live: OpenLiveSession, emulator: Emulator) -> None:
    live = open_live()
    receive(live.session, "https://tunnel.example.com/some/path/")
    job = live.ask("A cup")
    assert address(job).startswith(f"https://tunnel.example.com/some/path/vidgo/{job.id}/")


def test_a_port_that_is_taken_or_not_valid_is_reported(live: LiveSession) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port in (taken.getsockname()[1], 70_000):
            with pytest.raises(RequestError, match=f"port: {port} can't be listened on"):
                receive(live.session, port=port)
    assert live.session.callbacks is None


def test_an_address_that_is_refused_does_not_keep_the_port(open_live: OpenLiveSession) -> None:
    port = free_port()
    session = open_live().session
    with pytest.raises(RequestError, match="public_url") as held:
        receive(session, "http://example.com", port)
    assert held.tb  # a debugger that holds it still sees all frames
    assert receive(session, "https://tunnel.example.com", port).url == "https://tunnel.example.com"


def test_another_receiver_takes_the_place_of_the_first(live: LiveSession, reception: CallbackReceiver) -> None:
    second = receive(live.session)
    assert address(live.ask("A cup")).startswith(second.url)
    with pytest.raises(httpx.ConnectError):
        call(f"{reception.url}/vidgo/x/y")
