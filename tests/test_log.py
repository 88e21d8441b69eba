"""The logger records what was sent and how it ended, never the key; by default no line appears in a cell."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures.api_key import KEY
from tests.fixtures.isolation import seclude
from tests.fixtures.local_api import LocalApi, serve_local_api
from vidgo_notebook.app.process import provide


@pytest.fixture
def local_api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalApi]:
    seclude(monkeypatch, tmp_path)
    with serve_local_api() as running:
        monkeypatch.setenv("VIDGO_BASE_URL", running.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        yield running
        provide(None)


@pytest.fixture
def cell() -> Iterator[StringIO]:
    """What a root handler at DEBUG writes, as ``logging.basicConfig`` in a notebook sets it."""
    text = StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(before)


def make_a_picture() -> None:
    import vidgo_notebook as vidgo
    from vidgo_notebook.app.process import provide

    provide(None)  # the session of a test before this one
    assert vidgo.generate("A red bicycle").result(90).bytes


def test_a_program_that_logs_everything_sees_no_line_of_ours_nor_of_libraries_in_our_threads(
    local_api: LocalApi, cell: StringIO
) -> None:
    make_a_picture()
    assert cell.getvalue() == ""


def test_nor_what_pillow_notes_when_a_value_shows_itself_but_what_the_user_calls_is_the_users(
    local_api: LocalApi, cell: StringIO
) -> None:
    import vidgo_notebook as vidgo

    job, both = vidgo.generate("A red bicycle"), vidgo.generate("A kite", takes=2)
    for value in (job, both, job.result(), job.result().lineage):
        assert "image/jpeg" in value._repr_mimebundle_()
    assert job.result().image.size
    assert cell.getvalue() == ""
    Image.open(job.result().path).load()  # type: ignore[arg-type]
    logging.getLogger("mine").debug("seen")
    assert "IHDR" in cell.getvalue()
    assert "seen" in cell.getvalue()


def test_at_info_it_records_what_was_sent_and_how_it_ended_and_never_the_key(
    local_api: LocalApi, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "vidgo_notebook"):
        make_a_picture()
    lines = [record.getMessage() for record in caplog.records if record.name == "vidgo_notebook"]
    assert any("gpt-image-2" in line and "submitting" in line for line in lines)
    assert "finished" in lines[-1]
    assert KEY not in caplog.text


def test_at_debug_each_request_is_logged_without_key_or_query(
    local_api: LocalApi, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "vidgo_notebook"):
        make_a_picture()
    lines = [record.getMessage() for record in caplog.records if record.name == "vidgo_notebook"]
    assert sum(line.startswith(f"POST {local_api.url}") for line in lines) == local_api.submits == 1
    assert not [line for line in lines if KEY in line or "?" in line]


def test_a_variable_sets_it_where_there_is_no_code_to_do_so() -> None:
    asked = [sys.executable, "-c", "import vidgo_notebook.log as log; log.logger.debug('seen'); log.logger.info('x')"]
    said = {
        level: subprocess.run(asked, env={"VIDGO_LOG": level}, capture_output=True, text=True, check=True).stderr
        for level in ("debug", "loud", "")
    }
    assert "vidgo_notebook DEBUG seen" in said["debug"]
    assert "VIDGO_LOG is 'loud', which is not a level: write debug, info, warning, error." in said["loud"]
    assert said[""] == ""
