from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.emulator_client import Customer, OpenShop, in_kernel, over_socket


@pytest.fixture
def customer() -> Iterator[Customer]:
    """A customer of an emulator with the usual settings and a clock that stands still."""
    with in_kernel() as visitor:
        yield visitor


@pytest.fixture(params=[in_kernel, over_socket], ids=["in kernel", "socket"])
def open_shop(request: pytest.FixtureRequest) -> OpenShop:
    """Either way to reach an emulator."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def anywhere(open_shop: OpenShop) -> Iterator[Customer]:
    """A customer over either way."""
    with open_shop() as visitor:
        yield visitor
