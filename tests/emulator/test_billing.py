"""What the emulator bills, by the documented table; totals are worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.fixtures.emulator_client import EmulatorClient, in_kernel
from vidgo_notebook.emulator import Fault


@pytest.mark.parametrize(
    ("quality", "size", "resolution", "credits"),
    [
        ("low", "1:1", "1K", 2),
        ("medium", "1:1", "2K", 6),
        ("high", "1:1", "2K", 24),
        ("high", "16:9", "4K", 48),
        ("low", "21:9", "4K", 8),
        ("high", "1:1", "4K", 24),  # no true 4K at 1:1, so 2K
        ("high", "auto", "4K", 12),  # auto is always 1K
        ("medium", None, "4K", 3),  # no size is always 1K
        (None, "3:2", None, 2),
        ("low", "3840x2160", "4K", 8),
        ("low", "2304x1536", "4K", 4),  # no 3840-pixel edge, so 2K
    ],
)
def test_a_picture_is_billed_at_its_effective_resolution_when_it_is_finished(
    client: EmulatorClient, quality: str | None, size: str | None, resolution: str | None, credits: int
) -> None:
    client.buy(quality=quality, size=size, resolution=resolution)
    client.clock.advance(1.9)
    assert client.emulator.charged == 0
    client.clock.advance(0.1)
    assert client.emulator.charged == credits
    assert client.emulator.balance == 10_000 - credits
    assert client.get("/api/user/balance").json()["data"]["credits_amount"] == 10_000 - credits


def test_three_pictures_cost_62_credits_together(client: EmulatorClient) -> None:
    for quality, size, resolution in (("high", "16:9", "4K"), ("medium", "9:16", "4K"), ("low", "1:1", "1K")):
        client.buy(quality=quality, size=size, resolution=resolution)
    client.clock.advance(2)
    assert client.emulator.charged == 62  # 48 + 12 + 2


def test_a_failed_task_costs_nothing_and_frees_what_was_set_aside() -> None:
    with in_kernel(credits=24) as client:
        client.emulator.faults.add(Fault("submit", fails="Unsafe content"))
        task_id = client.buy()
        assert client.submit().status_code == 402
        client.clock.advance(2)
        assert client.status(task_id)["error_message"] == "Unsafe content"
        assert (client.emulator.charged, client.emulator.balance) == (0, 24)
        client.buy()


def test_credits_of_tasks_under_way_cannot_be_spent_again() -> None:
    with in_kernel(credits=50) as client:
        client.buy()
        client.buy()  # 48 of 50 are set aside now
        refused = client.submit(quality="medium", size="1:1", resolution="1K")
        assert refused.status_code == 402
        assert refused.json()["error"]["type"] == "insufficient_credits_error"
        assert "3 credits" in refused.json()["error"]["message"]
        assert "2 credits" in refused.json()["error"]["message"]
        client.buy(quality="low", size="1:1", resolution="1K")
        client.clock.advance(2)
        assert client.emulator.balance == 0


def test_flux_costs_nothing_unless_the_test_sets_a_price() -> None:
    flux = {"model": "flux-2-pro", "prompt": "A dog", "size": "1:1", "resolution": "1K"}
    for price, left in ((0, 10_000), (Decimal("7.5"), 9_992.5)):
        with in_kernel(unpublished_price=price) as client:
            client.buy(**flux)
            client.clock.advance(2)
            assert client.get("/api/user/balance").json()["data"]["credits_amount"] == left


def test_each_emulator_has_an_account_of_its_own(client: EmulatorClient) -> None:
    with in_kernel() as other:
        other.buy()
        other.clock.advance(2)
        assert (other.emulator.charged, client.emulator.charged) == (24, 0)
