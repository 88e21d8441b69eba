"""A kernel whose widgets do not work: cells show their pictures, are paid once, and the form says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import serve_local_api
from tests.fixtures.minimal_frontend import open_page
from tests.fixtures.notebook_folder import NotebookFolder

KERNELS = {
    "no comms": "import comm\ndef broken(*args, **options): raise RuntimeError('no comms here')\n"
    "comm.create_comm = broken",
    "no ipywidgets": "import sys\nsys.modules['ipywidgets'] = None",
    "no anywidget": "import sys\nsys.modules['anywidget'] = None",
    "an old ipywidgets": "import ipywidgets\ndel ipywidgets.Output",
}


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_cells_work_and_the_form_and_the_gallery_say_what_is_missing(kernel: str, tmp_path: Path) -> None:
    with (
        serve_local_api() as api,
        open_page(
            NotebookFolder(tmp_path),
            attended=True,
            load=False,
            VIDGO_MODE="live",
            VIDGO_API_KEY=KEY,
            VIDGO_BASE_URL=api.url,
        ) as page,
    ):
        page.run(kernel)
        page.run("%load_ext vidgo_notebook")
        cell = page.run("%%vidgo hero\nA red bicycle")
        page.watch_until(lambda: bool(cell.pictures))
        page.run("import vidgo_notebook as vidgo")
        for code in ("vidgo.panel()", "%vidgo gallery"):
            error = page.run(code).error
            assert "Jupyter widgets do not work in this kernel" in error
            assert "pip install -U ipywidgets anywidget" in error
        assert not page.run("x = 1").everything.replace("[]", "").strip()
        assert api.submits == 1
