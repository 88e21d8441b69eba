from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.emulator_client import EmulatorClient, OpenClient, in_kernel, over_socket


@pytest.fixture
def client() -> Iterator[EmulatorClient]:
    """A client of an emulator with the usual settings and a clock that stands still."""
    with in_kernel() as client:
        yield client


@pytest.fixture(params=[in_kernel, over_socket], ids=["in kernel", "socket"])
def open_client(request: pytest.FixtureRequest) -> OpenClient:
    """Either way to reach an emulator."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def any_client(open_client: OpenClient) -> Iterator[EmulatorClient]:
    """A client over either way."""
    with open_client() as client:
        yield client
