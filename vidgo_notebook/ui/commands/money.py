"""Commands about prices and charges."""

from __future__ import annotations

from typing import Any

from IPython.display import display

from vidgo_notebook.app import status as reports
from vidgo_notebook.app.costs import costs_of, measure
from vidgo_notebook.app.request.build import new_request
from vidgo_notebook.domain.cell_options import add_request_options
from vidgo_notebook.domain.pricing import credits_text
from vidgo_notebook.ui.commands.command import CommandGroup, Context, option, show_table
from vidgo_notebook.ui.output.bundles import quote_bundle

MONEY = CommandGroup()


@MONEY.command(
    "costs",
    "lists what was charged, and what the store saved",
    option("--check", action="store_true", help="compare with the account's balance (asks the API)"),
)
def _costs(options: Any, context: Context) -> None:
    if options.check:
        measured = measure(context.session)
        text = measured.verdict() if measured else "The balance is saved: check again after the next pictures."
        show_table(text)
    else:
        show_table(*costs_of(context.session).as_text())


@MONEY.command("balance", "asks the API for the account's balance")
def _balance(_: Any, context: Context) -> None:
    show_table(f"{credits_text(context.session.balance())} at {context.session.target.provider}.")


@MONEY.command(
    "quote", "prices a request without sending it", add_request_options, option("prompt", metavar="PROMPT", nargs="*")
)
def _quote(options: Any, context: Context) -> None:
    fields = {name: getattr(options, name) for name in ("model", "quality", "size", "resolution", "callback_url")}
    request = new_request(
        context.session,
        " ".join(options.prompt),
        images=[context.shell.looked_up(image) for image in options.image],
        **fields,
    )
    price = context.session.quote(request, options.takes or 1)
    display(quote_bundle(price)[0], raw=True)


@MONEY.command("models", "lists the models, what they take, and their prices")
def _models(_: Any, __: Context) -> None:
    show_table(*reports.models())
