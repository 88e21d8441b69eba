"""``generate``: makes pictures from a shell, waits for them, and says where their files are."""

from __future__ import annotations

from vidgo_notebook.app.commands.command import Call, CommandGroup, option, prompt_words
from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.plan.planning import plan_command
from vidgo_notebook.app.plan.table_plan import plan_map
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.purchase.save import save_option
from vidgo_notebook.domain.cell_grammar import add_purchase_options, add_request_options, add_save_options
from vidgo_notebook.domain.cell_options import command_options, request_fields
from vidgo_notebook.errors import Problem

GENERATE = CommandGroup()
_OF_A_TABLE = ("take", "save")
_NOT_OF_A_TABLE = ("sweep", "takes", "skip_invalid", "annotate", "format", "as_served")


@GENERATE.command(
    "generate",
    "makes a picture, a sweep or a table of them, waits for them, and says where their files are",
    prompt_words("what the picture shows; with --sweep and --table {{ name }} is a variable or a column"),
    add_request_options,
    option("--table", metavar="FILE", help="a picture for each row of a CSV, TSV or JSON file"),
    add_purchase_options,
    add_save_options,
    example='generate "A red bicycle" --size 16:9 --resolution 2K --save bicycle.png',
    gathers=True,
    only="shell",
    elsewhere="A picture is made by a cell that begins with %%vidgo.",
)
def _generate(call: Call) -> object:
    options, found, save = call.options, call.problems, None
    if options.table is None:
        plan = plan_command(
            call.session, command_options(options, found), " ".join(options.prompt), call.front.looked_up
        )
        save = save_option(options, plan, found)
    else:
        plan = _plan_table(call)
    if options.dry_run:
        plan.check(found, skip_invalid=options.skip_invalid)
        return plan
    choices = PurchaseChoices(options.fresh, options.yes, options.max_credits, save=save)
    batch = order(call.session, plan, choices, skip_invalid=options.skip_invalid, name=options.batch, problems=found)
    call.front.show(batch)
    return None


def _plan_table(call: Call) -> Plan:
    """A place for each row: an option is the name of a column, or a value for all rows."""
    options = call.options
    for name in _NOT_OF_A_TABLE:
        if getattr(options, name):
            call.problems.append(Problem(name, "is not possible with --table, which has a row for each picture."))
    said = {**request_fields(vars(options), call.problems), **{name: getattr(options, name) for name in _OF_A_TABLE}}
    fields = {name: value for name, value in said.items() if value is not None}
    if options.prompt:
        fields["prompt"] = " ".join(options.prompt)
    if images := [call.front.looked_up(image) for image in options.image]:
        fields["image"] = images[0] if len(images) == 1 else images
    return plan_map(call.session, options.table, fields, {}, seed=options.seed)
