"""The functions of ``import vidgo_notebook as vidgo`` about models, money, settings and webhooks."""

from __future__ import annotations

from typing import Unpack

from vidgo_notebook.app.commands.models import ModelRow, model_table
from vidgo_notebook.app.commands.money import Balance, balance_of
from vidgo_notebook.app.costs import CostTable, costs_of
from vidgo_notebook.app.options import Settings, spelled_out
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.purchase.callbacks import CallbackReceiver, receive
from vidgo_notebook.app.settings.traits import configure as configure_settings
from vidgo_notebook.app.status import SettingRow, settings_table
from vidgo_notebook.domain.arguments import check_text
from vidgo_notebook.domain.public_call import public
from vidgo_notebook.render.listing import Listing


@public
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


@public
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


@public
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


@spelled_out(Settings)
def configure(**settings: Unpack[Settings]) -> Listing[SettingRow] | None:
    """Set any of the settings by name, all or none; without any, list them.

    Parameters
    ----------
    **settings
        The settings, as ``%config Vidgo`` lists them: among others ``mode``, ``budget`` and ``confirm_above`` in
        credits, ``preview`` in pixels, and ``timeout`` in seconds.

    Returns
    -------
    Listing of SettingRow, or None
        Without keywords, each setting with its value and who set it.

    Raises
    ------
    RequestError
        With what is wrong with each.

    Examples
    --------
    >>> vidgo.configure(quality="high", budget=200)
    """
    session = current_session()
    configure_settings(session.settings, **settings)
    return None if settings else settings_table(session)


@public
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
