"""Generate and edit images from a notebook with the Vidgo API.

In Jupyter: ``%load_ext vidgo_notebook``, then ``%%vidgo`` cells. From Python::

    import vidgo_notebook as vidgo
    job = vidgo.generate("A red bicycle", size="16:9", resolution="2K")
    job.result().image

Everything is loaded on first use: importing this package takes about a millisecond.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vidgo_notebook.version import __version__ as __version__

if TYPE_CHECKING:
    from vidgo_notebook import errors
    from vidgo_notebook.app.api.account import balance, configure, costs, models, receiver
    from vidgo_notebook.app.api.jobs import jobs, resolve, resume, stop, wait
    from vidgo_notebook.app.api.pictures import batch, generate, quote, sweep
    from vidgo_notebook.app.api.results import export, ratings, read, report
    from vidgo_notebook.app.api.tables import map_table as map  # noqa: A004  vidgo.map, as in concurrent.futures
    from vidgo_notebook.app.api.tables import plan
    from vidgo_notebook.domain.request import GenerationRequest
    from vidgo_notebook.engine.handles.batch import Batch
    from vidgo_notebook.engine.handles.job import Job
    from vidgo_notebook.engine.handles.quote import Quote
    from vidgo_notebook.engine.handles.result import Result
    from vidgo_notebook.errors import VidgoError
    from vidgo_notebook.ui.opening import gallery, panel
    from vidgo_notebook.ui.rating.rate import rate

__all__ = [
    "Batch",
    "GenerationRequest",
    "Job",
    "Quote",
    "Result",
    "VidgoError",
    "balance",
    "batch",
    "configure",
    "costs",
    "errors",
    "export",
    "gallery",
    "generate",
    "jobs",
    "load_ipython_extension",
    "map",
    "models",
    "panel",
    "plan",
    "quote",
    "rate",
    "ratings",
    "read",
    "receiver",
    "report",
    "resolve",
    "resume",
    "stop",
    "sweep",
    "unload_ipython_extension",
    "wait",
]

import_module(f"{__name__}.app.settings.origins")  # first of all: it notes what is set in the environment

_HOMES = {
    "Batch": "engine.handles.batch",
    "GenerationRequest": "domain.request",
    "Job": "engine.handles.job",
    "Quote": "engine.handles.quote",
    "Result": "engine.handles.result",
    "VidgoError": "errors",
    "batch": "app.api.pictures",
    "configure": "app.api.account",
    "costs": "app.api.account",
    "export": "app.api.results",
    "gallery": "ui.opening",
    "generate": "app.api.pictures",
    "map": "app.api.tables",
    "panel": "ui.opening",
    "plan": "app.api.tables",
    "quote": "app.api.pictures",
    "rate": "ui.rating.rate",
    "ratings": "app.api.results",
    "read": "app.api.results",
    "receiver": "app.api.account",
    "report": "app.api.results",
    "sweep": "app.api.pictures",
    "wait": "app.api.jobs",
    "stop": "app.api.jobs",
    "resume": "app.api.jobs",
    "resolve": "app.api.jobs",
    "models": "app.api.account",
    "jobs": "app.api.jobs",
    "balance": "app.api.account",
}
_INSIDE = {"map": "map_table"}  # a module that defines map could not use Python's own


_CALLED = ("app.api", "ui")


def _load_where_ipython_runs() -> None:
    """The first call in a running IPython does what ``%load_ext`` does; not at a page, whose host may have a shell
    that runs no cells."""
    ipython = sys.modules.get("IPython.core.getipython")
    if not ipython or import_module(f"{__name__}.app.presence").page_host():
        return
    if (shell := ipython.get_ipython()) is not None:
        shell.extension_manager.load_extension(__name__)


_BEFORE_THE_FIRST_CALL = [_load_where_ipython_runs]  # once: who unloads the extension has it unloaded


def _found(name: str) -> Any:
    if name == "errors":
        return import_module(f"{__name__}.errors")
    if name not in _HOMES:
        here = sys.modules[__name__]  # Python then suggests a name that is like it
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=here)
    home = _HOMES[name]
    if home.startswith(_CALLED) and _BEFORE_THE_FIRST_CALL:
        import_module(f"{__name__}.app.process").prepare_with(_BEFORE_THE_FIRST_CALL.pop())
    return getattr(import_module(f"{__name__}.{home}"), _INSIDE.get(name, name))


if not TYPE_CHECKING:  # a type checker would take every name for one that is here
    __getattr__ = _found


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """Called by ``%load_ext vidgo_notebook``."""
    from vidgo_notebook.ui.extension import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Called by ``%unload_ext vidgo_notebook``: undoes everything that loading did."""
    from vidgo_notebook.ui.extension import unload

    unload(ipython)
