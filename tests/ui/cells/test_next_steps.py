"""What the card of a named cell offers as code runs as it is copied."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.process import current_session
from vidgo_notebook.ui.output.bundles import Look
from vidgo_notebook.ui.output.picture import Picture
from vidgo_notebook.ui.output.sheet import Sheet

_PRE = re.compile(r"<pre[^>]*>(.*?)</pre>", re.DOTALL)
_OF_ONE = ["%%vidgo --image hero", "%vidgo panel hero", "%vidgo show hero --lineage"]
_OF_SEVERAL = ["%%vidgo --image {{ hero[0] }}", "%vidgo panel {{ hero[0] }}", "%vidgo show {{ hero[0] }} --lineage"]


def _offered(content: Any) -> list[str]:
    card = content.card()[0]["text/html"]
    return [html.unescape(re.sub("<[^>]+>", "", code)) for code in _PRE.findall(card) if "hero" in code]


@pytest.mark.parametrize(("takes", "expected"), [(1, _OF_ONE), (2, _OF_SEVERAL)])
def test_a_named_cells_card_has_lines_of_code_that_run(
    takes: int, expected: list[str], local_api: LocalApi, terminal: Terminal
) -> None:
    terminal.run(f"%%vidgo hero --size 1:1 --takes {takes}\nA fox" if takes > 1 else "%%vidgo hero --size 1:1\nA fox")
    hero = terminal["hero"]
    content = Picture(hero, Look(), current_session(), "hero") if takes == 1 else Sheet(hero, Look(), "hero")
    offered = _offered(content)
    assert offered == expected
    terminal.run(f"{offered[0]}\nGive it a hat")
    assert terminal.last.error_in_exec is None
    assert "%%vidgo" in terminal.run(offered[1])  # no form in a terminal: the cell that does the same
    assert "Whole chain: 2 credits" in terminal.run(offered[2])
    assert local_api.submits == takes + 1


def test_a_card_without_a_name_offers_no_name(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run("%%vidgo --size 1:1\nA fox")
    (job,) = current_session().jobs.values()
    assert "--image" not in Picture(job, Look(), current_session()).card()[0]["text/html"]
