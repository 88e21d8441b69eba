"""The functions of ``import vidgo_notebook as vidgo``, for one picture and for many."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from vidgo_notebook.app.batches.named import continue_batch
from vidgo_notebook.app.commands.find import entries_named, ids_to_stop, jobs_named
from vidgo_notebook.app.commands.models import ModelRow, model_table
from vidgo_notebook.app.commands.money import Balance, balance_of
from vidgo_notebook.app.costs import CostTable, costs_of
from vidgo_notebook.app.library.report import Report
from vidgo_notebook.app.options import (
    Amount,
    BuyOptions,
    GenerateOptions,
    OrderOptions,
    RequestOptions,
    Settings,
    in_call_order,
    spelled_out,
)
from vidgo_notebook.app.plan.planning import plan_map, plan_picture, plan_sweep
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.purchase.approval import PurchaseChoices, limit_of
from vidgo_notebook.app.purchase.callbacks import CallbackReceiver, receive
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.purchase.resolve import UncertainTable, resolve_jobs, uncertain_table
from vidgo_notebook.app.purchase.resolve import resolve as resolve_entries
from vidgo_notebook.app.purchase.resume import resume as resume_jobs
from vidgo_notebook.app.purchase.stop import Stopped, stop_jobs
from vidgo_notebook.app.settings.traits import configure as configure_settings
from vidgo_notebook.app.status import JobTable, latest_jobs
from vidgo_notebook.domain.arguments import check_flags, check_text, flag_problems, name_of
from vidgo_notebook.domain.catalogue import Model, ModelName, Quality, Ratio, Resolution
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.wording import nearest
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import Problem, Problems
from vidgo_notebook.render.listing import Listing
from vidgo_notebook.store.results.local_files import path_of

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

AnyJobs = Job | Batch | str | Sequence[Job | str]
"""Jobs as users name them in Python."""


@overload
def generate(prompt: str, *, takes: None = None, **options: Unpack[GenerateOptions]) -> Job: ...
@overload
def generate(prompt: str, *, takes: int, **options: Unpack[GenerateOptions]) -> Batch: ...
@spelled_out(GenerateOptions)
def generate(prompt: str, *, takes: int | None = None, **options: Unpack[GenerateOptions]) -> Job | Batch:
    """Generate a picture.

    Returns at once; the picture is made in the background. What the store has is not bought again.

    Parameters
    ----------
    prompt : str
        What the picture shows; sent as it is, so templates in it are not rendered.
    takes : int, optional
        The number of independent pictures of the prompt, each at its price.
    model, quality, size, resolution : str, optional
        As the API names them. A size is ``auto``, a ratio such as ``16:9``, or WIDTHxHEIGHT in pixels. What is
        not given comes from the settings.
    image : object, optional
        A URL, a path, bytes, a PIL image, an array, a figure, an earlier job or result, or a list of those.
    take : int, default 1
        Which of the independent pictures of this prompt.
    callback_url : str, optional
        An https address that the service calls when the picture is finished.
    fresh : bool, default False
        Buy it again, although the store has it.
    yes : bool, default False
        Answer the question about the price, unless ``confirm_above`` was set outside; overrides no limit.
    max_credits : Decimal, float or str, optional
        The most, in credits, that it may cost.

    Returns
    -------
    Job or Batch
        A Job, or with ``takes`` a Batch of jobs.

    Raises
    ------
    RequestError, BudgetError, ReplayError, AuthenticationError, StoreError
        Before anything is sent; a RequestError names every problem at once.

    Examples
    --------
    >>> job = vidgo.generate("A red bicycle", size="16:9", resolution="2K")
    >>> job.result().image.size
    (2048, 1152)
    >>> len(vidgo.generate("A red bicycle", takes=2))
    2
    """
    session, found, said = current_session(), Problems(), dict[str, Any](options)
    for unknown in said.keys() - GenerateOptions.__annotations__.keys():
        if near := nearest(unknown, ("takes", "fresh", "yes", "max_credits")):  # those of a request: with its plan
            found.append(Problem(unknown, "is not an option.", f"{near}="))
            said.pop(unknown)
    buying: OrderOptions = {
        "fresh": said.pop("fresh", False),
        "yes": said.pop("yes", False),
        "max_credits": said.pop("max_credits", None),
    }
    plan = plan_picture(session, prompt, said, takes)
    choices = _choices(session, found, **buying)
    batch = order(session, plan, choices, problems=found)
    return batch[0] if takes is None else batch


@spelled_out(RequestOptions)
def quote(prompt: str, *, takes: int = 1, **options: Unpack[RequestOptions]) -> Quote:
    """The price of a request; no network, nothing is sent.

    Parameters
    ----------
    prompt : str
        What the picture shows.
    takes : int, default 1
        The number of pictures.
    **options
        The fields of the request, as in ``generate``.

    Returns
    -------
    Quote
        The price in credits, with its lines; ``total`` is None where the price is not published.

    Raises
    ------
    RequestError
        With every problem at once.

    Examples
    --------
    >>> vidgo.quote("A red bicycle", quality="high", size="16:9", resolution="4K").total
    Decimal('48')
    """
    session = current_session()
    plan = plan_picture(session, prompt, options, takes)
    plan.check()
    return session.quote(plan.places[0].request, len(plan.places))


def read(path: str | os.PathLike[str]) -> Result:
    """The result that a picture file is a copy of.

    Parameters
    ----------
    path : str or path
        A file saved with ``annotate``, or any file of the store.

    Returns
    -------
    Result
        ``provenance`` says how it was made, and ``vidgo.panel(vidgo.read(path))`` opens the form with it. If the
        picture was changed after it was saved, ``intact`` is False, and ``bytes`` and ``image`` raise StoreError.

    Raises
    ------
    RequestError
        For a file without provenance.
    StoreError
        For provenance that is damaged or of a newer version.

    Examples
    --------
    >>> saved = vidgo.generate("A red bicycle").result().save("bicycle.png", annotate=True)
    >>> vidgo.read(saved).provenance["prompt"]
    'A red bicycle'
    """
    from vidgo_notebook.engine.handles.result import read_picture  # late: few sessions read files back

    return read_picture(path_of(path), current_session().store)


def report(*, everything: bool = False) -> Report:
    """This notebook's results as a table, with a paragraph for a paper.

    Waits for jobs under way.

    Parameters
    ----------
    everything : bool, default False
        All results of the store.

    Returns
    -------
    Report
        A sequence of records; ``methods`` is the paragraph: counts, models, dates (UTC) and the cost in credits.

    Raises
    ------
    StoreError
        If pictures are missing or damaged; each is named.

    Examples
    --------
    >>> vidgo.generate("A red bicycle").wait().status
    'finished'
    >>> vidgo.report()[0].prompt
    'A red bicycle'
    """
    from vidgo_notebook.app.library.select import find_results

    check_flags(everything=everything)
    session = current_session()
    results = find_results(session, everything=everything)
    return Report([result.record for result in results], session.settings.credit_price)


def export(path: str | os.PathLike[str], *, everything: bool = False, annotate: bool = False) -> Path:
    """Write this notebook's results as an RO-Crate 1.1.

    Waits for jobs under way. An earlier export is replaced, anything else is left alone.

    Parameters
    ----------
    path : str or path
        One that ends in ``.zip`` is an archive, any other a folder.
    everything : bool, default False
        All results of the store.
    annotate : bool, default False
        Add copies that contain their provenance.

    Returns
    -------
    Path
        The absolute path of the export.

    Raises
    ------
    StoreError
        For damaged pictures (each is named), or a path that can't be used; nothing is half written.
    VidgoError
        Without the library rocrate (extra ``crate``).

    Examples
    --------
    >>> vidgo.generate("A red bicycle").wait().status
    'finished'
    >>> vidgo.export("bicycles.zip").name
    'bicycles.zip'
    """
    from vidgo_notebook.app.library.export import export_results

    check_flags(everything=everything, annotate=annotate)
    target = path_of(path).absolute()
    export_results(current_session(), target, everything=everything, annotate=annotate)
    return target


def receiver(public_url: str | None = None, *, port: int = 0) -> CallbackReceiver:
    """Receive webhooks on a loopback port, so that pictures are downloaded when they are finished.

    Parameters
    ----------
    public_url : str, optional
        The https address of your tunnel or reverse proxy to the port. May be left out where the API itself is on
        this machine.
    port : int, default 0
        The port to listen on; 0 is a free one.

    Returns
    -------
    CallbackReceiver
        Running until its ``close()``.

    Raises
    ------
    RequestError
        For an address that the service can't call, and for a port that can't be listened on.

    Examples
    --------
    >>> receiver = vidgo.receiver("https://hooks.example.com")
    >>> receiver.url
    'https://hooks.example.com'
    >>> receiver.close()
    """
    if public_url is not None:
        check_text("public_url", public_url, "https://your-domain.example")
    return receive(current_session(), public_url, port)


def costs() -> CostTable:
    """What was charged and what the store saved, by day, notebook, model and provider.

    Returns
    -------
    CostTable
        A sequence of rows, in credits; ``to_frame()`` is a DataFrame where pandas is installed.

    Raises
    ------
    StoreError
        If the journal can't be read.

    Examples
    --------
    >>> vidgo.generate("A red bicycle").wait().status
    'finished'
    >>> vidgo.costs()[0].quoted
    Decimal('2')
    """
    return costs_of(current_session())


@spelled_out(Settings)
def configure(**settings: Unpack[Settings]) -> None:
    """Set any of the settings by name, all or none.

    Parameters
    ----------
    **settings
        The settings, as ``%config Vidgo`` lists them: among others ``mode``, ``budget`` and ``confirm_above`` in
        credits, ``preview`` in pixels, and ``timeout`` in seconds.

    Raises
    ------
    RequestError
        With what is wrong with each.

    Examples
    --------
    >>> vidgo.configure(quality="high", budget=200)
    """
    configure_settings(current_session().settings, **settings)


@in_call_order
def sweep(
    given: tuple[str, ...],
    /,
    *,
    prompt: str | Iterable[str] | None = None,
    model: ModelName | Model | Iterable[ModelName | Model] | None = None,
    quality: Quality | Iterable[Quality] | None = None,
    size: Ratio | str | Iterable[Ratio | str] | None = None,
    resolution: Resolution | Iterable[Resolution] | None = None,
    image: object = None,
    take: int | Iterable[int] | None = None,
    callback_url: str | None = None,
    takes: int | None = None,
    skip_invalid: bool = False,
    name: str = "",
    fresh: bool = False,
    yes: bool = False,
    max_credits: Amount | None = None,
    cluster: object = None,
    share_key: bool = False,
    **variables: object,
) -> Batch:
    """Every combination of some values.

    The whole price is approved before anything is sent, and a picture that occurs twice is bought once.

    Parameters
    ----------
    prompt, model, quality, size, resolution, image, take
        The fields of the request. A field with a list varies, any other is the same for all; several images for
        each picture are a list in a list. The last field that varies changes fastest.
    callback_url : str, optional
        As in ``generate``.
    takes : int, optional
        The number of independent pictures of each combination.
    skip_invalid : bool, default False
        Leave out combinations that the rules forbid; otherwise nothing is made.
    name : str, optional
        The name by which ``vidgo.batch(name)`` continues the batch, in any process.
    fresh, yes, max_credits
        As in ``generate``; ``max_credits`` is for the whole, in credits.
    cluster : distributed.Client, optional
        Its workers run the jobs. They need the key in their environment, or ``share_key``.
    share_key : bool, default False
        Send the key to the workers, over TLS only.
    **variables
        Variables of the prompt's template; those with a list vary.

    Returns
    -------
    Batch
        The jobs, at once.

    Raises
    ------
    RequestError, BudgetError, ReplayError, AuthenticationError, StoreError
        Before anything is sent; a RequestError names every problem at once.

    Examples
    --------
    >>> batch = vidgo.sweep(prompt="A {{ color }} mug", color=["red", "blue"], quality=["low", "high"])
    >>> [job.row["color"] for job in batch.wait()]
    ['red', 'red', 'blue', 'blue']
    """
    session, found = current_session(), Problems()
    fields = {
        "prompt": prompt,
        "model": model,
        "quality": quality,
        "size": size,
        "resolution": resolution,
        "image": image,
        "take": take,
        "callback_url": callback_url,
        **variables,
    }
    asked = {each: fields[each] for each in given if each in variables or fields.get(each) is not None}
    plan = plan_sweep(session, takes, asked)
    choices = _choices(
        session, found, fresh=fresh, yes=yes, max_credits=max_credits, cluster=cluster, share_key=share_key
    )
    found += flag_problems(skip_invalid=skip_invalid)
    known_as = found.of(lambda: name_of(name), "")
    return order(session, plan, choices, skip_invalid=skip_invalid, name=known_as, problems=found)


def map_table(
    table: str | os.PathLike[str] | Iterable[object],
    *,
    prompt: str | None = None,
    model: ModelName | Model | str | None = None,
    quality: Quality | str | None = None,
    size: Ratio | str | None = None,
    resolution: Resolution | str | None = None,
    image: object = None,
    take: int | str | None = None,
    callback_url: str | None = None,
    name: str = "",
    fresh: bool = False,
    yes: bool = False,
    max_credits: Amount | None = None,
    cluster: object = None,
    share_key: bool = False,
    **variables: object,
) -> Batch:
    """A picture for each row of a table.

    A row with an invalid request becomes a job that has failed; the others go on.

    Parameters
    ----------
    table : str, path, list of dict or DataFrame
        A string is the path of a CSV file in UTF-8.
    prompt : str, optional
        The name of a column, or a template over the columns; the column ``prompt`` if it is not given.
    model, quality, size, resolution, image, take, callback_url
        The name of a column, or one value for all rows.
    name, fresh, yes, max_credits, cluster, share_key
        As in ``sweep``.
    **variables
        Variables of the prompt's template that are the same for all rows.

    Returns
    -------
    Batch
        The jobs in the table's order; ``job.row`` is the row.

    Raises
    ------
    RequestError, BudgetError, ReplayError, AuthenticationError, StoreError
        Before anything is sent; a RequestError names every problem at once.

    Examples
    --------
    >>> table = [{"color": "red", "shape": "1:1"}, {"color": "blue", "shape": "16:9"}]
    >>> batch = vidgo.map(table, prompt="A {{ color }} bicycle", size="shape")
    >>> [job.request.prompt for job in batch.wait()]
    ['A red bicycle', 'A blue bicycle']
    """
    session, found = current_session(), Problems()
    fields = {
        "prompt": prompt,
        "model": model,
        "quality": quality,
        "size": size,
        "resolution": resolution,
        "image": image,
        "take": take,
        "callback_url": callback_url,
    }
    asked = {each: value for each, value in fields.items() if value is not None}
    plan = plan_map(session, table, asked, variables)
    choices = _choices(
        session, found, fresh=fresh, yes=yes, max_credits=max_credits, cluster=cluster, share_key=share_key
    )
    known_as = found.of(lambda: name_of(name), "")
    return order(session, plan, choices, name=known_as, problems=found)


@spelled_out(BuyOptions)
def batch(name: str, **options: Unpack[BuyOptions]) -> Batch:
    """Continue the batch of this name, from any process.

    What is stored is shown, what is under way is joined, what is missing is bought, after the usual question.

    Parameters
    ----------
    name : str
        The name that ``sweep`` or ``map`` gave it.
    **options
        ``yes``, ``max_credits`` (in credits), ``cluster`` and ``share_key``, as in ``sweep``.

    Returns
    -------
    Batch
        The batch as it is now.

    Raises
    ------
    RequestError, BudgetError, ReplayError, AuthenticationError, StoreError
        Before anything is sent.

    Examples
    --------
    >>> batch = vidgo.sweep(prompt=["A red mug", "A blue mug"], name="mugs")
    >>> len(vidgo.batch("mugs"))
    2
    """
    session, found = current_session(), Problems()
    found.of(lambda: check_text("name", name, "the name of a batch"), None)
    choices = _choices(session, found, **options)
    found.check()
    return continue_batch(session, name, choices)


def _choices(session: Session, found: Problems, **given: Unpack[OrderOptions]) -> PurchaseChoices:
    """What the caller chose about buying. ``found`` receives what is wrong with it."""
    fresh, yes, share_key = given.get("fresh", False), given.get("yes", False), given.get("share_key", False)
    found += flag_problems(fresh=fresh, yes=yes, share_key=share_key)
    limit, cluster, executor = found.of(lambda: limit_of(given.get("max_credits")), None), given.get("cluster"), None
    if cluster is not None:
        from vidgo_notebook.app.batches.on_cluster import ClusterExecutor  # late: most sessions use no cluster

        executor = found.of(lambda: ClusterExecutor(session, cluster, share_key=share_key), None)
    return PurchaseChoices(fresh=bool(fresh), yes=bool(yes), max_credits=limit, executor=executor)


def jobs() -> JobTable:
    """The latest jobs of this user, of all sessions, newest first.

    Returns
    -------
    JobTable
        A sequence of rows; amounts are in credits, times in UTC.

    Raises
    ------
    StoreError
        If the journal cannot be read.

    Examples
    --------
    >>> len(vidgo.jobs()) >= 0
    True
    """
    return latest_jobs(current_session())


def models() -> Listing[ModelRow]:
    """The models: what each takes, and the price of a picture in credits, by quality and resolution.

    Returns
    -------
    Listing of ModelRow
        A sequence of rows; ``prices`` is empty where none is published.

    Examples
    --------
    >>> vidgo.models()[0].prices["high"]["4K"]
    Decimal('48')
    """
    return model_table(current_session().settings.credit_format)


def balance() -> Balance:
    """The account's balance; asks the API.

    Returns
    -------
    Balance
        ``credits``, and the provider that reports them.

    Raises
    ------
    AuthenticationError, TransportError, APIError, ReplayError
        If there is no key, no answer, no good answer, or replay mode.

    Examples
    --------
    >>> vidgo.configure(mode="emulator")
    >>> vidgo.balance().credits
    Decimal('10000')
    """
    return balance_of(current_session())


def resume() -> Batch:
    """Resume the jobs that an earlier session left at the service; nothing is bought.

    Returns
    -------
    Batch
        The jobs that are followed from now on; empty if there are none.

    Raises
    ------
    StoreError, AuthenticationError
        If the journal cannot be read, or there is no key for the service that has them.

    Examples
    --------
    >>> len(vidgo.resume())
    0
    """
    session = current_session()
    return _batch_of(session, resume_jobs(session))


@overload
def resolve() -> UncertainTable: ...
@overload
def resolve(job: AnyJobs, how: Literal["resubmit", "forget"], *, yes: bool = False) -> Batch: ...
def resolve(job: AnyJobs | None = None, how: str | None = None, *, yes: bool = False) -> UncertainTable | Batch:
    """Settle jobs whose outcome is unknown; handles on them follow. Without arguments, list them.

    Parameters
    ----------
    job : Job, Batch, str, or a sequence of jobs or ids
        An id may be shortened to its beginning.
    how : {"resubmit", "forget"}
        Buy it again, at a price that is approved first; or no longer look for it.
    yes : bool
        Answers the question about the price.

    Returns
    -------
    Batch or UncertainTable
        The new jobs, none after ``"forget"``; or the uncertain jobs with what is at stake, in credits.

    Raises
    ------
    RequestError
        For what is not a job, or is not to be settled.
    BudgetError, AuthenticationError, StoreError
        Before anything is sent.

    Examples
    --------
    >>> vidgo.resolve()
    No job is uncertain.
    """
    session = current_session()
    if job is None and how is None:
        return uncertain_table(session)
    return _batch_of(session, resolve_entries(session, lambda: entries_named(session, _each([job]), {}), how, yes))


def _batch_of(session: Session, jobs: Sequence[Job]) -> Batch:
    return Batch(jobs, settle=partial(resolve_jobs, session), shown=session.show_progress)


def wait(*jobs: AnyJobs, timeout: float | None = None) -> Batch:
    """Wait until jobs have ended, with or without a picture.

    Parameters
    ----------
    *jobs : Job, Batch, str, or a sequence of jobs or ids
        Without any, all of this session that are under way.
    timeout : float, optional
        The longest wait, in seconds.

    Returns
    -------
    Batch
        The jobs.

    Raises
    ------
    RequestError
        For what is not a job.
    JobTimeoutError
        When the time is up; the jobs go on.

    Examples
    --------
    >>> vidgo.wait(timeout=60).done()
    True
    """
    session = current_session()
    found = jobs_named(session, _each(jobs), {}) if jobs else session.under_way()
    return _batch_of(session, found).wait(timeout)


def stop(*jobs: AnyJobs) -> Stopped:
    """Stop jobs that are not sent yet, at no cost; what is sent goes on.

    Parameters
    ----------
    *jobs : Job, Batch, str, or a sequence of jobs or ids
        Also of other kernels, and the name of a batch. Without any, all of this session.

    Returns
    -------
    Stopped
        The ids of the jobs that were stopped, that go on, and that had ended.

    Raises
    ------
    RequestError
        For what is neither a job nor a batch.
    StoreError
        If the journal cannot be read.

    Examples
    --------
    >>> vidgo.stop().go_on
    ()
    """
    session = current_session()
    ids = ids_to_stop(session, _each(jobs), {}) if jobs else [job.id for job in session.under_way()]
    return stop_jobs(session, ids)


def _each(jobs: Sequence[object]) -> list[object]:
    """Jobs one by one; a batch stays one."""
    found: list[object] = []
    for job in jobs:
        found += job if isinstance(job, (list, tuple)) else [job]
    return found
