"""Each long part of a command says how far it is: reading, checking, writing, looking up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.sample_pictures import picture
from tests.fixtures.sample_records import keep
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.steps import Steps


class Followed(Steps):
    """What was followed, with the number of steps."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self.seen: dict[str, int] = {}

    def over(self, items: Iterable[Any], doing: str, total: int | None = None) -> Iterator[Any]:
        self.seen.setdefault(doing, 0)
        for item in super().over(items, doing, total):
            self.seen[doing] += 1
            yield item


@pytest.fixture
def followed(terminal: Terminal) -> Followed:
    """Of a session whose store has three pictures."""
    session = current_session()
    for shade in (10, 20, 30):
        keep(session.store, picture(shade=shade), prompt=f"A picture in {shade}")
    session.steps = Followed()  # type: ignore[assignment]
    return session.steps  # type: ignore[return-value]


def test_an_export_is_followed_from_the_first_record_to_the_archive(
    followed: Followed, terminal: Terminal, tmp_path: Path
) -> None:
    assert "3 results exported" in terminal.run(f"%vidgo export {tmp_path}/all.zip --all")
    assert set(followed.seen) == {"Reading", "Checking", "Exporting", "Writing", "Packing"}
    assert min(followed.seen.values()) >= 3


def test_a_report_of_the_store_is_followed(followed: Followed, terminal: Terminal) -> None:
    terminal.run("%vidgo report --all")
    assert followed.seen == {"Reading": 3, "Checking": 3}


def test_the_purchase_of_many_is_followed(followed: Followed, terminal: Terminal) -> None:
    terminal.run("%%vidgo -n 5\nA fox")
    assert followed.seen["Looking up"] == 5


def test_large_numbers_are_written_in_one_way(terminal: Terminal) -> None:
    from vidgo_notebook.app.library.import_ import Imported

    assert "2,000 in the store already" in str(Imported(added=0, known=2000, left=0))
