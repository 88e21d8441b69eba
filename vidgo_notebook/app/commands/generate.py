"""``generate``: makes a picture from a shell, waits for it, and says where its file is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vidgo_notebook.app.commands.command import YES, Call, CommandGroup, option
from vidgo_notebook.app.plan.planning import plan_picture
from vidgo_notebook.app.purchase.approval import PurchaseChoices, limit_of
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.domain.cell_options import add_request_options
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.errors import Problem, Problems
from vidgo_notebook.render.listing import message

GENERATE = CommandGroup()
_FIELDS = ("model", "quality", "size", "resolution", "callback_url")


@GENERATE.command(
    "generate",
    "makes a picture, waits for it, and says where its file is",
    option("prompt", metavar="PROMPT", nargs="*", help="what the picture shows"),
    add_request_options,
    option("--dry-run", action="store_true", help="show the exact request and its price; send nothing"),
    option("--fresh", action="store_true", help="buy again, even if the store has it"),
    option("--max-credits", metavar="N", help="refuse if this would cost more"),
    YES,
    option("--save", metavar="PATH", help="also write the file there: a folder, or a name with {n}"),
    option("--annotate", action="store_true", help="write provenance into the file of --save"),
    example='generate "A red bicycle" --size 16:9 --resolution 2K --save bicycle.png',
    table=True,
    only="shell",
    elsewhere="A picture is made by a cell that begins with %%vidgo.",
)
def _generate(call: Call) -> object:
    options, found = call.options, Problems(call.problems)
    fields = {name: getattr(options, name) for name in _FIELDS}
    fields["image"] = [call.front.looked_up(image) for image in options.image]
    if options.take:
        fields["take"] = options.take
    plan = plan_picture(call.session, " ".join(options.prompt), fields, options.takes)
    limit = found.of(lambda: limit_of(options.max_credits), None)
    found += _save_problems(options, len(plan.places))
    if options.dry_run:
        plan.check(found)
        return plan
    choices = PurchaseChoices(fresh=options.fresh, yes=options.yes, max_credits=limit)
    batch = order(call.session, plan, choices, problems=found)
    call.front.show(batch)
    saved = _save(batch, options) if options.save else []
    return message("Saved: " + ", ".join(map(str, saved))) if saved and not getattr(options, "json", False) else None


def _save_problems(options: Any, pictures: int) -> list[Problem]:
    if options.annotate and not options.save:
        return [Problem("annotate", "is about the file that --save writes.", "--save PATH --annotate")]
    if options.save and pictures > 1 and not ("{n}" in options.save or _is_folder(options.save)):
        return [Problem("save", f"{pictures} pictures don't fit into one file.", "a folder/, or a name with {n}")]
    return []


def _save(batch: Batch, options: Any) -> list[Path]:
    """Write the files of the pictures that there are. Raises StoreError."""
    target = options.save + ("/" if _is_folder(options.save) else "")
    return [
        job.result().save(target.replace("{n}", str(job.request.take)), annotate=options.annotate)
        for job in batch
        if ended_well(job)
    ]


def _is_folder(path: str) -> bool:
    return path.endswith(("/", "\\")) or Path(path).expanduser().is_dir()
