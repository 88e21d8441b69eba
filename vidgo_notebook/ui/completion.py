"""Tab in ``%%vidgo`` and ``%vidgo`` lines and inside ``{{ }}``: commands, options, their values, and names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from vidgo_notebook.log import logger

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext

    from vidgo_notebook.app.session import Session
    from vidgo_notebook.domain.option_parser import OptionParser
    from vidgo_notebook.ui.offers import Offer

_MAGICS = ("%vidgo", "%%vidgo")
_OF_MODEL = {"--quality": "quality", "--size": "size", "--resolution": "resolution"}
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*(?:"|$)|'[^']*(?:'|$))+""")
_PART_OF_A_NAME = re.compile(r"(?<![\w.])([^\W\d]\w*)?$")  # not of an attribute, which is IPython's to complete

Found = tuple[Sequence["Offer"], str]
"""What can follow the text before the cursor, and the part of it that is typed already."""


def complete_in(ipython: Any) -> Callable[[], None]:
    """Complete our lines in a shell, in the way that its IPython has; what is returned ends that."""
    from IPython.core import completer

    if decorate := getattr(completer, "context_matcher", None):
        matchers = ipython.Completer.custom_matchers

        def match(context: CompletionContext) -> Any:
            return _complete_in_context(ipython, context)

        matchers.append(decorate(identifier="vidgo_notebook", priority=200)(match))
        return lambda: matchers.remove(match)  # the decorator gives it marks, and nothing else
    for magic in _MAGICS:  # before 8.6, as in Google Colab
        ipython.set_hook("complete_command", _complete_in_event, str_key=magic)

    def end() -> None:
        for magic in _MAGICS:
            ipython.strdispatchers["complete_command"].strs.pop(magic, None)

    return end


def _complete_in_context(ipython: Any, context: CompletionContext) -> Any:
    """What can follow the text before the cursor, as IPython 8.6 and later take it."""
    from IPython.core.completer import SimpleCompletion

    found = _found(_whole_line(context), context.full_text, ipython.user_ns)
    if found is None:
        return {"completions": []}  # a new one each time: IPython writes into it
    offers, fragment = found
    return {
        "completions": [SimpleCompletion(offer.text, type=offer.kind) for offer in offers],
        "suppress": True,
        "matched_fragment": fragment,
        "ordered": True,
    }


def _whole_line(context: CompletionContext) -> str:
    """The line before the cursor, with those that a backslash continues."""
    before = context.text_until_cursor
    above = context.full_text.split("\n")[: context.cursor_line]
    if not above or not above[0].startswith("%%vidgo"):
        return before
    from vidgo_notebook.domain.first_line import whole_first_line  # late: not needed for loading the extension

    whole, below = whole_first_line(above[0], "\n".join([*above[1:], f"{before}."]))
    return before if below else whole[:-1]


def _complete_in_event(ipython: Any, event: Any) -> Sequence[str]:
    """The same for earlier versions, which replace only what follows the last ``=``, ``:`` or blank."""
    offers, fragment = _found(event.text_until_cursor, event.line, ipython.user_ns) or ((), "")
    typed = len(fragment) - len(event.symbol)
    return [offer.text[typed:] for offer in offers]


def _found(before: str, cell: str, variables: Mapping[str, Any]) -> Found | None:
    """What can follow, as far as it is typed already; None: no place of ours, or a fault of ours, which is logged."""
    try:
        found = _completions(before, cell, variables)
    except Exception:  # noqa: BLE001  IPython would print it into the reader's cell
        logger.info("nothing was offered", exc_info=True)
        return None
    if found is None:
        return None
    offers, fragment = found
    mark = fragment[:1] if fragment[:1] in ("'", '"') else ""
    begins = fragment.removeprefix(mark)
    fitting = [each for each in offers if each.text.strip('"').casefold().startswith(begins.casefold())]
    fitting.sort(key=lambda each: not each.text.strip('"').startswith(begins))
    if not fitting:  # what is typed already, with a hint, since IPython would offer words of Python
        return _hint(fragment, "nothing fits"), fragment
    return [replace(each, text=mark + each.text.strip('"') + mark) if mark else each for each in fitting], fragment


def _completions(before: str, cell: str, variables: Mapping[str, Any]) -> Found | None:
    from vidgo_notebook.ui import offers

    magic, _, rest = before.lstrip().partition(" ")
    ours = magic in _MAGICS and magic != before.lstrip()
    in_cell = cell.lstrip().partition("\n")[0].split(" ")[0] == "%%vidgo"
    expression = before.rpartition("{{")[2] if "{{" in before else "}}"
    if (ours or in_cell) and "}}" not in expression:
        name = _PART_OF_A_NAME.search(expression)
        return (list(offers.values(variables)), name[0]) if name else None
    if not ours:
        return None
    words = _WORD.findall(rest)
    fragment = words.pop() if words and rest.endswith(words[-1]) else ""
    return _candidates(magic, words, fragment, variables)


