"""The functions of ``import vidgo_notebook as vidgo``, for one picture and for many."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from vidgo_notebook.app.batches.named import continue_batch
from vidgo_notebook.app.costs import CostTable, costs_of
from vidgo_notebook.app.library.report import Report
from vidgo_notebook.app.plan.planning import plan_map, plan_picture, plan_sweep
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.purchase.approval import PurchaseChoices, limit_of
from vidgo_notebook.app.purchase.callbacks import CallbackReceiver, receive
from vidgo_notebook.app.purchase.order import order
from vidgo_notebook.app.settings.traits import configure as configure_settings
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import Problems

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


@overload
def generate(prompt: str, *, takes: None = None, **options: Any) -> Job: ...
@overload
def generate(prompt: str, *, takes: int, **options: Any) -> Batch: ...
def generate(
    prompt: str,
    *,
    model: str | None = None,
    quality: str | None = None,
    size: str | None = None,
    resolution: str | None = None,
    image: Any = (),
    take: int = 1,
    takes: int | None = None,
    callback_url: str | None = None,
    fresh: bool = False,
    yes: bool = False,
    max_credits: Decimal | float | str | None = None,
    **unknown: Any,
) -> Job | Batch:
    """Generate a picture: returns its Job at once; with ``takes=N`` a Batch of N independent pictures.

    ``quality``, ``size`` and ``resolution`` as the API names them; ``image`` is a URL, a path, bytes, a
    PIL image, an array, a figure, an earlier job or result, or a list of those; ``max_credits`` in
    credits. The prompt is sent as it is: templates in it are not rendered.

    Raises RequestError (every problem at once), BudgetError, ReplayError, AuthenticationError or
    StoreError, each before anything is sent.
    """
    session = current_session()
    found = Problems()
    plan = plan_picture(
        session,
        prompt,
        takes,
        image=image,
        model=model,
        quality=quality,
        size=size,
        resolution=resolution,
        take=take,
        callback_url=callback_url,
        **unknown,  # refused there, with the name that was meant
    )
    limit = found.of(lambda: limit_of(max_credits), None)
    batch = order(session, plan, PurchaseChoices(fresh=fresh, yes=yes, max_credits=limit), problems=found)
    return batch[0] if takes is None else batch


def quote(prompt: str, *, takes: int = 1, image: Any = (), **fields: Any) -> Quote:
    """The price of such a request (``takes`` pictures of it), in credits; no network, nothing sent.

    ``fields`` as in ``generate``. Raises RequestError with every problem.
    """
    session = current_session()
    plan = plan_picture(session, prompt, takes, image=image, **fields)
    plan.check()
    return session.quote(plan.places[0].request, takes)


def read(path: str | os.PathLike[str]) -> Result:
    """The result that a picture file is a copy of: one saved with ``annotate``, or any file of the store.

    ``provenance`` says how it was made, and ``vidgo.panel(vidgo.read(path))`` opens the form with it.
    Where the picture was changed after it was saved, ``intact`` is False, and ``bytes`` and ``image``
    raise StoreError. Raises RequestError for a file without provenance, StoreError
    for provenance that is damaged or of a newer version.
    """
    from vidgo_notebook.engine.handles.result import read_picture

    return read_picture(Path(path).expanduser(), current_session().store)


def report(*, everything: bool = False) -> Report:
    """This notebook's results as a table, with ``methods``: the paragraph for a paper.

    Counts, models, dates (UTC) and the total cost in credits; with ``everything`` of the whole store.
    Waits for jobs under way. Raises StoreError, naming each, if pictures are missing or damaged.
    """
    from vidgo_notebook.app.library.select import find_results

    session = current_session()
    results = find_results(session, everything=everything)
    return Report([result.record for result in results], session.settings.credit_price)


def export(path: str | os.PathLike[str], *, everything: bool = False, annotate: bool = False) -> Path:
    """Write this notebook's results (``everything``: the whole store) as an RO-Crate 1.1; its path.

    A path that ends in ``.zip`` is an archive, any other a folder. ``annotate`` adds copies that carry
    their provenance. An earlier export is replaced, anything else is left alone. Waits for jobs under way.

    Raises StoreError for damaged pictures (each is named) or a path that can't be used, VidgoError
    without the library rocrate (extra ``crate``); nothing is half written.
    """
    from vidgo_notebook.app.library.export import export_results

    target = Path(path).expanduser().absolute()
    export_results(current_session(), target, everything=everything, annotate=annotate)
    return target


def receiver(public_url: str | None = None, *, port: int = 0) -> CallbackReceiver:
    """Receive webhooks on a loopback port, so that pictures are downloaded the moment they are finished.

    ``public_url`` is the https address of your tunnel or reverse proxy to that port; it may be left out
    where the API itself is on this machine. Raises RequestError for an address the service can't call.
    """
    return receive(current_session(), public_url, port)


def costs() -> CostTable:
    """What was charged and what the store saved, in credits, by day, notebook, model and provider.

    A sequence of rows; ``costs().to_frame()`` is a DataFrame where pandas is installed. Raises StoreError.
    """
    return costs_of(current_session())


def configure(**settings: Any) -> None:
    """Set any of the settings by name, all or none: ``configure(mode="replay", budget=200)``.

    Raises RequestError that names what is wrong with each.
    """
    configure_settings(current_session().settings, **settings)


def sweep(
    *,
    takes: int | None = None,
    skip_invalid: bool = False,
    name: str = "",
    fresh: bool = False,
    yes: bool = False,
    max_credits: Decimal | float | str | None = None,
    cluster: Any = None,
    share_key: bool = False,
    **what: Any,
) -> Batch:
    """Every combination: ``sweep(prompt=[…], quality=["low", "high"], takes=2)``; a Batch, at once.

    A field with a list varies, any other is the same for all (several images for each picture are a list
    in a list). Further names are variables of the prompts: ``prompt="A {{ color }} mug", color=["red",
    "blue"]``. The whole price is approved before anything is sent, and a picture that occurs twice is
    bought once. Combinations that the rules forbid are refused, or left out with ``skip_invalid``; with
    ``name`` the batch can be continued by ``vidgo.batch(name)``. ``cluster``, a ``distributed.Client``, runs
    the jobs on its workers; they need the key in their environment, or ``share_key=True`` and TLS.
    ``max_credits`` is the most, in credits, that the whole may cost.

    Raises RequestError, BudgetError, ReplayError, AuthenticationError or StoreError, before anything is sent.
    """
    session = current_session()
    choices = _choices(session, cluster, share_key=share_key, fresh=fresh, yes=yes, max_credits=max_credits)
    plan = plan_sweep(session, takes, what)
    return order(session, plan, choices, skip_invalid=skip_invalid, name=name)


def map_table(
    table: Any,
    *,
    name: str = "",
    fresh: bool = False,
    yes: bool = False,
    max_credits: Decimal | float | str | None = None,
    cluster: Any = None,
    share_key: bool = False,
    **fields: Any,
) -> Batch:
    """A picture for each row of a table: ``map(table, prompt="A {{ color }} bicycle", size="size_column")``.

    ``table`` is a list of dicts, the path of a CSV file, or a DataFrame. A field is the name of a column,
    or one value for all rows; the prompt may be a template over the columns, and is the column ``prompt``
    if it is not given. The jobs are in the table's order, ``job.row`` is the row. A row with an
    invalid request becomes a failed job; the others go on. ``max_credits`` (in credits), ``cluster`` and
    ``share_key`` as for ``sweep``.

    Raises RequestError, BudgetError, ReplayError, AuthenticationError or StoreError, before anything is sent.
    """
    session = current_session()
    choices = _choices(session, cluster, share_key=share_key, fresh=fresh, yes=yes, max_credits=max_credits)
    return order(session, plan_map(session, table, fields), choices, name=name)


def batch(
    name: str,
    *,
    yes: bool = False,
    max_credits: Decimal | float | str | None = None,
    cluster: Any = None,
    share_key: bool = False,
) -> Batch:
    """Continue the batch of this name, from any kernel: what is stored is shown, what is under way is
    joined, what is missing is bought, after the usual question and for at most ``max_credits`` credits.

    Raises as ``sweep`` does.
    """
    session = current_session()
    choices = _choices(session, cluster, share_key=share_key, yes=yes, max_credits=max_credits)
    return continue_batch(session, name, choices)


def _choices(
    session: Session,
    cluster: Any,
    *,
    share_key: bool,
    yes: bool,
    max_credits: Decimal | float | str | None,
    fresh: bool = False,
) -> PurchaseChoices:
    """The caller's choices about buying. RequestError for an invalid limit, and for what is not a cluster's client."""
    executor = None
    if cluster is not None:
        from vidgo_notebook.app.batches.on_cluster import ClusterExecutor  # late: most sessions use no cluster

        executor = ClusterExecutor(session, cluster, share_key=share_key)
    return PurchaseChoices(fresh=fresh, yes=yes, max_credits=limit_of(max_credits), executor=executor)
