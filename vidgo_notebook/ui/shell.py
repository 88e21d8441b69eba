"""The IPython shell: its variables, its events, whether a person is there, how to ask one, and where outputs go.

Kernels differ in what they bring: only this module uses a kernel, and each use says what holds without it.

A front end finds an output to update by its display id on the page alone. What an Output widget took (inside ``with``,
``interact``, a button's handler, a tab) is not there, and ``%%capture`` keeps what was displayed first.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.getipython import get_ipython

from vidgo_notebook.app.presence import ask, say, who_is_there
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.log import logger

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from vidgo_notebook.app.purchase.approval import PurchaseChoices
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.app.settings.traits import Vidgo
    from vidgo_notebook.domain.cell_options import CellOptions


class Shell:
    """A notebook kernel's shell or a terminal's."""

    def __init__(self, ipython: InteractiveShell, settings: Vidgo) -> None:
        self.ipython = ipython
        self.settings = settings

    @property
    def in_notebook(self) -> bool:
        """Whether outputs go to a front end that can show pictures and update them."""
        return getattr(self.ipython, "kernel", None) is not None

    @property
    def variables(self) -> dict[str, Any]:
        """The user's variables."""
        variables: dict[str, Any] = self.ipython.user_ns
        return variables

    def assign(self, name: str, value: Any) -> None:
        """Give a variable its value; one that hides a builtin of Python says so."""
        if hasattr(builtins, name):
            say(f"Note: {name} is now this cell's job, and no longer Python's own: del {name} brings that back.")
        self.variables[name] = value

    def attended(self) -> bool:
        """Whether a person is there, by the setting or by what the front end says.

        The reliable mark is the request's ``allow_stdin``: nbclient, nbconvert, papermill and nbval
        send false. Voilà sends false too, though a person looks at it. Where a kernel does not pass it on, a question
        is put all the same: it fails where it can't be answered, which is a no.
        """
        if self.settings.attended is not None or not self.in_notebook:
            return who_is_there(self.settings.attended) != "no one"
        return self._allows_questions() is not False or "VOILA_KERNEL_ID" in os.environ

    def live(self) -> bool:
        """Whether a person sees an output change after its cell has ended.

        Voilà's pages do not: they keep what a cell displayed while it ran, so there a cell waits; and so it does where
        a kernel does not say whether a person is there, since a converted notebook would be left without the picture.
        """
        if not self.attended() or "VOILA_KERNEL_ID" in os.environ:
            return False
        return self.settings.attended is not None or not self.in_notebook or self._allows_questions() is True

    def ask(self, question: str) -> bool:
        """A yes-or-no question; its trace is cleared from the output. No, where none can be asked."""
        from IPython.display import clear_output

        try:
            answer = ask(question)
        except Exception:  # noqa: BLE001  each kernel has an error of its own for a front end that can't ask
            return False
        if self.in_notebook:
            clear_output()
        return answer

    def on(self, event: str, callback: Callable[[Any], None]) -> Callable[[], None]:
        """Call back at each ``post_run_cell`` or ``pre_run_cell``; what is returned ends that.

        IPython prints a traceback into the cell for a callback that raises, at every cell of the notebook: a fault of
        ours goes to the log.
        """

        def quietly(about: Any) -> None:
            try:
                callback(about)
            except Exception:  # noqa: BLE001  the reader's cell has nothing to do with it
                logger.info("%s failed at %s", callback, event, exc_info=True)

        events: Any = getattr(self.ipython, "events", None)
        if events is None:
            return lambda: None
        events.register(event, quietly)

        def end() -> None:
            if quietly in events.callbacks[event]:
                events.unregister(event, quietly)

        return end

    def looked_up(self, image: Any) -> Any:
        """A variable by its name, which wins over a file of that name; anything else as it is."""
        from vidgo_notebook.app.request.images import Named, Word

        if not isinstance(image, str):
            return image
        if image not in self.variables:
            return Word(image, self._near(image))
        if Path(image).exists():
            say(f"--image {image}: the variable is used, not the file of that name; ./{image} is the file.")
        return Named(self.variables[image], image)

    def choices(self, options: CellOptions, session: Session) -> PurchaseChoices:
        """What a cell says about buying. RequestError where --cluster is not a variable with a client."""
        from vidgo_notebook.app.purchase.approval import PurchaseChoices

        executor = None
        if (name := options.cluster) is not None:
            from vidgo_notebook.app.batches.on_cluster import ClusterExecutor

            if name not in self.variables:
                raise RequestError([Problem("cluster", f"{name} is not a variable.", self._near(name))])
            if self.variables[name] is None:
                raise RequestError([Problem("cluster", f"{name} is None, not a distributed.Client.")])
            executor = ClusterExecutor(session, self.variables[name])
        return PurchaseChoices(options.fresh, options.yes, options.max_credits, executor)

    def _near(self, name: str) -> str:
        """The variable of the user's own whose name is most like ``name``, or ''."""
        from vidgo_notebook.domain.template import is_of_the_user
        from vidgo_notebook.domain.wording import nearest

        return nearest(name, [known for known, value in self.variables.items() if is_of_the_user(known, value)])

    def _allows_questions(self) -> bool | None:
        """Whether the front end takes questions from the running cell; None where the kernel does not say."""
        allowed = self._request().get("allow_stdin")
        return None if allowed is None else bool(allowed)

    def _request(self) -> Mapping[str, Any]:
        """The content of the request that the kernel runs now; empty where it is not known."""
        get_parent: Any = getattr(getattr(self.ipython, "kernel", None), "get_parent", None)
        for arguments in (("shell",), ()):  # ipykernel takes a channel, xeus nothing
            try:
                content = get_parent(*arguments)["content"]
            except Exception:  # noqa: BLE001, S112  a kernel of any make
                continue
            if isinstance(content, Mapping):
                return content
        return {}


# Outputs whose updates never arrive


def is_stored() -> bool:
    """Whether what is displayed now is stored, as by ``%%capture``, and shown later as it was displayed."""
    return isinstance(getattr(get_ipython(), "display_pub", None), CapturingDisplayPublisher)


def in_output_widget() -> bool:
    """Whether what is displayed now goes into an Output widget: one that takes the running request's messages."""
    module = sys.modules.get("ipywidgets")
    if module is None or is_stored():
        return False
    library: Any = module
    known = getattr(sys.modules.get(library.Widget.__module__), "_instances", None)  # ipywidgets 8
    widgets = library.Widget.widgets if known is None else known
    taken = {each.msg_id for each in list(widgets.values()) if isinstance(each, library.Output) and each.msg_id}
    header = getattr(get_ipython().display_pub, "parent_header", None)  # type: ignore[union-attr]  # a widget needs one
    return bool(taken) if header is None else header.get("msg_id") in taken
