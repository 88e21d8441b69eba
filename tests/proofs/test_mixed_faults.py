"""Thousands of jobs at an API where something goes wrong with most of them: each ends as its fault allows."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

import pytest

from tests.fixtures.counting_emulator import CountingEmulator
from tests.fixtures.orders import new_request
from tests.proofs.conftest import OpenKernel
from vidgo_notebook.app.costs import costs_of
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.emulator import Fault
from vidgo_notebook.emulator.faults import Call
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import APIError, JobFailedError, JobUncertainError

PRICE = 2
ENDS: dict[str, type | None] = {
    "none": None,
    "busy once": None,
    "500 before it was accepted": JobUncertainError,
    "500 after it was accepted": JobUncertainError,
    "lost before it was accepted": JobUncertainError,
    "lost after it was accepted": JobUncertainError,
    "no task id": JobUncertainError,
    "a web page": JobUncertainError,
    "refused": APIError,
    "unsafe": JobFailedError,
}
"""What a submit meets, by its prompt, and the error that its job ends with."""
CHARGED = {"none", "busy once", "500 after it was accepted", "lost after it was accepted", "no task id"}


def of(kind: str, *, once: bool = False) -> Callable[[Call], bool]:
    """Whether a submit is of this kind; with ``once``, only the first of each prompt."""
    met = set()

    def applies(call: Call) -> bool:
        prompt = call.body["input"]["prompt"]
        again = once and prompt in met
        met.add(prompt)
        return str(prompt).endswith(f": {kind}") and not again

    return applies


def one_in(many: int) -> Callable[[Call], bool]:
    calls = itertools.count(1)
    return lambda call: next(calls) % many == 0


def switch_on_all(emulator: CountingEmulator) -> None:
    for fault in (
        Fault("submit", status=429, headers={"Retry-After": "1"}, when=of("busy once", once=True), times=None),
        Fault("submit", status=500, when=of("500 before it was accepted"), times=None),
        Fault("submit", status=500, after_accepting=True, when=of("500 after it was accepted"), times=None),
        Fault("submit", drop=True, when=of("lost before it was accepted"), times=None),
        Fault("submit", drop=True, after_accepting=True, when=of("lost after it was accepted"), times=None),
        Fault("submit", alter=lambda body: {**body, "data": {}}, when=of("no task id"), times=None),
        Fault("submit", status=502, body="<html><title>Bad gateway</title></html>", when=of("a web page"), times=None),
        Fault("submit", status=400, when=of("refused"), times=None),
        Fault("submit", fails="Unsafe content", when=of("unsafe"), times=None),
        Fault("status", status=500, when=one_in(5), times=None),
        Fault("status", status=200, body="not JSON", when=one_in(7), times=None),
        Fault("status", drop=True, when=one_in(11), times=None),
        Fault("file", status=404, when=one_in(5), times=None),
        Fault("file", short_by=10, when=one_in(7), times=None),
        Fault("file", status=200, body="<html></html>", when=one_in(11), times=None),
    ):
        emulator.faults.add(fault)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [100, pytest.param(3000, marks=pytest.mark.full)])
def test_each_job_ends_as_its_fault_allows_and_the_account_is_charged_what_is_said(
    count: int, emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    switch_on_all(emulator)
    each, kernel = count // len(ENDS), open_kernel()
    prompts = {f"picture {number}: {kind}": kind for number in range(each) for kind in ENDS}
    fields = {"quality": "low", "size": "1:1", "resolution": "1K"}
    requests = [new_request(kernel.session, prompt, **fields) for prompt in prompts]
    jobs = order_jobs(kernel.session, requests, PurchaseChoices(yes=True))
    ended = Counter((kind, type(job.exception(900))) for kind, job in zip(prompts.values(), jobs, strict=True))
    assert ended == {(kind, error or type(None)): each for kind, error in ENDS.items()}

    accepted = {prompt for prompt, kind in prompts.items() if kind in {*CHARGED, "unsafe"}}
    assert emulator.accepted == Counter(accepted)
    assert emulator.charged == PRICE * each * len(CHARGED)
    pictures = {prompt for prompt, kind in prompts.items() if ENDS[kind] is None}
    assert {record.prompt for record in kernel.session.store.contents().current} == pictures
    assert costs_of(kernel.session).charged == PRICE * each * 2
    assert Batch(jobs).costs().sums.at_stake.credits == PRICE * each * 6
