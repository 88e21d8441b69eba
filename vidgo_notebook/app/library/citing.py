"""References and text for papers in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.provider import EMULATOR, OFFICIAL, OFFICIAL_URL
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.visible_text import visible

_IN_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}


def latex_text(text: str) -> str:
    r"""A text as LaTeX shows it: it holds no command.

    >>> latex_text("50 % of $5_000")
    '50 \\% of \\$5\\_000'
    """
    return "".join(_IN_LATEX.get(sign, sign) for sign in visible(text))


def bibtex(records: Iterable[ResultRecord]) -> str:
    """An entry for each version of the tool and for each model that made pictures, with the year of the latest."""
    tools, models = dict[str, str](), dict[tuple[str, str], str]()
    for record in records:
        year = record.finished[:4]
        version = record.package or "of unknown version"
        tools[version] = max(tools.get(version, ""), year)
        if record.provider != EMULATOR:
            url = OFFICIAL_URL if record.provider == OFFICIAL else record.provider
            models[record.model, url] = max(models.get((record.model, url), ""), year)
    entries = [
        _entry("software", f"vidgo_notebook_{version}", title="vidgo_notebook", version=version, year=year)
        for version, year in sorted(tools.items())
    ]
    entries += [
        _entry(
            "misc",
            f"{model}_{year}",
            title=MODELS[model].title if model in MODELS else model,
            howpublished=f"Vidgo API, model {model}, {url}",
            year=year,
            note="The service states no version of the model",
        )
        for (model, url), year in sorted(models.items())
    ]
    return "\n".join(entries)


def _entry(kind: str, key: str, **fields: str) -> str:
    lines = [f"  {name} = {{{{{latex_text(value)}}}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{re.sub(r'[^A-Za-z0-9_.-]', '_', key)},", *lines, "}", ""])
