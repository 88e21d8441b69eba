"""Times in tables: as short as they can be read, in the reader's own time zone; data has them whole."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from vidgo_notebook.render.listing import short_time


def local(*parts: int) -> datetime:
    """A time by the clock on the reader's wall."""
    return datetime.fromtimestamp(time.mktime((*parts, *[0] * (8 - len(parts)), -1)), UTC)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ((2026, 11, 30, 14, 2, 59), "14:02"),
        ((2026, 11, 30, 0, 0), "00:00"),
        ((2026, 11, 29, 23, 59), "29 Nov 23:59"),
        ((2026, 1, 2, 3, 4), "2 Jan 03:04"),
        ((2025, 11, 30, 14, 2), "30 Nov 2025"),
    ],
    ids=str,
)
def test_a_time_says_only_what_today_does_not(moment: tuple[int, ...], shown: str) -> None:
    assert short_time(local(*moment), local(2026, 11, 30, 23, 30)) == shown


def test_a_time_of_this_minute_is_of_today() -> None:
    assert len(short_time(datetime.now(UTC))) == len("14:02")
