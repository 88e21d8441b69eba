"""The functions of ``import vidgo_notebook as vidgo`` that read a table: a picture for each row, or what that costs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from vidgo_notebook.app.api.pictures import choices_of, ordered
from vidgo_notebook.app.options import Amount, as_written, same_call
from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.purchase.called import called_map, understood_buying
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.domain.catalogue import Model, ModelName, Quality, Ratio, Resolution
from vidgo_notebook.domain.extra_fields import FieldValue
from vidgo_notebook.domain.public_call import Written
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import Problems, RequestError

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    TableLike: TypeAlias = str | os.PathLike[str] | Mapping[str, Iterable[object]] | Iterable[object] | IntoFrame


@as_written
def map_table(
    written: Written,
    /,
    table: TableLike,
    *,
    prompt: str | None = None,
    model: ModelName | Model | str | None = None,
    quality: Quality | str | None = None,
    size: Ratio | str | None = None,
    resolution: Resolution | str | None = None,
    image: object = None,
    take: int | str | None = None,
    save: str | os.PathLike[str] | None = None,
    callback_url: str | None = None,
    extra: Mapping[str, FieldValue] | None = None,
    columns: Mapping[str, str] | None = None,
    seed: int | None = None,
    name: str = "",
    fresh: bool = False,
    yes: bool = False,
    max_credits: Amount | None = None,
    cluster: object = None,
    share_key: bool = False,
    **variables: object,
) -> Batch:
    """A picture for each row of a table.

    A row with an invalid request becomes a job that has failed; the others go on. ``vidgo.plan`` shows the same
    without buying it.

    Parameters
    ----------
    table : list of dict, dict of lists, DataFrame or path
        The frame of any library that narwhals knows (pandas, polars, pyarrow and more), or the path of a CSV, TSV,
        JSON or JSON Lines file, whose separator and encoding are found out.
    prompt : str, optional
        The name of a column, or a template over the columns. Without it the table needs a column ``prompt``.
    model, quality, size, resolution : str, optional
        The name of a column, or one value for all rows, as the API names it. Without it a column of that name is
        used, where there is one, and else the settings.
    image : object, optional
        The name of a column of URLs, paths, images or earlier results, or one image for all rows. Without it a
        column ``image`` is used, where there is one.
    take : int or str, optional
        Which of the independent pictures of a row, from 1, or the name of a column of such numbers. Without it a
        column ``take`` is used, where there is one.
    save : str or path, optional
        Where the full-size pictures are written: the name of a column of paths, or for all rows a folder, or a name
        with ``{n}``, the number of the row. Without it a column ``save`` is used, where there is one.
    callback_url : str, optional
        An https address that the service calls when a picture is finished, or the name of a column of them.
    extra : dict, optional
        Input fields that this package does not know, the same for all rows; their price is not published.
    columns : dict, optional
        The column of each field, as ``{"quality": "q"}``; fields that it does not name are not taken from columns of
        their name, except the prompt.
    seed : int, optional
        Of what ``{{ choice([…]) }}`` in the prompt draws, for each row and take anew, as in ``sweep``.
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
    session = current_session()
    return ordered(session, called_map(session, table, _rest(written)))


map_table.__name__ = "map"  # what users call it


@same_call(map_table)
def plan(table: TableLike, **written: Any) -> Plan:
    """What ``vidgo.map`` would buy for a table: shown, priced and not bought.

    Parameters
    ----------
    table : list of dict, dict of lists, DataFrame or path
        The table.
    **keywords
        Those of ``vidgo.map``: what each column is for, and what you choose about buying it.

    Returns
    -------
    Plan
        The number of pictures, how many of them the store has, the price by line, the columns that are used and those
        that are not, the first and the last request, and the rows that are refused. ``plan.buy()`` buys it.

    Raises
    ------
    RequestError
        If the table or the call is wrong as a whole. Rows that are refused are part of the plan.

    Examples
    --------
    >>> plan = vidgo.plan([{"prompt": "A red bicycle", "size": "16:9"}, {"prompt": "A blue bicycle", "size": "1:1"}])
    >>> plan.price.total_text
    '4 credits'
    >>> len(plan.buy().wait())
    2
    """
    session = current_session()
    called = called_map(session, table, written)
    found = called.problems
    buying = understood_buying(called.buying, found)
    choices = choices_of(session, buying, called.buying, found)
    if called.plan.problems or found:
        raise RequestError([*called.plan.problems, *found], hint=called.plan.hint or found.hint)

    def buy(*, yes: bool, max_credits: Amount | None) -> Batch:
        wrong = Problems()
        own = understood_buying({"yes": yes, "max_credits": max_credits}, wrong).choices
        limit = choices.max_credits if max_credits is None else own.max_credits
        chosen = replace(choices, yes=own.yes or choices.yes, max_credits=limit)
        return order(session, called.plan, chosen, name=buying.name, problems=wrong)

    return replace(called.plan, order=buy)


def _rest(written: Written) -> dict[str, Any]:
    return {name: value for name, value in written.items() if name != "table"}
