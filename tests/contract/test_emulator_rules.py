"""The emulator accepts, refuses and bills as the documents do: by the table, and by random requests."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given

from tests.contract import oracle
from tests.contract.oracle import Asked
from tests.contract.requests import any_request, from_asked, image_urls, likely_valid_request
from tests.contract.rules_table import CALLBACKS, ROWS, Row
from tests.fixtures.chance import examples
from tests.fixtures.emulated_api import LATENCY, EmulatedApi, with_emulated_api
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.wire.codec import submit_body

WITHOUT_CALLBACK = [row for row in ROWS if row not in CALLBACKS and row.callback_url is None]
FIELDS_ON_THE_WIRE = {"image": "image_urls"}


def body_of(model: str, prompt: str, images: int, **fields: str | None) -> dict[str, Any]:
    """The JSON of a submit, put together without the package."""
    given = {"prompt": prompt, **{name: value for name, value in fields.items() if value is not None}}
    if images:
        given["image_urls"] = list(image_urls(images))
    return {"model": model, "input": given}


def body_of_row(row: Row) -> dict[str, Any]:
    """The JSON of a row of the table."""
    prompt = "a" * row.prompt_length
    return body_of(row.model, prompt, row.images, quality=row.quality, size=row.size, resolution=row.resolution)


@pytest.mark.parametrize("row", [row for row in WITHOUT_CALLBACK if not row.wrong], ids=str)
def test_what_the_documents_allow_is_accepted_and_billed_when_finished(row: Row) -> None:
    async def use(api: EmulatedApi) -> None:
        for _ in range(row.pictures):
            assert (await api.submit(body_of_row(row))).status_code == 200
        assert api.emulator.charged == 0
        api.clock.now += LATENCY
        assert api.emulator.charged == Decimal(row.total or 0)
        assert api.emulator.balance == 10_000 - api.emulator.charged

    with_emulated_api(use)


@pytest.mark.parametrize("row", [row for row in WITHOUT_CALLBACK if row.wrong], ids=str)
def test_what_the_documents_forbid_is_refused_with_every_field_named(row: Row) -> None:
    async def use(api: EmulatedApi) -> None:
        response = await api.submit(body_of_row(row))
        assert response.status_code == 400
        message = response.json()["error"]["message"]
        assert [name for name in row.wrong if FIELDS_ON_THE_WIRE.get(name, name) not in message] == []
        assert api.emulator.tasks == {}

    with_emulated_api(use)


@given(asked=likely_valid_request())
@examples(60)
def test_what_validates_is_accepted_and_billed_as_quoted(asked: Asked) -> None:
    request = from_asked(asked)
    assume(problems(request) == ())

    async def use(api: EmulatedApi) -> None:
        response = await api.submit(submit_body(request, image_urls(asked.images)))
        assert response.status_code == 200, response.text
        api.clock.now += LATENCY
        assert api.emulator.charged == (quote(request).total or 0)
        assert api.emulator.charged == (oracle.credits_for(asked) or 0)

    with_emulated_api(use)


@given(asked=any_request())
@examples(60)
def test_the_emulator_refuses_exactly_what_the_documents_forbid(asked: Asked) -> None:
    async def use(api: EmulatedApi) -> None:
        response = await api.submit(body_of(**asdict(asked)))
        assert response.status_code == (200 if oracle.valid(asked) else 400), response.text

    with_emulated_api(use)


def test_several_pictures_per_request_are_not_supported() -> None:
    async def use(api: EmulatedApi) -> None:
        response = await api.submit({"model": "gpt-image-2", "input": {"prompt": "x", "n": 2}})
        assert response.status_code == 400
        assert "'n'" in response.json()["error"]["message"]

    with_emulated_api(use)
