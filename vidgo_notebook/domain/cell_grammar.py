"""The grammar of a ``%%vidgo`` cell and of commands that take its options: each option, and its values."""

from __future__ import annotations

import argparse
import re
from decimal import Decimal

from vidgo_notebook.domain.arguments import MOST_PLACES, NOT_A_COUNT, TOO_MANY_TAKES, amount_of_credits
from vidgo_notebook.domain.catalogue import DEFAULT_MODEL
from vidgo_notebook.domain.draws import LARGEST_SEED
from vidgo_notebook.domain.image_formats import SAVED_AS, saved_as
from vidgo_notebook.domain.option_parser import EitherWay, OptionParser
from vidgo_notebook.domain.wording import shown

SHOW = ("preview", "full", "none")
_SET_HELP = "an input field that this package does not know, passed on as it is; repeatable"


def add_request_options(parser: OptionParser) -> None:
    """Add the options that describe the picture."""
    add = parser.add_argument
    add("-m", "--model", metavar="MODEL", help=f"default {DEFAULT_MODEL}; with --image its edit sibling")
    add("-q", "--quality", metavar="LEVEL", help="low, medium or high (GPT Image 2)")
    add("-s", "--size", metavar="SIZE", help="auto, a ratio such as 16:9, or WIDTHxHEIGHT")
    add("-r", "--resolution", metavar="RES", help="1K, 2K or 4K")
    image_help = "image to edit: a URL, a path, or a variable; repeatable"
    add("-i", "--image", metavar="REF", action="append", default=[], help=image_help)
    add("--set", metavar="FIELD=VALUE", action="append", default=[], help=_SET_HELP)
    add("-n", "--takes", metavar="N", type=_takes, help="N independent pictures, at N prices")
    add("--take", metavar="K", type=_count, help="only the K-th of them")
    add("--callback-url", metavar="URL", help="passed to the API, which calls it when the picture is done")


def add_purchase_options(parser: OptionParser) -> None:
    """Add the options of several pictures, and about buying them."""
    add = parser.add_argument
    sweep_help = "every combination: of a field, or of a variable of the prompt; repeatable"
    add("--sweep", metavar="FIELD=A,B,C", action="append", default=[], help=sweep_help)
    add("--seed", metavar="N", type=_seed, help="of what {{ choice([…]) }} draws; without it one is drawn and kept")
    add("--skip-invalid", action="store_true", help="leave out combinations that are not possible")
    add("--batch", metavar="NAME", default="", help="a name by which another process can continue the batch")
    add("--dry-run", action="store_true", help="show the exact request and its price; send nothing")
    add("--fresh", action="store_true", help="buy again, even if the store has it")
    add("--max-credits", metavar="N", type=_credits, help="refuse if this would cost more")
    add_yes(parser)


def add_yes(parser: OptionParser) -> None:
    """Add the answer to the question about the price."""
    parser.add_argument(
        "-y",
        "--yes",
        action="store_true",
        help="answer the question about the price, unless confirm_above was set outside; overrides no limit",
    )


def add_save_options(parser: OptionParser) -> None:
    """Add the options about a file to save."""
    add = parser.add_argument
    add("--save", metavar="PATH", help="also write the file there: a folder, or a name with {n}")
    add("--annotate", action="store_true", help="write provenance (XMP, PNG text) into the file of --save")
    add("--as-served", action="store_true", help="save the very bytes that were served, without the mark of AI")
    format_help = f"convert the file of --save: {', '.join(SAVED_AS)}"
    add("--format", metavar="FORMAT", type=_format, choices=tuple(SAVED_AS), help=format_help)


def cell_parser() -> OptionParser:
    """The grammar of ``%%vidgo``."""
    parser = OptionParser(
        "%%vidgo",
        usage="%%%%vidgo [NAME] [options]",
        description="Make a picture. The cell is the prompt; {{ expression }} inserts a notebook value.",
        epilog="Example:\n  %%vidgo hero --quality high --size 16:9 --resolution 4K\n  A silver espresso machine",
    )
    parser.add_argument("name", metavar="NAME", nargs="*", help="variable that receives the job")
    add_request_options(parser)
    add_purchase_options(parser)
    add = parser.add_argument
    add("--cluster", metavar="NAME", help="variable that holds a Dask client, whose workers run the jobs")
    add(
        "--wait",
        action=EitherWay,
        default=None,
        help="wait until the picture is there, or never wait",
    )
    add_save_options(parser)
    add("--show", type=str.casefold, choices=SHOW, default="preview", help="what to embed in the notebook")
    add("--width", metavar="PX", type=_count, help="width of the picture in the notebook, in pixels")
    return parser


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,8}", text):
        raise argparse.ArgumentTypeError(f"{shown(text)} {NOT_A_COUNT}")
    return int(text)


def _takes(text: str) -> int:
    if (takes := _count(text)) > MOST_PLACES:
        raise argparse.ArgumentTypeError(f"{takes:,} {TOO_MANY_TAKES}")
    return takes


def _seed(text: str) -> int:
    if not re.fullmatch(r"\d{1,19}", text) or int(text) > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a whole number from 0")
    return int(text)


def _credits(text: str) -> Decimal:
    amount = amount_of_credits(text)
    if amount is None:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not an amount of credits such as 24")
    return amount


def _format(text: str) -> str:
    if not (name := saved_as(text)):
        raise argparse.ArgumentTypeError(f"{shown(text)} is not one of {', '.join(SAVED_AS)}")
    return name
