"""Loading is silent and complete, unloading takes everything back; scripts need neither."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.sample_pictures import PNG
from tests.fixtures.terminal import Terminal
from vidgo_notebook.emulator import Emulator, serve

EMULATED = {"VIDGO_MODE": "emulator"}


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python as from a shell."""
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_loading_and_unloading_print_nothing_and_may_be_repeated(terminal: Terminal) -> None:
    for line in ("%load_ext vidgo_notebook", "%reload_ext vidgo_notebook", "%unload_ext vidgo_notebook"):
        assert terminal.run(line).strip() in ("", "The vidgo_notebook extension is already loaded. To reload it, "
                                              "use:\n  %reload_ext vidgo_notebook")  # fmt: skip
    assert terminal.run("%load_ext vidgo_notebook") == ""
    assert "gpt-image-2" in terminal.run("%vidgo models")


def test_unloading_takes_everything_back_and_ends_the_thread(local_api: LocalApi, terminal: Terminal) -> None:
    before = set(threading.enumerate())
    terminal.run("%%vidgo\nA red bicycle")
    assert "vidgo-engine" in {thread.name for thread in set(threading.enumerate()) - before}
    terminal.run("%unload_ext vidgo_notebook")
    assert "vidgo-engine" not in {thread.name for thread in set(threading.enumerate()) - before}
    assert "not found" in terminal.run("%vidgo")
    assert "--model" not in terminal.completes("%%vidgo --mod")
    assert "Vidgo" not in terminal.run("%config")
    assert terminal.shell.events.callbacks["post_run_cell"] == []
    assert not [each for each in terminal.shell.configurables if type(each).__module__.startswith("vidgo")]
    assert not [each for each in terminal.shell.input_transformers_cleanup if each.__module__.startswith("vidgo")]
    terminal.run("%load_ext vidgo_notebook")
    assert "Picture: " in terminal.run("%%vidgo\nA red bicycle")
    assert local_api.submits == 1


