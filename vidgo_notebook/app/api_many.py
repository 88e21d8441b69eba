"""``vidgo.sweep``, ``vidgo.map`` and ``vidgo.batch``: many pictures in one call."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.batches.named import continue_batch, order
from vidgo_notebook.app.plan.arguments import plan_map, plan_sweep
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.purchase.approval import PurchaseChoices, limit_of
from vidgo_notebook.engine.handles.batch import Batch

if TYPE_CHECKING:
    from vidgo_notebook.app.batches.on_cluster import Team
    from vidgo_notebook.app.session import Session


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
    "blue"]``. The whole price is approved before anything is sent, and a picture that is there twice is
    bought once. Combinations that the rules forbid are refused, or left out with ``skip_invalid``; with
    ``name`` the batch can be continued by ``vidgo.batch(name)``. ``cluster``, a ``distributed.Client``, lets
    its workers carry the jobs; they need the key in their environment, or ``share_key=True`` and TLS.
    ``max_credits`` is the most, in credits, that the whole may cost.

    Raises RequestError, BudgetError, ReplayError, AuthenticationError or StoreError, before anything is sent.
    """
    session = current_session()
    team = _team_of(session, cluster, share_key=share_key)
    choices = PurchaseChoices(fresh=fresh, yes=yes, max_credits=limit_of(max_credits), team=team)
    return order(session, plan_sweep(session, takes, what), choices, skip_invalid=skip_invalid, name=name)


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
    if it is not given. The jobs are in the table's order, ``job.row`` is the row. A row that can't be
    asked for is a job that has failed; the others go on. ``max_credits`` (in credits), ``cluster`` and
    ``share_key`` as for ``sweep``.

    Raises RequestError, BudgetError, ReplayError, AuthenticationError or StoreError, before anything is sent.
    """
    session = current_session()
    team = _team_of(session, cluster, share_key=share_key)
    choices = PurchaseChoices(fresh=fresh, yes=yes, max_credits=limit_of(max_credits), team=team)
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
    joined, what is missing is bought, after the same question as ever and for at most ``max_credits`` credits.

    Raises as ``sweep`` does.
    """
    session = current_session()
    team = _team_of(session, cluster, share_key=share_key)
    return continue_batch(session, name, PurchaseChoices(yes=yes, max_credits=limit_of(max_credits), team=team))


def _team_of(session: Session, cluster: Any, *, share_key: bool = False) -> Team | None:
    """Whoever carries the jobs where this process does not. RequestError for what is no cluster's client."""
    if cluster is None:
        return None
    from vidgo_notebook.app.batches.on_cluster import Team

    return Team(session, cluster, share_key=share_key)
