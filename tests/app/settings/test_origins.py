"""Each setting knows who set it: the package, the environment at the first import, a profile, or the notebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fixtures.orders import OpenSession
from vidgo_notebook.app.settings.origins import Origin
from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.app.status import settings_table


def test_without_anything_the_package_set_it() -> None:
    assert {Vidgo().origin_of(name) for name in Vidgo().traits(config=True)} == {Origin.PACKAGE}


def test_a_variable_at_the_first_import_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDGO_BUDGET", "200")
    monkeypatch.setenv("VIDGO_MODE", "replay")
    settings = Vidgo()
    assert (settings.origin_of("budget"), settings.origin_of("mode")) == (Origin.ENVIRONMENT, Origin.ENVIRONMENT)
    assert settings.origin_of("store") is Origin.PACKAGE


def test_what_is_set_inside_is_the_notebooks_until_it_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDGO_MODE", "replay")
    settings = Vidgo()
    configure(settings, mode="emulator", quality="high")
    assert (settings.origin_of("mode"), settings.origin_of("quality")) == (Origin.NOTEBOOK, Origin.NOTEBOOK)
    settings.mode = "auto"  # the package's value, but not what the environment says
    assert settings.origin_of("mode") is Origin.NOTEBOOK
    settings.mode = "replay"
    assert settings.origin_of("mode") is Origin.ENVIRONMENT


def test_the_table_of_settings_shows_value_and_origin(
    open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDGO_MODE", "emulator")
    table = settings_table(open_session(quality="high"))
    shown = {row.setting: (row.value, row.set_by) for row in table}
    assert "vidgo.configure(name=value)" in str(table)
    assert str(table).splitlines()[1].split(None, 2) == ["setting", "value", "set by"]
    assert shown["mode"] == ("emulator", "environment")
    assert shown["quality"] == ("high", "notebook")
    assert shown["preview"] == ("768", "package")


# In a kernel of its own

_SHOW = """
import json
from IPython import get_ipython
vidgo = next(each for each in get_ipython().configurables if type(each).__name__ == "Vidgo")
values = {name: [str(getattr(vidgo, name)), vidgo.origin_of(name).value] for name in vidgo.traits(config=True)}
print("SHOWN", json.dumps(values))
"""


def run_ipython(folder: Path, cells: str, profile: str = "", **environment: str) -> dict[str, list[str]]:
    """Run cells in a fresh IPython with a profile; what the settings are at the end, and who set them."""
    home = folder / "ipython"
    (home / "profile_default").mkdir(parents=True)
    (home / "profile_default" / "ipython_config.py").write_text("c = get_config()\n" + profile)
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", cells + _SHOW],
        capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "IPYTHONDIR": str(home), **environment},
    )  # fmt: skip
    shown = [line.removeprefix("SHOWN ") for line in done.stdout.splitlines() if line.startswith("SHOWN ")]
    assert shown, done.stdout + done.stderr
    values: dict[str, list[str]] = json.loads(shown[0])
    return values


def test_a_profile_is_outside_and_a_cell_that_edits_its_configuration_is_not(folder: Path) -> None:
    values = run_ipython(
        folder,
        "get_ipython().config.Vidgo.preview = 256\nget_ipython().run_line_magic('load_ext', 'vidgo_notebook')\n",
        "c.Vidgo.quality = 'high'\nc.Vidgo.preview = 512\n",
    )
    assert values["mode"] == ["auto", "package"]
    assert values["quality"] == ["high", "profile"]
    assert values["preview"] == ["256", "notebook"]


def test_a_variable_that_a_cell_sets_after_the_import_is_the_notebooks_also_after_loading_again(folder: Path) -> None:
    load = "get_ipython().run_line_magic('{}', 'vidgo_notebook')\n"
    values = run_ipython(
        folder,
        load.format("load_ext")
        + "import os\nos.environ['VIDGO_MODE'] = 'replay'\nget_ipython().config.Vidgo.quality = 'low'\n"
        + load.format("reload_ext"),
        VIDGO_MODE="emulator",
    )
    assert values["mode"] == ["replay", "notebook"]
    assert values["quality"] == ["low", "notebook"]


def test_a_notebook_that_never_loads_the_extension_has_the_limits_of_the_profile_too(folder: Path) -> None:
    values = run_ipython(
        folder,
        "import vidgo_notebook as vidgo\n"
        "for change in ({'budget': 1000}, {'confirm_above': 1000}):\n"
        "    try:\n"
        "        vidgo.configure(**change)\n"
        "    except vidgo.VidgoError:\n"
        "        pass\n"
        "from vidgo_notebook.app.process import existing_session\n"
        "get_ipython().configurables.append(existing_session().settings)\n",
        "c.Vidgo.budget = 5\nc.Vidgo.quality = 'high'\n",
        VIDGO_CONFIRM_ABOVE="50",
    )
    assert values["budget"] == ["5", "profile"]
    assert values["confirm_above"] == ["50", "environment"]
    assert values["quality"] == ["high", "profile"]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux keeps it")
def test_a_limit_that_the_process_was_started_with_holds_whatever_the_first_cell_does(folder: Path) -> None:
    """Before the package is imported, the environment is already what a cell made of it."""
    values = run_ipython(
        folder,
        "import os\n"
        "os.environ['VIDGO_BUDGET'] = '100000'\n"
        "del os.environ['VIDGO_CONFIRM_ABOVE']\n"
        "get_ipython().run_line_magic('load_ext', 'vidgo_notebook')\n",
        VIDGO_BUDGET="5",
        VIDGO_CONFIRM_ABOVE="50",
    )
    assert values["budget"] == ["5", "environment"]
    assert values["confirm_above"] == ["50", "environment"]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux keeps it")
@pytest.mark.parametrize("at_start", [{}, {"VIDGO_BASE_URL": "https://api.example"}])
def test_an_address_and_a_mode_that_the_first_cell_puts_into_the_environment_are_the_notebooks(
    at_start: dict[str, str], folder: Path
) -> None:
    """So it is asked about before the key goes there; so is the mode, which lifts nothing that only live mode from
    outside lifts."""
    values = run_ipython(
        folder,
        "import os\n"
        "os.environ |= {'VIDGO_BASE_URL': 'https://api.stranger.example', 'VIDGO_MODE': 'live'}\n"
        "get_ipython().run_line_magic('load_ext', 'vidgo_notebook')\n",
        **at_start,
    )
    assert values["base_url"] == ["https://api.stranger.example", "notebook"]
    assert values["mode"] == ["live", "notebook"]


def test_decimals_compare_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDGO_BUDGET", "200.0")
    settings = Vidgo()
    settings.budget = Decimal(200)
    assert settings.origin_of("budget") is Origin.ENVIRONMENT
