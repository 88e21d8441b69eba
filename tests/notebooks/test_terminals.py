"""Terminals: text in place of pictures, a question where a person is, and no print that fails for its encoding."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import serve_local_api
from tests.fixtures.minimal_frontend import open_page
from tests.fixtures.notebook_folder import NotebookFolder

PROMPT = "A bicycle → 🚲 日本"
DEAR = "vidgo.generate('x', quality='high', size='16:9', resolution='4K', takes=3)"
_ENCODINGS = {
    "a Windows console": {"PYTHONIOENCODING": "cp1252"},
    "ASCII": {"PYTHONIOENCODING": "ascii"},
    "LANG=C": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}
SCRIPT = f"""import vidgo_notebook as vidgo
vidgo.panel({PROMPT!a})
vidgo.gallery()
vidgo.generate({PROMPT!a}).result()
"""
CELLS = f"""from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
prompt = {PROMPT!a}
for cell in ("%load_ext vidgo_notebook", f"%%vidgo hero\\n{{prompt}}", f"%%vidgo -n 2\\n{{prompt}}", "%vidgo jobs",
             "%vidgo models", "%vidgo show hero", "%vidgo", f"%%vidgo --dry-run\\n{{prompt}}", "hero", "hero.result()",
             "%vidgo show --lineage hero", f"%vidgo quote {{prompt}}"):
    result = shell.run_cell(cell)
    assert result.success, cell
assert not shell.run_cell(f"%%vidgo -q best\\n{{prompt}}").success
"""


_COMMANDS = {"a script": SCRIPT, "IPython": CELLS, "the command": ""}
_USUAL = set(zip(_COMMANDS, _ENCODINGS, strict=True))  # the others are tried by --full


_TRIED = [
    pytest.param(*names, marks=() if names in _USUAL else pytest.mark.full) for names in product(_COMMANDS, _ENCODINGS)
]


@pytest.mark.parametrize(("name", "encoding"), _TRIED)
def test_no_print_fails_for_its_encoding(name: str, encoding: str, tmp_path: Path) -> None:
    folder, command = NotebookFolder(tmp_path), _COMMANDS[name]
    shell = [sys.executable, "-m", "vidgo_notebook"]
    commands = [[sys.executable, "-c", command]] if command else [[*shell, "generate", PROMPT], [*shell, "jobs"]]
    for each in commands:
        environment = folder.environment(**_ENCODINGS[encoding], VIDGO_ATTENDED="0")
        done = subprocess.run(
            each, cwd=tmp_path, env=environment, capture_output=True, encoding="latin-1", timeout=200, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "UnicodeEncodeError" not in done.stdout + done.stderr
        assert "bicycle" in done.stdout


def test_a_client_that_shows_no_update_has_the_text_and_the_picture_after_waiting(tmp_path: Path) -> None:
    """As ``jupyter console`` and qtconsole's client: ``update_display_data`` is not shown, questions are."""
    folder = NotebookFolder(tmp_path)
    with (
        serve_local_api() as api,
        open_page(folder, attended=True, VIDGO_MODE="live", VIDGO_API_KEY=KEY, VIDGO_BASE_URL=api.url) as page,
    ):
        first = page.run("%%vidgo hero --wait\nA red bicycle")
        assert [output.updates for output in first.outputs]
        shown = page.run("%vidgo show hero")
        assert any(output.has_picture and output.updates == 0 for output in shown.outputs)
        assert "<vidgo picture: gpt-image-2" in shown.text
        page.run("import vidgo_notebook as vidgo")
        refused = page.run(DEAR, answer="n")
        assert "144 credits" in refused.question
        assert "yes=True" in refused.error
        assert "--yes" not in refused.error
        assert api.submits == 1
