"""The IPython shell: its variables, its events, whether a person is there, and how to ask one.

Kernels differ in what they bring: only this module uses a kernel, and each use says what holds without it.
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.presence import ask, say, who_is_there
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.log import logger
from vidgo_notebook.ui.output.captured import is_stored

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
        self._running: list[object] | None = None
        """The ids of the requests whose cells run, once a cell has begun or ended."""
        self._told: bool | None = None
        """What the last cell's request said of questions."""

    @property
    def in_notebook(self) -> bool:
        """Whether outputs go to a front end that can show pictures and update them."""
        return getattr(self.ipython, "kernel", None) is not None

    @property
    def keeps_outputs(self) -> bool:
        """Whether a program without a kernel takes the outputs, to put them into a notebook, as nbdev does; in a
        terminal, what ``%%capture`` keeps is shown as text."""
        from IPython.terminal.interactiveshell import TerminalInteractiveShell

        return is_stored() and not self.in_notebook and not isinstance(self.ipython, TerminalInteractiveShell)

    @property
    def variables(self) -> dict[str, Any]:
        """The user's variables."""
        variables: dict[str, Any] = self.ipython.user_ns
        return variables

    def note(self, text: str) -> None:
        """Tell the person of a cell; as a block of its own in a notebook, where a printed line breaks inside words."""
        if self.in_notebook:
            from vidgo_notebook.render import markup  # late: few cells have notes
            from vidgo_notebook.ui.output.live import put

            put({"text/html": markup.frame(markup.line(markup.escape(text))), "text/plain": text})
        else:
            say(text)

    def assign(self, name: str, value: Any) -> None:
        """Give a variable its value; one that hides a builtin of Python says so."""
        if hasattr(builtins, name):
            self.note(f"Note: {name} is now this cell's job, and no longer Python's own: del {name} brings that back.")
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

        if self.in_notebook and not self._is_heard():
            return False
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

    def watch_cells(self) -> Callable[[], None]:
        """From now on know which cells run; what is returned ends that."""
        ends = self.on("pre_run_cell", self._begin), self.on("post_run_cell", self._end)

        def end() -> None:
            for each in ends:
                each()

        return end

    def _begin(self, _: Any) -> None:
        self._running = [*(self._running or ()), self._header().get("msg_id")]
        self._allows_questions()  # noted for the handlers of the widgets that the cell makes

    def _end(self, _: Any) -> None:
        self._running = self._running or []
        with suppress(ValueError):
            self._running.remove(self._header().get("msg_id"))

    def _is_heard(self) -> bool:
        """Whether the front end shows a question of the running code. It does for a cell that runs, and not for the
        handler of a widget, nor for a task or thread that goes on after its cell: there ``input`` may wait for ever."""
        header = self._header()
        if header.get("msg_type") == _OF_A_WIDGET:
            return False
        return self._running is None or header.get("msg_id") in (None, *self._running)

    def looked_up(self, image: Any) -> Any:
        """A variable by its name, which wins over a file of that name; anything else as it is."""
        from vidgo_notebook.app.request.images import Named, Word

        if not isinstance(image, str):
            return image
        if image not in self.variables:
            return Word(image, self._near(image))
        if Path(image).exists():
            self.note(f"--image {image}: the variable is used, not the file of that name; ./{image} is the file.")
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
        """Whether the front end takes questions from cells; None where the kernel does not say. A widget's handler runs
        for the person who was there when its cell ran."""
        allowed = _part(self._request(), "content").get("allow_stdin")
        if allowed is not None:
            self._told = bool(allowed)
        return self._told if allowed is not None or self._header().get("msg_type") == _OF_A_WIDGET else None

    def _header(self) -> Mapping[str, Any]:
        return _part(self._request(), "header")

    def _request(self) -> Mapping[str, Any]:
        """The request that the kernel runs now; empty where it is not known."""
        get_parent: Any = getattr(getattr(self.ipython, "kernel", None), "get_parent", None)
        for arguments in (("shell",), ()):  # ipykernel takes a channel, xeus nothing
            try:
                request = get_parent(*arguments)
            except Exception:  # noqa: BLE001, S112  a kernel of any make
                continue
            if isinstance(request, Mapping):
                return request
        return {}


_OF_A_WIDGET = "comm_msg"
"""The request that runs the handlers of a widget that a person uses."""


def _part(request: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = request.get(name)
    return part if isinstance(part, Mapping) else {}
