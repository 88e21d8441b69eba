"""How the site is built: `sphinx-build -W --keep-going -j auto docs docs/_build/html`, without a key or a network.

The tutorials are the notebooks of the repository, run in replay from the store that is committed beside them. Pages
with code are run by the emulator in a store of their own. A page whose code no longer works fails the build.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE / "_extensions")]

from vidgo_notebook.version import __version__  # noqa: E402

project = "vidgo_notebook"
author = copyright = "The vidgo_notebook maintainers"  # noqa: A001  Sphinx reads this name
release = version = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_copybutton",
    "generated_tables",
    "import_law",
    "link_check",
]
exclude_patterns = ["_build", "decisions/README.md"]
suppress_warnings = ["mystnb.unknown_mime_type"]  # previews of widgets: a page has their text

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_execution_excludepatterns = ["06-cluster.ipynb"]  # its workers take longer than all other pages; shown as committed

autodoc_typehints = "none"  # the parameters' types stand in words beside them
autodoc_member_order = "groupwise"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "pydata_sphinx_theme"
html_title = "vidgo_notebook"
html_static_path = ["_static"]
html_css_files = ["vidgo.css"]
html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "github_url": "https://github.com/vidgo-notebook/vidgo-notebook",
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
}
copybutton_exclude = ".linenos, .gp, .go"


def settle_in() -> None:
    """Nothing of whoever builds this reaches the pages, and what pages make is made in folders that go away."""
    scratch = Path(tempfile.mkdtemp(prefix="vidgo-docs-"))
    for name in [name for name in os.environ if name.startswith(("VIDGO_", "JPY_"))]:
        del os.environ[name]
    shutil.copytree(ROOT / "notebooks" / ".vidgo", scratch / ".vidgo", ignore=shutil.ignore_patterns("tmp"))
    os.environ.update(
        VIDGO_MODE="replay",
        VIDGO_STORE=str(scratch / ".vidgo"),
        VIDGO_JOURNAL=str(scratch / "journal.sqlite3"),
        IPYTHONDIR=str(scratch / "ipython"),
        XDG_CACHE_HOME=str(scratch / "cache"),
        DOCS_SCRATCH=str(scratch),
        PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    )


def bring_notebooks() -> None:
    """The tutorials lie in `notebooks/`; Sphinx reads what is in its own folder only."""
    for path in [*(ROOT / "notebooks").glob("*.ipynb"), ROOT / "notebooks" / "palette.png"]:
        text = path.read_bytes().replace(b"](../docs/", b"](../").replace(b"](../README.md)", b"](../index.md)")
        copy = HERE / "tutorials" / path.name
        if not copy.exists() or copy.read_bytes() != text:
            copy.write_bytes(text)


settle_in()
bring_notebooks()
