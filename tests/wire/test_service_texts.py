"""Texts of the service can be written, shown and asked for, whatever they contain; and no task id is lost for them."""

from __future__ import annotations

import json
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fixtures.client_calls import BODY, call, submit
from tests.fixtures.raw_server import answers, raw_server
from vidgo_notebook.errors import APIError
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.codec import TaskStatus, parse, read_accepted, read_status, read_uploaded
from vidgo_notebook.wire.service_text import as_served, message, task_id

TERMINAL = "\x1b]0;title\x07\x1b[2J\x1b[31mFAKE"
TEXTS = st.text(st.characters(), max_size=60)  # surrogates and control characters among them


def status_of(**data: object) -> TaskStatus:
    """The status in an answer with these fields."""
    return read_status(parse(200, json.dumps({"code": 200, "data": data}).encode(), {}))


def writable(text: str) -> bool:
    """Whether a text can be stored, and does nothing to a terminal."""
    return text.isprintable() and text.encode().decode() == text


@given(TEXTS)
@example(TERMINAL)
@example('The prompt "A smiling \ud83d" was rejected')
@example("\x9b31m \u202egpj.exe\u2069 \x00 \u2028 \x7f")
@settings(deadline=None)
def test_a_message_can_be_written_and_printed(text: str) -> None:
    said = status_of(status="failed", error_message=text).error_message
    said.encode()
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in said)
    assert len(said) <= 300


def test_what_a_message_contains_stays_visible() -> None:
    assert message(TERMINAL) == r"\x1b]0;title\x07\x1b[2J\x1b[31mFAKE"
    assert message("A smiling \ud83d\n  was\trejected") == r"A smiling \ud83d was rejected"
    assert message("Ärger mit 😀 und 👩‍👩‍👧") == "Ärger mit 😀 und 👩‍👩‍👧"


def test_a_long_message_ends_where_it_is_cut() -> None:
    said = message("word " * 100_000)
    assert (len(said), said[-1]) == (300, "…")


@given(TEXTS.filter(str.strip))
@example("task-\ud83d")
@example("a\nb\x00c\\ud83d\\x41\\")
@settings(deadline=None)
def test_any_task_id_can_be_written_and_is_asked_for_as_the_service_gave_it(given_id: str) -> None:
    body = json.dumps({"code": 200, "data": {"task_id": given_id, "status": "running"}}).encode()
    accepted = read_accepted(parse(200, body, {}))
    accepted.encode()
    assert "\x00" not in accepted
    assert "\n" not in accepted
    assert as_served(accepted) == given_id
    assert read_status(parse(200, body, {})).task_id == accepted


def test_an_id_with_half_an_emoji_is_asked_for_over_the_wire() -> None:
    """The other half of what a client of ours does: JavaScript's ``slice`` leaves such ids."""
    body = rb'{"code": 200, "data": {"task_id": "t/\ud83d\\n", "status": "running"}}'

    async def ask(client: VidgoClient) -> TaskStatus:
        return await client.status(await client.submit(BODY))

    with raw_server(answers(200, body)) as server:
        call(server.url, ask)
        _, asked = server.seen
    assert unquote_to_bytes(asked.path.rpartition("/")[2]) == b"t/\xed\xa0\xbd\\n"


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        (b'{"data": {"task_id": 4711}}', "4711"),
        (b'{"data": {"task_id": "t-1", "prompt": "caf\xe9"}}', "t-1"),  # Latin-1
        (b'{"data": {"task_id": "t-1", "prompt": "a\nb\x00"}}', "t-1"),  # not escaped
        (b'\xef\xbb\xbf{"data": {"task_id": "t-1"}}', "t-1"),
        ('{"data": {"task_id": "t-1"}}'.encode("utf-16"), "t-1"),
        (b'{"data": {"task_id": "t-1", "x": %s}}' % (b"[" * 400 + b"]" * 400), "t-1"),
        (b'{"data": {"task_id": "t-1", "x": NaN, "y": -Infinity, "z": 1e999999}}', "t-1"),
    ],
    ids=["a number", "Latin-1", "raw control characters", "a BOM", "UTF-16", "deep", "no numbers"],
)
def test_an_odd_answer_does_not_lose_the_task_id(body: bytes, accepted: str) -> None:
    with raw_server(answers(200, body)) as server:
        assert submit(server.url) == accepted


@pytest.mark.parametrize("value", [None, True, "", "  ", [], {}, 1.5, "a" * 100_000])
def test_what_can_be_no_task_id_is_none(value: object) -> None:
    assert task_id(value) == ""


@pytest.mark.parametrize(
    ("served", "read"),
    [
        (" https://files.example/a b.png\n", "https://files.example/a%20b.png"),
        ("https://files.example/\ud83d\x1b.png", "https://files.example/%ED%A0%BD%1B.png"),
        ("https://files.example/ü.png?a=%20#b", "https://files.example/ü.png?a=%20#b"),
        ("https://files.example/" + "a" * 20_000, None),
        ("\n", None),
    ],
)
def test_the_address_of_a_file_can_be_written_and_opened(served: str, read: str | None) -> None:
    assert status_of(status="finished", files=[{"file_url": served}]).file_urls == ((read,) if read else ())
    if read:
        body = json.dumps({"data": {"file_url": served}}).encode()
        assert read_uploaded(parse(200, body, {})).url == read


def test_the_type_of_an_error_is_a_text_as_well() -> None:
    body = json.dumps({"error": {"message": "no", "type": "a\x1b\ud83d" + "b" * 1000}}).encode()
    with raw_server(answers(400, body)) as server:
        error = submit(server.url)
    assert isinstance(error, APIError)
    assert writable(error.type)
    assert len(error.type) <= 300
