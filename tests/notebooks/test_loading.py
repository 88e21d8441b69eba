"""Loading and unloading in a kernel."""

from __future__ import annotations

from tests.fixtures.minimal_frontend import open_page
from tests.fixtures.notebook_folder import NotebookFolder

THREADS = "sorted(t.name for t in __import__('threading').enumerate() if 'vidgo' in t.name)"


def test_loading_prints_nothing_and_touches_no_disk(notebook_folder: NotebookFolder) -> None:
    with open_page(notebook_folder, attended=True, load=False) as page:
        loaded = page.run("%load_ext vidgo_notebook")
        again = page.run("%load_ext vidgo_notebook")
        assert (loaded.outputs, loaded.printed, loaded.error) == ([], "", "")
        assert (again.outputs, again.error) == ([], "")
        assert not notebook_folder.store.exists()
        assert not notebook_folder.journal.exists()


def test_unloading_really_ends_it_and_loading_works_again(notebook_folder: NotebookFolder) -> None:
    with open_page(notebook_folder, attended=False) as page:
        page.run("%%vidgo\nA fox in the snow")
        assert page.value(THREADS) != "[]"
        page.run("%unload_ext vidgo_notebook")
        page.watch_until(lambda: page.value(THREADS) == "[]")
        assert "`%vidgo` not found" in page.run("%vidgo").printed
        assert "not found" in page.run("%%vidgo\nA fox in the snow").printed
        assert not page.run("%load_ext vidgo_notebook").everything.replace("[]", "").strip()
        assert page.run("%%vidgo\nA fox in the snow").pictures
