"""Whatever a notebook does, no more is spent than the limit from outside allows, where no person is there to ask."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from tests.fixtures.api_key import KEY
from tests.fixtures.chance import examples
from tests.fixtures.counting_emulator import CountingEmulator, served
from tests.fixtures.isolation import seclude
from tests.fixtures.terminal import Terminal, open_terminal
from vidgo_notebook.app.process import existing_session
from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.origins import Outside

_BUY = "import vidgo_notebook as vidgo\n"
_SETTINGS = "settings = next(each for each in get_ipython().configurables if type(each).__name__ == 'Vidgo')\n"

_FORM = """
from vidgo_notebook.app.form import form_state
from vidgo_notebook.app.process import current_session
from vidgo_notebook.ui.panel.panel import Panel
form = Panel(current_session(), {{}}, lambda job: None)
form.fill(form_state({cell}, current_session(), {{}}))
form.price_box.generate.click()
for answer in form.price_box.confirm.children[1].children:
    answer.click()
"""

CELLS = {
    "a magic": "%%vidgo --yes --quality high --size 1:1 -r 1K\nPicture {n}",
    "takes": "%%vidgo -n 3 --quality medium --size 1:1 -r 1K --yes\nPicture {n}",
    "generate": _BUY + "vidgo.generate('Picture {n}', quality='high', size='1:1', resolution='1K', yes=True)",
    "sweep": _BUY + "vidgo.sweep(prompt=['A {n}', 'B {n}'], quality='high', size='1:1', resolution='1K', yes=True)",
    "the form": _FORM.replace("{cell}", repr("%%vidgo -q high -s 1:1 -r 1K --takes 2\nPicture {n}")),
    "the form, unpublished": _FORM.replace("{cell}", repr("%%vidgo -m flux-2-pro -s 1:1 -r 1K\nPicture {n}")),
    "an unpublished price": "%%vidgo -m flux-2-pro --yes --size 1:1 -r 1K\nPicture {n}",
    "%config": "%config Vidgo.budget = None\n%config Vidgo.confirm_above = 100000",
    "configure": _BUY + "vidgo.configure(budget=100000)",
    "configure both": _BUY + "vidgo.configure(confirm_above=100000, budget=None)",
    "attributes": _SETTINGS + "settings.budget = None",
    "an attribute": _SETTINGS + "settings.confirm_above = 100000",
    "traitlets": _SETTINGS + "settings.set_trait('budget', None)\nsettings.set_trait('confirm_above', 100000)",
    "lower": "%config Vidgo.budget = 25\n%config Vidgo.confirm_above = 5",
    "environment": "import os\nos.environ |= {{'VIDGO_BUDGET': '100000', 'VIDGO_CONFIRM_ABOVE': '100000'}}",
    "no environment": "import os\nos.environ |= {{'VIDGO_BUDGET': '', 'VIDGO_CONFIRM_ABOVE': ''}}",
    "configuration": "c = get_ipython().config.Vidgo\nc.budget = 100000\nc.confirm_above = 100000",
    "reload": "%reload_ext vidgo_notebook",
    "unload": "%unload_ext vidgo_notebook\n%load_ext vidgo_notebook",
    "free of charge": "%config Vidgo.prices = {{'flux-2-pro': 0}}",
    "almost free": "%config Vidgo.prices = {{'flux-2-pro': '0.001'}}",
    "another address": "%config Vidgo.base_url = '{other}'",
}


@given(names=st.lists(st.sampled_from(list(CELLS)), min_size=4, max_size=12))
@examples(8, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(names=["%config", "a magic", "a magic", "a magic", "a magic"])
@example(names=["a magic", "a magic", "reload", "a magic", "a magic"])
@example(names=["lower", "a magic", "a magic", "a magic", "a magic"])
@example(names=["environment", "reload", "takes", "a magic", "a magic", "a magic"])
@example(names=["configuration", "unload", "sweep", "sweep", "generate", "generate"])
@example(names=["free of charge", *["an unpublished price"] * 6])
@example(names=["almost free", *["an unpublished price"] * 6])
@example(names=["a magic", "a magic", "another address", "a magic", "a magic"])
@example(names=["%config", "the form", "the form", "the form", "the form, unpublished"])
@example(names=["traitlets", "an attribute", "attributes", "sweep", "sweep", "sweep"])
@pytest.mark.parametrize("limit", ["VIDGO_BUDGET", pytest.param("VIDGO_CONFIRM_ABOVE", marks=pytest.mark.full)])
def test_no_cell_spends_more_than_the_limit_from_outside(
    limit: str,
    names: list[str],
    shell: InteractiveShell,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    emulator = CountingEmulator(unpublished_price=6)
    folder = tmp_path_factory.mktemp("notebook")
    with served(emulator) as url, pytest.MonkeyPatch.context() as patch:
        _prepare(patch, folder, url, **{limit: "30"})
        with open_terminal(shell, patch, capsys) as terminal:
            for number, name in zip(itertools.count(), names):
                terminal.run(CELLS[name].format(n=number, other=url.replace("127.0.0.1", "localhost")))
            _finish(terminal)
    accepted = sum(emulator.spent_by.values())
    assert accepted <= 30, names
    assert accepted > 0 or names[0] not in ("a magic", "generate", "the form")


def _prepare(patch: pytest.MonkeyPatch, folder: Path, url: str, **limits: str) -> None:
    """A kernel's process, with what its reader set before it was started."""
    seclude(patch, folder)
    for name, value in {"VIDGO_MODE": "live", "VIDGO_BASE_URL": url, "VIDGO_ATTENDED": "0", **limits}.items():
        patch.setenv(name, value)
    patch.setattr(origins, "outside", Outside(dict(os.environ)))
    for name in ("VIDGO_BUDGET", "VIDGO_CONFIRM_ABOVE"):
        patch.setenv(name, os.environ.get(name, ""))  # so that it is restored, whatever the cells do
    patch.setenv("VIDGO_API_KEY", KEY)


def _finish(terminal: Terminal) -> None:
    """Wait until what was asked for has been sent, or has not."""
    session = existing_session()
    for job in session.under_way() if session else []:
        job.wait(60)
