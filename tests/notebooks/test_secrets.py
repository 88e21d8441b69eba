"""The API key appears nowhere: not on the page, in a file, in a listing, or on a terminal."""

from __future__ import annotations

from tests.fixtures.local_api import serve_unsigned
from tests.fixtures.minimal_frontend import open_page
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Emulator, Fault

KEY = "sk-vidgo-4f1c9e77d2"
CELLS = [
    "%%vidgo fox --size 1:1 --resolution 1K\nA fox in the snow",
    "fox, vars(fox), fox.result(), fox.result().provenance",
    "%config Vidgo",
    "%config Vidgo.budget = 'many'",
    "%vidgo",
    "%vidgo config",
    "%vidgo doctor",
    "%vidgo jobs",
    "%vidgo balance",
    f"%vidgo key not-{KEY[::-1]}",
    "%%vidgo\nRefused",
    "%%vidgo\nNonsense",
    "import vidgo_notebook.app.process as c\nc.current_session(), vars(c.current_session()), c.current_session().keys",
]


def test_the_key_of_a_live_session_is_neither_shown_nor_written(notebook_folder: NotebookFolder) -> None:
    emulator = Emulator(latency=0, keys=[KEY])
    emulator.faults.add(Fault("submit", when=lambda call: "Refused" in str(call.body), status=401))
    emulator.faults.add(Fault("submit", when=lambda call: "Nonsense" in str(call.body), status=200, body=f"<p>{KEY}"))
    with (
        serve_unsigned(emulator) as url,
        open_page(notebook_folder, attended=False, VIDGO_MODE="live", VIDGO_API_KEY=KEY, VIDGO_BASE_URL=url) as page,
    ):
        cells = [page.run(code) for code in CELLS]
        assert emulator.count("submit") == 3
        assert cells[0].pictures
        shown = "\n".join(cell.everything for cell in cells) + page.stderr
    assert "present, from VIDGO_API_KEY" in shown
    assert KEY not in shown
    files = [file for file in notebook_folder.folder.rglob("*") if file.is_file()]
    assert notebook_folder.journal in files
    assert not [file for file in files if KEY.encode() in file.read_bytes()]


def test_a_key_given_as_an_argument_is_refused_and_not_repeated(notebook_folder: NotebookFolder) -> None:
    with open_page(notebook_folder, attended=False) as page:
        message = page.run(f"%vidgo key {KEY}").error
    assert "would be saved in the notebook" in message
    assert KEY not in message