def _candidates(magic: str, words: Sequence[str], fragment: str, variables: Mapping[str, Any]) -> Found:
    """All candidates for the place of the cursor, and the part that is typed already."""
    from vidgo_notebook.app.commands.table import commands_of
    from vidgo_notebook.domain.cell_grammar import cell_parser
    from vidgo_notebook.ui.offers import Offer

    commands = commands_of("notebook")
    if magic == "%vidgo" and not words:
        return [Offer(name, command.summary) for name, command in commands.items()], fragment
    parser = cell_parser() if magic == "%%vidgo" else commands[words[0]].parser() if words[0] in commands else None
    if parser is None:
        return [], fragment
    if words and words[-1] == "--sweep":
        return _swept(fragment, words, variables)
    flag, equals, value = fragment.partition("=")
    if flag == "--sweep" and equals:
        return _swept(value, words, variables)
    if equals and flag.startswith("--"):
        return _values(parser, flag, words, value, variables) or _of_value(parser, flag, value), value
    if words and (following := _values(parser, words[-1], words, fragment, variables)):
        return following, fragment
    if words and _needs_value(parser, words[-1]):
        return _of_value(parser, words[-1], fragment), fragment  # an option there would be wrong
    if magic == "%vidgo" and not fragment.startswith("-") and (named := _named(words[0], fragment, variables)):
        return named, fragment
    if magic == "%%vidgo" and fragment and not fragment.startswith("-"):
        return _hint(fragment, "the variable that receives the job"), fragment
    return _as("option", sorted(parser.flags, key=lambda name: (not name.startswith("--"), name))), fragment


def _named(command: str, fragment: str, variables: Mapping[str, Any]) -> list[Offer]:
    """What a command takes by name."""
    from vidgo_notebook.ui import offers

    found: list[Offer] = []
    if command in _TAKE_JOBS:
        found += offers.jobs(_session(), variables, command)
    if command in _TAKE_BATCHES:
        found += offers.batches(_session())
    if command == "import":
        found += offers.files(fragment, (".zip",), "archive")
    return found


_TAKE_JOBS = ("wait", "show", "stop", "resolve", "panel", "rate")
_TAKE_BATCHES = ("stop", "continue")


def _session() -> Session:
    from vidgo_notebook.app.process import current_session

    return current_session()


def _as(kind: str, texts: Iterable[str]) -> list[Offer]:
    from vidgo_notebook.ui.offers import Offer

    return [Offer(text, kind) for text in texts]


def _values(
    parser: OptionParser, flag: str, words: Sequence[str], fragment: str, variables: Mapping[str, Any]
) -> list[Offer]:
    """What can follow an option; nothing for a switch or for what can't be listed."""
    from vidgo_notebook.domain.catalogue import DEFAULT_MODEL, MODELS
    from vidgo_notebook.ui import offers

    action = parser.action_of(flag)
    name = next((long for long in getattr(action, "option_strings", ()) if long.startswith("--")), "")
    if name == "--image":
        return list(offers.images(variables, fragment))
    if name == "--save":
        return list(offers.files(fragment))
    if name == "--notebook":
        return list(offers.files(fragment, (".ipynb",), "notebook"))
    if name == "--cluster":
        return list(offers.clients(variables))
    if name == "--batch":
        return list(offers.batches(_session()))
    if name == "--model":
        return [offers.Offer(model.name, model.title) for model in MODELS.values()]
    if name in _OF_MODEL:
        model = MODELS.get(_model_in(words) or "", MODELS[DEFAULT_MODEL])
        choice = model.choice(_OF_MODEL[name])
        return _as("value", choice.values if choice else ())
    return _as("value", getattr(action, "choices", None) or ())


def _hint(fragment: str, text: str) -> list[Offer]:
    """Nothing but what is typed already, with what belongs there."""
    from vidgo_notebook.ui.offers import Offer

    return [Offer(fragment, text)]


def _of_value(parser: OptionParser, flag: str, fragment: str) -> list[Offer]:
    """What help says of an option whose values can't be listed."""
    return _hint(fragment, str(getattr(parser.action_of(flag), "help", None) or "nothing fits"))


def _needs_value(parser: OptionParser, flag: str) -> bool:
    action = parser.action_of(flag)
    return action is not None and action.nargs is None


def _swept(text: str, words: Sequence[str], variables: Mapping[str, Any]) -> Found:
    """What may vary, with its ``=``; then its values, each once, and a comma between them. What has no values of its
    own takes those of a list of the notebook."""
    from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
    from vidgo_notebook.domain.sweep import SWEPT_FIELDS
    from vidgo_notebook.ui import offers

    field, equals, listed = text.partition("=")
    if not equals:
        return _as("field", [f"{name}=" for name in SWEPT_FIELDS]), text
    *given, fragment = listed.split(",")
    if field == "model":
        values: Sequence[str] = list(MODELS)
    else:
        named = _model_in(words)
        models = [MODELS[named]] if named in MODELS else list(MODELS.values())
        models = models if field in CHOICE_FIELDS else []
        choices = [choice for model in models if (choice := model.choice(field))]
        values = list(dict.fromkeys(value for choice in choices for value in choice.values))
    if not values and not given:
        return list(offers.lists(variables)), fragment
    return _as("value", [value for value in values if value not in given]), fragment


def _model_in(words: Sequence[str]) -> str | None:
    for before, word in pairwise(words):
        if before in ("-m", "--model"):
            return word
    return next((word.partition("=")[2] for word in words if word.startswith("--model=")), None)
