"""Tables of the reference, made from the code: options, commands, settings, errors, fields of a record.

A page asks for one by the directive of its name, such as `{cell-options}`. What the code has is what the page has.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

import vidgo_notebook as vidgo
from vidgo_notebook import errors
from vidgo_notebook.app.commands.models import model_table
from vidgo_notebook.app.commands.table import every_command
from vidgo_notebook.app.settings import traits
from vidgo_notebook.app.settings.environment import VARIABLES
from vidgo_notebook.domain.cell_grammar import cell_parser
from vidgo_notebook.store.results.record import ResultRecord

_PLACES = {
    "store": "`.vidgo`, here or in a folder above",
    "journal": "`journal.sqlite3` in the user's state folder",
    "base_url": "`https://api.vidgo.ai`",
    "attended": "found out",
}
"""Defaults that depend on the machine, or that words say better."""


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A Markdown table."""
    titles = list(titles)
    yield f"| {' | '.join(titles)} |"
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"


def cell_options() -> Iterator[str]:
    """The options of a cell's first line."""
    rows = []
    for action in cell_parser()._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        names = ", ".join(f"`{flag}`" for flag in action.option_strings) or f"`{action.metavar or action.dest!s}`"
        value = f" `{action.metavar}`" if action.option_strings and action.metavar else ""
        rows.append((names + value, _sentence(action.help)))
    yield from table(("option", "meaning"), rows)


def commands() -> Iterator[str]:
    """Each command of `%vidgo` and `vidgo`: what it is for, where it is, its help with an example."""
    for command in every_command().values():
        where = {"": "`%vidgo` and `vidgo`", "notebook": "`%vidgo` only", "shell": "`vidgo` only"}[command.only]
        prefix = "vidgo" if command.only == "shell" else "%vidgo"
        yield from (f"## {command.name}", "", f"{_sentence(command.summary)} In {where}.", "")
        yield from ("```text", command.parser(prefix).format_help().rstrip(), "```", "")


def settings() -> Iterator[str]:
    """Every setting, with its variable in the environment and its value unless it is set."""
    rows = [(f"`{name}`{_variable(name)}", _default(name), _said(trait)) for name, trait in _settable()]
    yield from table(("setting, and its variable", "default", "what it does"), rows)


def error_list() -> Iterator[str]:
    """The tree of errors, then each with what it says."""
    tree = (errors.__doc__ or "").split("::\n\n")[1].split("\n\nEvery")[0]
    yield from ("```text", inspect.cleandoc(tree), "```", "")
    for kind in [errors.VidgoError, *_below(errors.VidgoError)]:
        yield from (f"## {kind.__name__}", "", _markdown(inspect.getdoc(kind) or ""), "")
        cost = f"What it cost: {kind.cost}" if kind.cost else "What it cost is in its text."
        yield from (f"{cost} Its base: `{kind.__mro__[1].__name__}`.", "")


def record_fields() -> Iterator[str]:
    """The fields of a record, in the order in which they are written."""
    yield from table(
        ("field", "type", "without it"),
        ((f"`{each.name}`", f"`{each.type}`", _absent(each)) for each in dataclasses.fields(ResultRecord)),
    )
    yield ""
    yield _markdown(inspect.getdoc(ResultRecord) or "")


def models() -> Iterator[str]:
    """What each model takes, and whether its price is published."""
    rows = (
        (
            f"`{row.model}`",
            ", ".join(row.qualities) or "none",
            ", ".join(row.resolutions) or "none",
            row.images,
            "published" if row.prices else "not published",
        )
        for row in model_table()
    )
    yield from table(("model", "quality", "resolution", "images", "price"), rows)


def _settable() -> Iterator[tuple[str, Any]]:
    return iter(traits.Vidgo.class_traits(config=True).items())


def _variable(name: str) -> str:
    return f" `{VARIABLES[name][0]}`" if name in VARIABLES else ""


def _default(name: str) -> str:
    if name in _PLACES:
        return _PLACES[name]
    variable = VARIABLES.get(name)
    value = variable[1]() if variable else traits.Vidgo.class_traits()[name].default()
    return "none" if value is None or value == {} else f"`{value}`"


def _said(trait: Any) -> str:
    return re.sub(r" \(VIDGO_\w+\)", "", trait.help)


def _absent(each: dataclasses.Field[Any]) -> str:
    needed = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
    return "the record is refused" if needed else "it is empty"


def _below(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        if each.__module__ == errors.__name__:
            yield each
            yield from _below(each)


def _sentence(text: str | None) -> str:
    text = (text or "").strip().replace("%%", "%")
    text = re.sub(r"(?<![\w`-])(--[a-z][\w-]*)", r"`\1`", text)
    text = re.sub(r"(\{\{.*?\}\})", r"`\1`", text)
    return (text[:1].upper() + text[1:]).rstrip(".") + "."


def _markdown(text: str) -> str:
    """A docstring's text: literals have one backtick in Markdown, sections of numpydoc are headings of their own."""
    text = re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL)
    return re.sub(r"^(\w+)\n-+$", r"**\1**\n", text, flags=re.MULTILINE).replace("\n>>> ", "\n\n    >>> ")


MAKERS = {
    "cell-options": cell_options,
    "commands": commands,
    "settings": settings,
    "errors": error_list,
    "record-fields": record_fields,
    "models": models,
}


class Generated(SphinxDirective):
    """A directive that stands for a table, by its name."""

    def run(self) -> list[nodes.Node]:
        text = "\n".join(MAKERS[self.name]())
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def every_public_name_is_documented(app: Sphinx, _environment: Any) -> None:
    """A name of the front door that no page has fails the build."""
    documented = {name for name, *_ in app.env.get_domain("py").get_objects()}
    internal = {"errors", "load_ipython_extension", "unload_ipython_extension"}
    missing = [name for name in vidgo.__all__ if f"vidgo_notebook.{name}" not in documented and name not in internal]
    if missing:
        raise ExtensionError(f"reference/python.md says nothing of {', '.join(missing)}")


def setup(app: Sphinx) -> dict[str, bool]:
    for name in MAKERS:
        app.add_directive(name, Generated)
    app.connect("env-check-consistency", every_public_name_is_documented)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
