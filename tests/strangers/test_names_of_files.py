"""Names of files, which may hold whatever a file system takes: line breaks, escapes, marks of direction."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.hostile_text import DRIVES_TERMINALS
from tests.fixtures.live_session import LiveSession
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.app.checking.check import check_notebook
from vidgo_notebook.app.commands.doctor import check_store
from vidgo_notebook.app.library.export import export_results
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.app.library.report import Report
from vidgo_notebook.app.library.select import find_results
from vidgo_notebook.engine.handles.picture_file import read_picture
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.store.results.strays import stray_files
from vidgo_notebook.visible_text import visible_name

LINE = "Price: 0 credits"
NAME = f"a\n{LINE}\r\x1b[2J\t\u202eb"


def refused(use: Callable[[], object]) -> str:
    with pytest.raises(VidgoError) as raised:
        use()
    return str(raised.value)


def spoilt_stores(live: LiveSession) -> Iterator[str]:
    """What is said of a store that holds such names."""
    made = live.made("A kettle")
    results = live.session.store.folder / "results"
    (results / NAME).write_bytes(b"")
    copy = results / f"{made.record.fingerprint} {NAME}.json"
    (results / f"{made.record.fingerprint}.json").rename(copy)
    found = find_results(live.session, everything=True)
    yield repr(Report(found.records, None, found.left_out))
    yield repr(check_store(live.session))
    yield "\n".join(map(str, stray_files(live.session.store.files)))
    yield "\n".join(map(str, live.session.store.missing_records()))
    yield refused(lambda: live.made("A kettle"))


def given_files(live: LiveSession) -> Iterator[str]:
    """What is said of files that have such names."""
    path, store = Path(NAME).absolute(), live.session.store
    yield refused(lambda: check_notebook(path))
    yield refused(lambda: read_picture(path, store))
    yield refused(lambda: import_results(path, store))
    path.write_bytes(b"[]")
    yield refused(lambda: check_notebook(path))
    yield refused(lambda: read_picture(path, store))
    yield refused(lambda: import_results(path, store))
    yield refused(lambda: export_results(live.session, path, everything=True))
    yield refused(lambda: live.made("An edit", image=str(path)))
    yield refused(lambda: live.made("A cup").save(path.with_name(f"{NAME}.png") / "x" / "y"))
    Path(f"{NAME}.png").write_bytes(b"something else")
    yield refused(lambda: live.made("A cup").save(f"{NAME}.png"))
    for name in (f"records/{NAME}.json", f"../{NAME}", NAME):
        with zipfile.ZipFile("odd.zip", "w") as archive:
            archive.writestr(name, PNG)
        yield refused(lambda: import_results(Path("odd.zip"), store))


@pytest.mark.parametrize("said_of", [spoilt_stores, given_files])
def test_no_name_writes_a_line_of_its_own_or_drives_a_terminal(
    said_of: Callable[[LiveSession], Iterator[str]], live: LiveSession
) -> None:
    for said in said_of(live):
        assert not DRIVES_TERMINALS.search(said), said
        assert not [line for line in said.split("\n") if line.startswith(LINE)], said


def test_a_name_is_shown_on_one_line_and_keeps_what_writing_needs() -> None:
    assert visible_name(NAME) == "a\\nPrice: 0 credits\\x0d\\x1b[2J\\t\\u202eb"
    assert visible_name(Path("نمی‌خواهم.png")) == "نمی‌خواهم.png"


@pytest.mark.parametrize(
    "name", ["CON", "nul.json", "x" * 200, "a:b", "A.JSON", "a.json ", "...", "café", "cafe\u0301"]
)
def test_names_that_some_systems_take_for_others_are_passed_over(name: str, live: LiveSession) -> None:
    """Files of a store are opened by their fingerprints and digests, never by a name that is listed."""
    made = live.made("A kettle")
    (live.session.store.folder / "results" / name).write_bytes(b"x")
    (live.session.store.folder / "results" / f"{made.record.fingerprint.upper()}.JSON").write_bytes(b"{}")
    assert live.made("A kettle").bytes == made.bytes
    assert [record.prompt for record in find_results(live.session, everything=True).records] == ["A kettle"]
    assert [row.serious for row in check_store(live.session)] == [False, False]
