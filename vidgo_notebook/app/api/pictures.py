"""The functions of ``import vidgo_notebook as vidgo`` that ask for pictures: one, or many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack, overload

from vidgo_notebook.app.batches.named import continue_batch
from vidgo_notebook.app.options import (
    Amount,
    BuyOptions,
    GenerateOptions,
    RequestOptions,
    as_written,
    spelled_out,
)
from vidgo_notebook.app.plan.planning import plan_picture
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.called import (
    Buying,
    Called,
    called_generate,
    called_sweep,
    understood_buying,
)
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.domain.arguments import check_text
from vidgo_notebook.domain.catalogue import Model, ModelName, Quality, Ratio, Resolution
from vidgo_notebook.domain.extra_fields import FieldValue
from vidgo_notebook.domain.public_call import Written, unknown_options
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.quote import Quote
from vidgo_notebook.errors import Problems

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


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
    extra : dict, optional
        Input fields that this package does not know, such as ``{"output_format": "png"}``: sent as they are, and part
        of what makes two requests the same. Their price is not published.
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
    session = current_session()
    batch = ordered(session, called_generate(session, prompt, takes, options))
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
    model, quality, size, resolution : str, optional
        As the API names them. A size is ``auto``, a ratio such as ``16:9``, or WIDTHxHEIGHT in pixels. What is
        not given comes from the settings.
    image : object, optional
        A URL, a path, bytes, a PIL image, an array, a figure, an earlier job or result, or a list of those.
    take : int, default 1
        Which of the independent pictures of this prompt; they have one price.
    callback_url : str, optional
        An https address for the service to call; checked only.
    extra : dict, optional
        Input fields that this package does not know; a price with them is not published.

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


@as_written
def sweep(
    written: Written,
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
    extra: Mapping[str, FieldValue] | None = None,
    takes: int | None = None,
    seed: int | None = None,
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
    prompt : str or list of str
        What the pictures show: a template over the variables, or several of them. Like every field below, one with
        a list varies, and any other is the same for all; the last one that varies changes fastest.
    model : str or list of str, optional
        The model; without it that of the settings, and with images its edit sibling.
    quality, resolution : str or list of str, optional
        As the API names them, such as ``high`` and ``2K``; without them those of the settings.
    size : str or list of str, optional
        ``auto``, a ratio such as ``16:9``, or WIDTHxHEIGHT in pixels.
    image : object, optional
        A URL, a path, bytes, a PIL image, an array, a figure, or an earlier job or result. A list of them varies;
        several images for each picture are a list in a list.
    take : int or list of int, optional
        Which of the independent pictures of each combination, from 1.
    callback_url : str, optional
        An https address that the service calls when a picture is finished.
    extra : dict, optional
        Input fields that this package does not know, the same for all pictures; their price is not published.
    takes : int, optional
        The number of independent pictures of each combination, each at its price.
    seed : int, optional
        Of what ``{{ choice([…]) }}`` in the prompt draws, for each take anew. Without it one is drawn once and kept
        in the store, in ``seeds.json``.
    skip_invalid : bool, default False
        Leave out combinations that the rules forbid; otherwise nothing is made.
    name : str, optional
        The name by which ``vidgo.batch(name)`` continues the batch, in any process.
    fresh : bool, default False
        Buy all of it again, although the store has some.
    yes : bool, default False
        Answer the question about the price, unless ``confirm_above`` was set outside; overrides no limit.
    max_credits : Decimal, float or str, optional
        The most, in credits, that the whole may cost.
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
    session = current_session()
    return ordered(session, called_sweep(session, written))


@spelled_out(BuyOptions)
def batch(name: str, **options: Unpack[BuyOptions]) -> Batch:
    """Continue the batch of this name, from any process.

    What is stored is shown, what is under way is joined, what is missing is bought, after the usual question.

    Parameters
    ----------
    name : str
        The name that ``sweep`` or ``map`` gave it.
    yes : bool, default False
        Answer the question about the price, unless ``confirm_above`` was set outside; overrides no limit.
    max_credits : Decimal, float or str, optional
        The most, in credits, that what is missing may cost.
    cluster : distributed.Client, optional
        Its workers run the jobs. They need the key in their environment, or ``share_key``.
    share_key : bool, default False
        Send the key to the workers, over TLS only.

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
    found += unknown_options(options, BuyOptions.__annotations__)  # a misspelt limit would limit nothing
    choices = choices_of(session, understood_buying(options, found), options, found)
    found.check()
    return continue_batch(session, name, choices)


def ordered(session: Session, called: Called) -> Batch:
    """Order what was called for, or raise one RequestError with everything that is wrong with the call."""
    found = called.problems
    buying = understood_buying(called.buying, found)
    choices = choices_of(session, buying, called.buying, found)
    return order(
        session, called.plan, choices, skip_invalid=buying.skip_invalid, name=buying.name, problems=called.problems
    )


def choices_of(session: Session, buying: Buying, given: Mapping[str, Any], found: Problems) -> PurchaseChoices:
    """The choices, with the cluster that runs the jobs."""
    cluster = given.get("cluster")
    if cluster is None:
        return buying.choices
    from vidgo_notebook.app.batches.on_cluster import ClusterExecutor  # late: most sessions use no cluster

    executor = found.of(lambda: ClusterExecutor(session, cluster, share_key=buying.share_key), None)
    return replace(buying.choices, executor=executor)
