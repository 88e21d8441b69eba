"""``import vidgo_notebook`` alone, in a kernel: the first call brings what ``%load_ext`` brings."""

from __future__ import annotations

import sys

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import serve_local_api
from tests.fixtures.minimal_frontend import open_page
from tests.fixtures.notebook_folder import NotebookFolder


def test_the_first_call_brings_the_picture_the_question_and_the_magics(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = NotebookFolder(tmp_path_factory.mktemp("notebooks"))
    with (
        serve_local_api() as api,
        open_page(
            folder, attended=True, load=False, VIDGO_MODE="live", VIDGO_API_KEY=KEY, VIDGO_BASE_URL=api.url
        ) as page,
    ):
        page.run("import vidgo_notebook as vidgo")
        quoted = page.run("vidgo.quote('A cat', quality='high')")
        assert "12 credits" in quoted.text
        cell = page.run("vidgo.generate('A red bicycle')")
        page.watch_until(lambda: bool(cell.pictures))
        large = "vidgo.generate('x', quality='high', size='16:9', resolution='4K', take=3)"
        page.run("vidgo.configure(confirm_above=40)")
        refused = page.run(large, answer="n")
        assert "48 credits" in refused.question
        assert api.submits == 1
        assert "gpt-image-2" in page.run("%vidgo models").text
        page.run("%unload_ext vidgo_notebook")
        assert "not found" in page.run("%vidgo").everything


def test_an_unattended_cell_waits_for_the_picture_of_its_last_line(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = NotebookFolder(tmp_path_factory.mktemp("notebooks"))
    with open_page(folder, attended=False, load=False) as page:
        cell = page.run("import vidgo_notebook as vidgo\nvidgo.generate('A red bicycle')")
        assert len(cell.pictures) == 1


NBDEV = """from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

class Hook(DisplayHook):
    def write_output_prompt(self):
        pass
    def write_format_data(self, *_):
        pass

class Shell(InteractiveShell):
    displayhook_class = Hook

shell = Shell.instance()
shell.run_cell("import vidgo_notebook as vidgo; from IPython.display import display")
for cell in ("vidgo.generate('A cat')", "display(vidgo.generate('A cat', takes=2))", "%%vidgo\\nA cat"):
    with capture_output() as kept:
        result = shell.run_cell(cell)
        shown = [shell.display_formatter.format(result.result)[0]] if result.result is not None else []
    shown += [each.data for each in kept.outputs]
    print(sum('image/jpeg' in data for data in shown))
"""


def test_a_program_that_keeps_outputs_without_a_kernel_as_nbdev_does_gets_each_picture_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    done = NotebookFolder(tmp_path_factory.mktemp("notebooks")).run(sys.executable, "-c", NBDEV)
    assert done.stdout.splitlines() == ["1", "1", "1"], done.stderr
