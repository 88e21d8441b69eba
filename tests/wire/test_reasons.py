"""The reason that a service, a gateway or a filter gives is in the error, wherever it stands."""

from __future__ import annotations

import json

import pytest

from tests.fixtures.client_calls import failed, submit
from tests.fixtures.raw_server import answers, raw_server
from vidgo_notebook.errors import APIError, NotFoundError, ServerError, TransportError, VidgoError

DEEP: object = {"message": "at the bottom"}
for _ in range(50):
    DEEP = {"error": DEEP}

REASONS: list[tuple[object, str]] = [
    ({"code": 400, "msg": "prompt flagged by moderation"}, "prompt flagged by moderation"),
    ({"detail": "size is not allowed"}, "size is not allowed"),
    ({"detail": [{"loc": ["body", "input", "size"], "msg": "not a valid choice"}]}, "size: not a valid choice"),
    ({"message": "Forbidden resource", "error": "Forbidden", "statusCode": 403}, "Forbidden resource"),
    ({"error": "Forbidden"}, "Forbidden"),
    ({"error": {"message": "first"}, "message": "second"}, "first"),
    ({"error": {"error": {"message": "nested"}}}, "nested"),
    ({"error": {"code": 7}, "message": "beside an error without a text"}, "beside an error without a text"),
    ({"error": True, "msg": "beside a flag"}, "beside a flag"),
    ({"errors": [{"message": "one"}, {"message": "two"}]}, "one"),
    ({"error": ["a list"]}, "a list"),
    ({"error": "invalid_request", "error_description": "the key is for another site"}, "the key is for another site"),
    ({"title": "Bad Request", "detail": "the prompt is empty"}, "the prompt is empty"),
    ({"title": "Bad Request"}, "Bad Request"),
    ({"data": {"error_message": "inside data"}}, "inside data"),
    ({"message": "  spread \n over\tlines "}, "spread over lines"),
    ({"message": ""}, "gave no reason"),
    ({"message": None, "msg": 7, "detail": {}, "error": []}, "gave no reason"),
    (DEEP, "gave no reason"),
]


def refused(status: int, body: object, headers: dict[str, str] | None = None) -> VidgoError:
    """The error of a submit that is answered so."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with raw_server(answers(status, content, headers)) as server:
        error = submit(server.url)
    assert isinstance(error, VidgoError)
    return error


@pytest.mark.parametrize(("body", "reason"), REASONS)
def test_a_refusal_has_the_reason_that_was_given(body: object, reason: str) -> None:
    assert failed(refused(400, body), APIError).message.rstrip(".").endswith(reason)


@pytest.mark.parametrize(("body", "reason"), REASONS[:3])
def test_so_has_one_under_http_200(body: object, reason: str) -> None:
    assert reason in failed(refused(200, {"code": 400, **body}), APIError).message  # type: ignore[dict-item]


def test_an_answer_without_data_says_what_it_has_instead() -> None:
    error = failed(refused(200, {"success": False, "msg": "prompt flagged"}), TransportError)
    assert error.sent
    assert "prompt flagged" in error.message


FILTERED = b"<html><head><title>Access Denied by policy</title></head>Blocked category: AI. Ticket 4711</html>"
PAGES = [
    (FILTERED, "a web page came instead of the API: 'Access Denied by policy'"),
    (
        b"\xef\xbb\xbf \n<!DOCTYPE html><TITLE lang=en>\n  Log\n in </TITLE>",
        "a web page came instead of the API: 'Log in'",
    ),
    (b"<html><h1>Not <b>here</b> &amp; now</h1>", "a web page came instead of the API: 'Not here & now'"),
    (b"<html><title>\x1b[2J</title>", r"a web page came instead of the API: '\\x1b[2J'"),
    (b"<html>no title", "a web page came instead of the API"),
    (b"<html><title>" + b"<title" * 100_000, "a web page came instead of the API"),
    (b"<html><title>caf\xe9 ferm\xe9</title>", "caf� ferm�"),
]


@pytest.mark.parametrize("status", [200, 403, 502])
@pytest.mark.parametrize(("page", "said"), PAGES)
def test_a_web_page_in_place_of_the_api_is_named_with_its_title(page: bytes, said: str, status: int) -> None:
    error = refused(status, page)
    assert type(error) is {200: TransportError, 403: APIError, 502: ServerError}[status]
    assert said in error.message
    assert "proxy" in error.hint
    assert "firewall" in error.hint
    assert "VIDGO_BASE_URL" in error.hint


@pytest.mark.parametrize("body", [{"detail": "Not Found"}, b"", b"404 page not found"])
def test_a_submit_that_finds_nothing_hints_at_the_base_url(body: object) -> None:
    error = failed(refused(404, body), NotFoundError)
    assert "VIDGO_BASE_URL is http://127.0.0.1" in error.hint
    assert "https://api.vidgo.ai" in error.hint


def test_a_submit_that_is_forbidden_hints_at_what_the_key_may_do() -> None:
    assert "what the key may do" in refused(403, {"error": {"message": "model not enabled"}}).hint


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"upstream request timeout", "upstream request timeout"),
        (b"  no healthy\r\nupstream \n", "no healthy upstream"),
        (b'"size is not allowed"', "size is not allowed"),
        (b'[{"msg": "size is not allowed"}]', "size is not allowed"),
        (b"\x00\x01\x02", "gave no reason"),
        (b"long " * 1000, "gave no reason"),
        (b'{"message": "cut sh', "gave no reason"),
    ],
)
def test_a_reason_in_plain_text_or_in_other_json_is_shown(body: bytes, words: str) -> None:
    with raw_server(answers(400, body)) as server:
        assert words in failed(submit(server.url), APIError).message
