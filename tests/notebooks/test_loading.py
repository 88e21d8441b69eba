"""Loading and unloading in a kernel."""

from __future__ import annotations

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import serve_local_api
from tests.fixtures.minimal_frontend import open_page
from tests.fixtures.notebook_folder import NotebookFolder

LOADED = "{n for n in __import__('sys').modules if n.startswith('vidgo_notebook.')}"
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


def test_while_a_person_writes_the_first_cell_all_is_loaded_that_it_needs_to_give_the_prompt_back(
    notebook_folder: NotebookFolder,
) -> None:
    """What is left is the engine's: it loads HTTP in its own thread, while the person goes on."""
    with (
        serve_local_api(latency=3600) as api,
        open_page(notebook_folder, attended=True, VIDGO_MODE="live", VIDGO_API_KEY=KEY, VIDGO_BASE_URL=api.url) as page,
    ):
        page.watch_until(lambda: "vidgo_notebook.ui.cells.cell" in page.value(LOADED))
        page.watch_until(lambda: page.value(THREADS) == "[]")
        assert page.value("{'httpx2', 'PIL'} & {*__import__('sys').modules}") == "set()"
        assert not notebook_folder.store.exists()
        assert not notebook_folder.journal.exists()
        page.run(f"before = {LOADED}")
        page.run("%%vidgo\nA fox in the snow")
        page.run("of_the_engine = 'vidgo_notebook.engine', 'vidgo_notebook.wire', 'vidgo_notebook.app.connect'")
        assert page.value(f"[name for name in {LOADED} - before if not name.startswith(of_the_engine)]") == "[]"


def test_where_no_one_is_there_nothing_is_loaded_ahead(notebook_folder: NotebookFolder) -> None:
    """There, the next cell follows at once, and may need nothing of it."""
    with open_page(notebook_folder, attended=False) as page:
        assert page.value(THREADS) == "[]"