def test_loading_says_in_one_line_what_can_be_resumed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_local_api(latency=3600) as local_api:
        monkeypatch.setenv("VIDGO_BASE_URL", local_api.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        terminal.run("%reload_ext vidgo_notebook")
        terminal.run("%%vidgo hero --no-wait\nx")
        while terminal["hero"].task_id is None:
            threading.Event().wait(0.01)
        terminal.run("%unload_ext vidgo_notebook")
        text = terminal.run("%load_ext vidgo_notebook")
        assert text.count("\n") == 1
        assert "%vidgo resume" in text
        terminal.run("%unload_ext vidgo_notebook")
        assert local_api.submits == 1


def test_loading_without_the_key_says_what_is_left_at_the_service_and_what_to_set(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that was typed in is gone with its kernel; the picture that was paid for must not be."""
    with serve_local_api(latency=3600) as local_api:
        monkeypatch.setenv("VIDGO_BASE_URL", local_api.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        terminal.run("%reload_ext vidgo_notebook")
        terminal.run("%%vidgo hero --no-wait\nx")
        while terminal["hero"].task_id is None:
            threading.Event().wait(0.01)
        monkeypatch.delenv("VIDGO_API_KEY")
        text = terminal.run("%reload_ext vidgo_notebook").strip()
        assert text.count("\n") == 0
        for said in (text, terminal.run("%vidgo"), terminal.run("%vidgo resume")):
            assert f"1 job of an earlier session is at {local_api.url}" in said
            assert "VIDGO_API_KEY" in said


def test_a_bad_variable_does_not_keep_the_extension_from_loading(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VIDGO_BASE_URL", "VIDGO_MODE", "VIDGO_BUDGET"):
        monkeypatch.setenv(name, "nonsense here")
    assert terminal.run("%reload_ext vidgo_notebook") == ""
    assert "VIDGO_" in terminal.fails("%%vidgo\nx")


def test_a_bad_variable_is_said_in_the_cell_and_makes_no_other_noise(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDGO_ATTENDED", "yes")
    terminal.run("%reload_ext vidgo_notebook")
    assert "VIDGO_ATTENDED" in terminal.fails("%vidgo")
    assert terminal.run("x = 1") == ""


def test_a_magic_line_alone_is_a_cell_with_an_empty_prompt(terminal: Terminal) -> None:
    """IPython itself would refuse it, and so hide the help that we tell people to ask for."""
    assert "--resolution RES" in terminal.run("%%vidgo -h")
    assert "prompt is empty" in terminal.fails("%%vidgo hero")
    assert "body is empty" in terminal.run("%%timeit")


def test_a_terminal_still_waits_for_the_prompt_below_the_first_line(terminal: Terminal) -> None:
    assert terminal.shell.check_complete("%%vidgo hero")[0] == "incomplete"
    assert terminal.shell.check_complete("%%vidgo hero\nA fox\n\n")[0] == "complete"


# Python without IPython

SCRIPT = """
import vidgo_notebook as vidgo
job = vidgo.generate("A red bicycle", size="1:1", resolution="1K")
print(job.result(60).path)
print(repr(job), job.charge)
"""


def test_a_script_makes_a_picture_without_ipython(folder: Path) -> None:
    done = python("-c", "import sys; sys.modules['IPython'] = None\n" + SCRIPT, **EMULATED)
    assert (done.returncode, done.stderr) == (0, "")
    path, words = done.stdout.splitlines()
    assert Path(path).is_relative_to(folder / ".vidgo" / "objects")
    assert "finished: gpt-image-2, 2 credits" in words


def test_a_script_that_exits_with_jobs_running_says_so(folder: Path) -> None:
    done = python("-c", "import vidgo_notebook as v; print(v.generate('x').id)", **EMULATED)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "exiting with 1 job still running" in done.stderr
    assert done.stdout.strip() in done.stderr
    assert "cost nothing" in done.stderr


def test_a_job_of_an_emulator_that_is_served_elsewhere_does_not_end_with_the_script(folder: Path) -> None:
    script = "import time, vidgo_notebook as v\nj = v.generate('x')\nwhile j.task_id is None: time.sleep(0.01)\n"
    with serve(Emulator(latency=3600)) as url:
        done = python("-c", script, VIDGO_MODE="emulator", VIDGO_BASE_URL=url)
    assert "exiting with 1 job still running. Sent, and not lost" in done.stderr


def test_a_script_that_leaves_before_anything_was_sent_promises_no_picture(folder: Path) -> None:
    with serve_local_api(latency=3600) as local_api:
        live = {"VIDGO_BASE_URL": local_api.url, "VIDGO_API_KEY": KEY}
        done = python("-c", "import vidgo_notebook as v; print(v.generate('x').id)", **live)
        assert local_api.submits == 0
    assert f"Ended, and cost nothing: {done.stdout.strip()}." in done.stderr
    assert "resume" not in done.stderr


def test_a_script_that_leaves_with_paid_jobs_says_how_to_get_them(folder: Path) -> None:
    script = "import time, vidgo_notebook as v\nj = v.generate('x')\nwhile j.task_id is None: time.sleep(0.01)\n"
    with serve_local_api(latency=3600) as local_api:
        live = {"VIDGO_BASE_URL": local_api.url, "VIDGO_API_KEY": KEY}
        done = python("-c", script, **live)
        assert "exiting with 1 job still running" in done.stderr
        assert "resume" in done.stderr
        assert KEY not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        again = python("-c", "import vidgo_notebook as v; print(v.generate('x').status)", **live)
        assert "Traceback" not in again.stderr
        assert local_api.submits == 1


def test_an_error_in_a_script_does_not_contain_the_key(folder: Path) -> None:
    with serve_local_api() as local_api:
        from vidgo_notebook.emulator import Fault

        local_api.emulator.faults.add(Fault("submit", status=400, body={"code": 400, "error": f"bad {KEY}"}))
        script = "import vidgo_notebook as v; v.generate('x').result(60)"
        done = python("-c", script, VIDGO_BASE_URL=local_api.url, VIDGO_API_KEY=KEY)
    assert done.returncode == 1
    assert "APIError" in done.stderr
    assert KEY not in done.stdout + done.stderr


def test_an_unattended_script_is_asked_nothing_and_pays_nothing_above_the_threshold(folder: Path) -> None:
    with serve_local_api() as local_api:
        script = "import vidgo_notebook as v; v.generate('x', quality='high')"
        environment = {"VIDGO_BASE_URL": local_api.url, "VIDGO_API_KEY": KEY, "VIDGO_CONFIRM_ABOVE": "11"}
        done = python("-c", script, **environment)
        assert done.returncode == 1
        assert "not confirmed" in done.stderr
        assert local_api.emulator.count() == 0


def test_a_terminal_ipython_shows_text_in_place_of_pictures(folder: Path) -> None:
    done = python("-m", "IPython", "--no-banner", "-c", "%load_ext vidgo_notebook\n%vidgo\n" +
                  "get_ipython().run_cell_magic('vidgo', 'hero', 'A red bicycle')", **EMULATED)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Prompt: A red bicycle" in done.stdout
    assert "Picture: " in done.stdout
    assert "Emulated" in done.stdout
    assert "<div" not in done.stdout


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = (
        "[m for m in ('httpx2', 'IPython', 'PIL', 'ipywidgets', 'jinja2', 'sqlite3', 'asyncio') if m in sys.modules]"
    )
    done = python("-c", f"import sys, vidgo_notebook; print({heavy}, vidgo_notebook.__version__)")
    assert done.stdout.startswith("[] ")


def test_a_cell_with_a_key_is_priced_and_approved_before_http_is_loaded(folder: Path) -> None:
    """The first cell gives the prompt back at once: HTTP is loaded beside it."""
    code = (
        "import sys, vidgo_notebook as vidgo\n"
        "from vidgo_notebook.app.process import current_session\n"
        "session = current_session()\n"
        "print(vidgo.quote('A red bicycle'), session.account(session.target).connection, 'httpx2' in sys.modules)\n"
    )
    done = python("-c", code, VIDGO_MODE="live", VIDGO_API_KEY="a-key")
    assert done.stdout.split()[-2:] == ["None", "False"], done.stderr


def test_a_live_job_is_made_without_loading_anything_of_the_emulator(local_api: LocalApi, folder: Path) -> None:
    """The stand-in and its web framework belong to emulator mode; who pays neither waits for them nor runs them."""
    code = (
        "import sys, vidgo_notebook as vidgo\n"
        "print(vidgo.generate('A red bicycle', yes=True).result(60).record.provider)\n"
        "prefixes = ('vidgo_notebook.emulator', 'starlette', 'uvicorn')\n"
        "print('loaded:', [name for name in sys.modules if name.startswith(prefixes)])\n"
    )
    done = python("-c", code, VIDGO_MODE="live")
    assert done.stdout.splitlines() == [local_api.url, "loaded: []"], done.stderr
    assert local_api.submits == 1


def test_a_cell_does_not_load_what_only_a_cluster_needs(folder: Path) -> None:
    code = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_cell('%load_ext vidgo_notebook')\n"
        "assert shell.run_cell('%vidgo').success and shell.run_cell('%%vidgo --wait\\nA red bicycle').success\n"
        "names = ('app.batches.on_cluster', 'engine.cluster')\n"
        "print('loaded:', [name for name in names if f'vidgo_notebook.{name}' in sys.modules])\n"
    )
    done = python("-c", code, VIDGO_MODE="emulator")
    assert done.stdout.splitlines()[-1] == "loaded: []", done.stderr


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("generate('x', quality='best')", "quality"),
        ("generate('')", "prompt"),
        ("generate(7)", "prompt"),
        ("generate('x', take=0)", "take"),
        ("generate('x', takes=0)", "takes"),
        ("generate('x', takes=True)", "takes"),
        ("quote('x', takes=True)", "takes"),
        ("sweep(prompt=['x'], takes=True)", "takes"),
        ("generate('x', takes='two')", "takes"),
        ("generate('x', max_credits='much')", "max_credits"),
        ("generate('x', image=7)", "image"),
        ("quote('x', takes=0)", "takes"),
        ("quote('x', size='16:10')", "16:9"),
        ("configure(mode='liev')", "live"),
        ("generate('x', qualty='high')", "Write quality="),
        ("generate('x', n=3)", "takes"),
        ("quote('x', ratio='16:9')", "size"),
    ],
)
def test_a_wrong_call_is_a_request_error_that_names_the_field(call: str, words: str, terminal: Terminal) -> None:
    text = terminal.fails(f"import vidgo_notebook as vidgo\nvidgo.{call}")
    assert "RequestError" in text
    assert words in text


def test_python_code_in_a_cell_uses_the_same_session(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run("import vidgo_notebook as vidgo\njob = vidgo.generate('A red bicycle')\njob.wait(90)")
    assert terminal["job"].result(0).bytes == PNG
    terminal.run("%%vidgo again\nA red bicycle")
    assert terminal["again"].result(0).path == terminal["job"].result(0).path
    assert local_api.submits == 1


def test_loading_reads_neither_engine_nor_pictures_where_no_job_is_left(folder: Path) -> None:
    """With finished jobs in the journal, loading takes as long as the first time."""
    buy = "import vidgo_notebook as vidgo; vidgo.generate('A red bicycle').result(60)"
    assert python("-c", buy, VIDGO_MODE="emulator").returncode == 0
    code = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "assert InteractiveShell.instance().run_cell('%load_ext vidgo_notebook').success\n"
        "prefixes = tuple(f'vidgo_notebook.{room}' for room in ('engine', 'store.results', 'app.session'))\n"
        "print('loaded:', [name for name in sys.modules if name.startswith(prefixes)])\n"
    )
    done = python("-c", code, VIDGO_MODE="emulator")
    assert done.stdout.splitlines()[-1] == "loaded: []", done.stderr


def test_a_gallery_opens_without_what_buys_and_plans() -> None:
    """A person waits for the first page, and a kernel that has loaded nothing yet loads each part in milliseconds."""
    code = (
        "import sys; from vidgo_notebook.ui import line_magic; from vidgo_notebook.app.commands.table import "
        "find_command; find_command('gallery', 'notebook', '%vidgo').read([], '%vidgo', []); "
        "from vidgo_notebook.ui.gallery.gallery import Gallery; "
        "print(*(name for name in sys.modules if name.startswith(('vidgo_notebook.app.p', 'PIL.'))))"
    )
    loaded = python("-c", code, **EMULATED)
    assert loaded.returncode == 0, loaded.stderr
    found = {name for name in loaded.stdout.split() if name.count(".") > 2 or name.startswith("PIL")}
    assert found == set()
