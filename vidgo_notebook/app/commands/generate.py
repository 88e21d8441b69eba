"""``generate``: makes a picture from a shell, waits for it, and says where its file is."""

from __future__ import annotations

from vidgo_notebook.app.commands.command import YES, Call, CommandGroup, option, prompt_words
from vidgo_notebook.app.plan.planning import plan_picture
from vidgo_notebook.app.purchase.approval import PurchaseChoices, limit_of
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.purchase.save import save_option
from vidgo_notebook.domain.cell_options import add_request_options, add_save_options

GENERATE = CommandGroup()
_FIELDS = ("model", "quality", "size", "resolution", "callback_url")


@GENERATE.command(
    "generate",
    "makes a picture, waits for it, and says where its file is",
    prompt_words("what the picture shows"),
    add_request_options,
    option("--dry-run", action="store_true", help="show the exact request and its price; send nothing"),
    option("--fresh", action="store_true", help="buy again, even if the store has it"),
    option("--max-credits", metavar="N", help="refuse if this would cost more"),
    YES,
    add_save_options,
    example='generate "A red bicycle" --size 16:9 --resolution 2K --save bicycle.png',
    gathers=True,
    only="shell",
    elsewhere="A picture is made by a cell that begins with %%vidgo.",
)
def _generate(call: Call) -> object:
    options, found = call.options, call.problems
    fields = {name: getattr(options, name) for name in _FIELDS}
    fields["image"] = [call.front.looked_up(image) for image in options.image]
    if options.take:
        fields["take"] = options.take
    plan = plan_picture(call.session, " ".join(options.prompt), fields, options.takes)
    limit = found.of(lambda: limit_of(options.max_credits), None)
    choices = PurchaseChoices(options.fresh, options.yes, limit, save=save_option(options, plan, found))
    if options.dry_run:
        plan.check(found)
        return plan
    call.front.show(order(call.session, plan, choices, problems=found))
    return None
