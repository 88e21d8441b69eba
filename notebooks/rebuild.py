"""Executes the notebooks of this folder anew, from the store that they replay from, which keeps its pictures.

    python notebooks/rebuild.py

Every picture is the emulator's: no key is used, nothing is spent. What the store has is shown from it, and only
what it lacks is drawn; delete ``.vidgo`` first to have everything drawn, and judged for the demonstration, anew. Look
at the notebooks, then commit them together with ``.vidgo``, which holds exactly what they show.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient

import vidgo_notebook as vidgo
from vidgo_notebook.app.library.rating_round import Round, open_study
from vidgo_notebook.app.process import current_session

HERE = Path(__file__).parent
STORE = HERE / ".vidgo"


def main() -> None:
    """Replace the outputs of all notebooks, and the store: if one fails, nothing is replaced."""
    paths = sorted(HERE.glob("*.ipynb"))
    with TemporaryDirectory() as scratch:
        _settle_in(Path(scratch))
        _judge_for_demonstration()
        executed = {path: _executed(path) for path in paths}
        shutil.rmtree(STORE, ignore_errors=True)
        shutil.copytree(os.environ["VIDGO_STORE"], STORE, ignore=shutil.ignore_patterns("tmp"))
    for path, notebook in executed.items():
        nbformat.write(notebook, path)
        print(f"{path.name}: {path.stat().st_size:,} bytes")
    files = [path for path in STORE.rglob("*") if path.is_file()]
    print(f"{STORE.name}: {sum(path.stat().st_size for path in files):,} bytes in {len(files)} files")


def _settle_in(scratch: Path) -> None:
    """Nothing of whoever runs this reaches the notebooks: neither settings nor key, store nor journal."""
    if STORE.exists():
        shutil.copytree(STORE, scratch / ".vidgo", ignore=shutil.ignore_patterns("tmp"))
    for name in [name for name in os.environ if name.startswith("VIDGO_")]:
        del os.environ[name]
    os.environ.update(
        VIDGO_MODE="emulator",
        VIDGO_STORE=str(scratch / ".vidgo"),
        VIDGO_JOURNAL=str(scratch / "journal.sqlite3"),
        IPYTHONDIR=str(scratch / "ipython"),
    )


def _judge_for_demonstration() -> None:
    """Judgements of the stand-ins that the seventh notebook shows, by two raters who are none, unless the store has
    some."""
    teapots = vidgo.sweep(
        prompt=[f"A {colour} teapot on a plain white table" for colour in ("red", "green", "blue", "purple")],
        quality=["low", "high"],
        size="1:1",
        resolution="1K",
    )
    about = {
        "name": "teapots",
        "by": "quality",
        "question": "Which teapot looks more real?",
        "kind": "pairs",
        "seed": 1,
    }
    study = open_study(current_session(), teapots, **about)
    for number, answers in enumerate((("right", "left", "tie", "right"), ("right", "left", "left", "skip")), 1):
        going = Round(study, f"demonstration-{number}")
        for answer in answers[going.done :]:
            going.judge(answer)


def _executed(path: Path) -> nbformat.NotebookNode:
    """The notebook with new outputs, and nothing in it that tells when or on what machine."""
    notebook = nbformat.read(path, as_version=4)
    print(f"{path.name} …", flush=True)
    here = {"metadata": {"path": str(HERE)}}
    NotebookClient(notebook, resources=here, record_timing=False, store_widget_state=False).execute()
    notebook.metadata.language_info = {
        "file_extension": ".py",  # by which nbconvert names a script
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",  # which makes valid Python of a cell with magics
        "pygments_lexer": "ipython3",
    }
    return notebook


if __name__ == "__main__":
    main()
