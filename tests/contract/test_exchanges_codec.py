"""The codec against the exchanges written by hand."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.exchange_files import Exchange, asked_request, bad, cases, check_error, exchanges, good
from vidgo_notebook.errors import APIError, TransportError, VidgoError
from vidgo_notebook.wire.codec import parse, read_accepted, read_balance, read_status, submit_body

READERS = {"submit_refused": read_accepted, "status_refused": read_status, "balance": read_balance}


@pytest.mark.parametrize("exchange", cases(exchanges("submit")))
def test_what_was_asked_travels_as_documented(exchange: Exchange) -> None:
    request, urls = asked_request(exchange.asked)
    assert submit_body(request, urls) == exchange.request["json"]


@pytest.mark.parametrize("exchange", cases(exchanges("submit")))
def test_an_accepted_submit_gives_its_task_id(exchange: Exchange) -> None:
    assert read_accepted(parse(exchange.status, exchange.body, exchange.headers)) == exchange.reading["task_id"]


@pytest.mark.parametrize("exchange", cases(exchanges("status")))
def test_a_status_is_read_as_documented_and_tolerantly(exchange: Exchange) -> None:
    status = read_status(parse(exchange.status, exchange.body, exchange.headers))
    assert {
        "state": status.state,
        "progress": status.progress,
        "files": list(status.file_urls),
        "error_message": status.error_message,
    } == exchange.reading


@pytest.mark.parametrize("exchange", cases(good("balance")))
def test_a_balance_is_read_exactly(exchange: Exchange) -> None:
    amount = read_balance(parse(exchange.status, exchange.body, exchange.headers))
    assert isinstance(amount, Decimal)
    assert amount == Decimal(exchange.reading["credits"])


@pytest.mark.parametrize(("file", "exchange"), [case for file in READERS for case in cases(bad(file), file)])
def test_an_answer_that_says_no_or_makes_no_sense_becomes_the_error_it_means(file: str, exchange: Exchange) -> None:
    with pytest.raises(VidgoError) as caught:
        READERS[file](parse(exchange.status, exchange.body, exchange.headers))
    check_error(caught.value, exchange.reading)


NUMBERS = st.one_of(st.integers(), st.floats())
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["code", "data", "error", "message", "type", "files", "output", "file_url", "status"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
DATA_FIELDS = ["task_id", "status", "progress", "files", "output", "error_message", "error", "credits_amount"]
ANSWERS = st.fixed_dictionaries(
    {"data": st.dictionaries(st.sampled_from(DATA_FIELDS), JSON, max_size=6)}, optional={"code": JSON, "error": JSON}
)
BODIES = st.one_of(
    st.binary(max_size=40),
    JSON.map(lambda value: json.dumps(value).encode()),
    ANSWERS.map(lambda value: json.dumps(value).encode()),
)


@settings(report_multiple_bugs=False, deadline=None)
@pytest.mark.parametrize("read", READERS.values())
@given(
    status=st.sampled_from([200, 201, 302, 400, 401, 404, 429, 500, 599]),
    body=BODIES,
    wait=st.one_of(st.none(), st.text(max_size=12)),
)
def test_no_answer_however_absurd_escapes_as_another_kind_of_exception(read, status, body, wait) -> None:
    """A user sees what happened in words, never a TypeError from inside the codec."""
    try:
        value = read(parse(status, body, {} if wait is None else {"Retry-After": wait}))
    except (APIError, TransportError) as error:
        assert error.message
    else:
        assert value is not None
        assert status < 300
