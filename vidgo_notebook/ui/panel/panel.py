"""The panel as a whole: reads the form, asks the session, shows what it says."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from vidgo_notebook.app.form import (
    FormState,
    LiveQuote,
    as_code,
    form_plan,
    form_state,
    last_balance,
    live_quote,
    next_take,
    under_way_elsewhere,
)
from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.plan.planning import plan_requests
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.request.recover import of_result
from vidgo_notebook.app.session import Session, question_text
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.door import in_a_form
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.batch_progress import progress_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.moving import ended_well, when_settled
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.render import form_text as html
from vidgo_notebook.ui.output.live import Follower
from vidgo_notebook.ui.panel.copying import Copying
from vidgo_notebook.ui.panel.fields import Form
from vidgo_notebook.ui.panel.image_list import ImageList
from vidgo_notebook.ui.panel.page import KeyGuard
from vidgo_notebook.ui.panel.parts import box, button, close, focus_on, row, said, sentence, show, style_sheet, words
from vidgo_notebook.ui.panel.price_box import PriceBox
from vidgo_notebook.ui.panel.result_list import ResultBox, ResultList
from vidgo_notebook.ui.panel.result_view import Acts

_SECONDS_BETWEEN_LOOKS = 1.0
FOOT = (
    "The form lives as long as its kernel: it does not survive a reopening of the notebook. "
    "Its results do, and Close leaves a summary in its place."
)
_RELOADED = (
    "This page was loaded again, and Jupyter does not let outputs from before be updated: new results are shown "
    "here and kept in the store, but not in the notebook's file. Run the cell again to have them there too."
)


class Panel:
    """One form on the page. ``keep`` receives every result, ``drop`` one that was removed, and ``foot`` is what is said
    below. Handlers may run in any thread."""

    def __init__(
        self,
        session: Session,
        variables: Mapping[str, Any],
        keep: Callable[[Job], None],
        drop: Callable[[Job], None] = lambda _: None,
        foot: str = FOOT,
    ) -> None:
        self._session, self._variables, self._keep, self._drop = session, variables, keep, drop
        self._lock = threading.RLock()
        self._agreed: set[str] = set()
        self._stopped: list[Job] = []
        self._quote: LiveQuote | None = None
        self._plan: Plan | None = None
        self._closed = False
        self._balance = last_balance(session)
        self._records: frozenset[str] = frozenset()
        self._elsewhere: frozenset[str] = frozenset()
        self._looks = self._looked = 0
        self._awaited: set[str] = set()  # jobs after which the form is priced again
        self._look_at_store()
        self.busy, self.note, self.bars, self.page_note = words(), words(), words(), words()
        self.guard = KeyGuard(self._reloaded, generate=self._by_key, bring_back=self._bring_back)
        self.form = Form(ImageList(variables, self.refresh, self.guard.focus), self.refresh)
        self.price_box = PriceBox(self.generate, self._ask_balance)
        self.copying = Copying("The form", self._code)
        self.stop = button("Stop waiting", self._stop, hint="Stop watching; the jobs keep running, none is lost")
        self.go_on = button("Wait again", self._wait_again, hint="Watch the jobs again")
        self.close_button = button("Close", lambda: None, hint="Replace the form by a summary")
        self.close_button.add_class("vidgo-close")
        self.result_list = ResultList()
        self._follower = Follower(self._show_progress, self._ended)
        self._acts = Acts(self._refer, self.another_take, self._reopen)
        self.box = self._laid_out(foot)
        show(self.stop, False)
        show(self.go_on, False)

    # What is on the form

    def fill(self, state: FormState) -> None:
        """Show a request."""
        with self._lock:
            self.note.value = html.notes([state.note] if state.note else [])
            self.form.fill(state)

    def reset(self) -> None:
        """Back to the settings' defaults; results stay."""
        with self._lock:
            self.copying.hide()
            self.form.images.text.value = ""
            self.fill(form_state(None, self._session, self._variables))

    def refresh(self) -> None:
        """Price what the form holds, and show it: problems, price, budget, whether it can be bought."""
        if self._closed or not hasattr(self, "box"):
            return  # the fields are gone, or still being made
        with self._lock:
            try:
                state = self.form.read()
                self._plan = plan = form_plan(self._session, state, self._variables)
                self._quote = live = live_quote(self._session, plan, records=self._records, elsewhere=self._elsewhere)
            except VidgoError as error:
                self._quote = self._plan = None
                self.price_box.refuse([in_a_form(error.message)])
                return
            problems = self.form.own(live.problems)
            self.form.tell(problems, live.requests[0].prompt)
            self.price_box.show(live, self._reasons(problems, live), self._balance)
            self.copying.changed()
            self._price_again_after_jobs()
            self._look_elsewhere()

    def _look_elsewhere(self) -> None:
        """Other kernels change the price too. One thread looks, again after every change of the form, and as long as
        another kernel makes what it holds."""
        self._looks += 1
        if self._looks == self._looked + 1:
            self._beside_handlers(self._look_until_still)

    def _look_until_still(self) -> None:
        while not self._closed:
            looks, plan, before = self._looks, self._plan, (self._records, self._elsewhere)
            if self._session.store.folder:  # a remote one is listed between cells
                self._look_at_store()
            self._elsewhere = self._under_way_elsewhere(plan)
            if (self._records, self._elsewhere) != before:
                self.refresh()
            with self._lock:
                if not self._elsewhere and self._looks == looks:
                    self._looked = self._looks
                    return
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _under_way_elsewhere(self, plan: Plan | None) -> frozenset[str]:
        try:
            return under_way_elsewhere(self._session, plan) if plan else frozenset()
        except VidgoError:  # what needs the journal reports the error
            return frozenset()

    def _price_again_after_jobs(self) -> None:
        """A job that a cell made changes what the same picture costs here: by its end at the latest."""
        for job in self._session.under_way():
            if job.id not in self._awaited:
                self._awaited.add(job.id)
                job.add_done_callback(lambda _: self._beside_handlers(self._price_again))

    def _price_again(self) -> None:
        self._look_at_store()
        self.refresh()

    @property
    def has_results(self) -> bool:
        """Whether there are any, or will be."""
        return bool(self.result_list.results or self._follower.jobs)

    def between_cells(self) -> None:
        """Variables, settings, the budget and the store may have changed."""
        self.form.images.look_around()
        self._balance = last_balance(self._session)
        self.refresh()
        self._beside_handlers(self._price_changed_store)

    def _beside_handlers(self, work: Callable[[], None]) -> None:
        """On a thread, since the store may be remote; in a fresh context, since no cell may receive its output."""
        threading.Thread(target=contextvars.Context().run, args=(work,), name="vidgo-store", daemon=True).start()

    def _price_changed_store(self) -> None:
        before = self._records
        self._look_at_store()
        if self._records != before:
            self.refresh()

    def _look_at_store(self) -> None:
        """Note what the store holds now."""
        with suppress(VidgoError):  # what needs the store reports the error
            self._records = frozenset(self._session.store.fingerprints())

    def _reasons(self, problems: Sequence[Problem], live: LiveQuote) -> list[str]:
        """Why Generate can't be pressed; of several problems the first, each is beside its field."""
        pending = self.form.images.pending if self.form.has_images else ""
        wrong = [sentence(problem, named=True) for problem in problems[:1]]
        return [reason for reason in (*wrong, pending, live.refusal) if reason]

    def close(self, summary: str) -> None:
        """Close every field; ``summary`` takes their place, and what the results show stays below it: not
        every page lets the form's output be replaced (Voilà does not, nor a page that was loaded again)."""
        with self._lock:
            old = self.box.children
            results = [words(html.result(each.view.value, each.card)) for each in self.result_list.results]
            self.box.children = [style_sheet(), words(summary), *results]
            self._closed = True
            for each in old:
                close(each)

    # Buying

    def generate(self) -> None:
        """Buy what the form holds; a second press while it is running joins it."""
        with self._lock:
            self.refresh()
            if self._plan and not self.price_box.generate.disabled:
                self._buy(self._plan)

    def _by_key(self, prompt: str, label: str) -> None:
        """Ctrl+Enter. What was typed last may still be on its way, so the key brings the prompt, and the price that the
        person saw: at another one nothing is bought."""
        with self._lock:
            self.form.prompt.value = prompt
            self.refresh()
            now = str(self.price_box.generate.description)
            if now.split() != label.split():
                self.note.value = html.notes([f"It is now “{now}”: press Ctrl+Enter again to go on."])
            else:
                self.generate()

    def _bring_back(self, prompt: str) -> None:
        """The prompt that this cell's form held when its kernel ended, unless this one was opened with another."""
        with self._lock:
            if not self.form.prompt.value.strip():
                self.form.prompt.value = prompt
                self.note.value = html.notes(["This is the prompt that the form held when its kernel ended."])

    def first_request(self) -> GenerationRequest:
        """The request of the form, as it stands. Raises RequestError if it is not possible."""
        with self._lock:
            assert self._quote
            if self._quote.problems:
                raise RequestError(self._quote.problems)
            return self._quote.requests[0]

    def _buy(self, plan: Plan) -> None:
        questions: list[tuple[str, str]] = []

        def ask(question: str, known: str) -> bool:
            if question not in self._agreed:
                questions.append((question, known))
            return question in self._agreed

        try:
            with self._session.asking(ask):
                jobs = order(self._session, plan)
        except VidgoError as error:
            if questions:
                (question, known), *_ = questions
                self._balance = last_balance(self._session)  # which the question names
                self.price_box.ask(question_text(question, known), partial(self._answered, question, plan))
            else:
                self._agreed.clear()
                self.note.value = html.wrong(said(error))
        else:
            self._agreed.clear()
            self.note.value = ""
            self._watch(jobs)
        self.refresh()

    def _answered(self, question: str, plan: Plan, yes: bool) -> None:
        with self._lock:
            if yes:
                self._agreed.add(question)
                self._buy(plan)
            else:
                self._agreed.clear()
                self.note.value = html.notes(["Nothing was sent and nothing was spent."])
                self.refresh()

    def _ask_balance(self) -> None:
        """Asked in a thread: the answer may take seconds."""
        self.price_box.balance.disabled = True
        threading.Thread(target=self._bring_balance, name="vidgo-balance", daemon=True).start()

    def _bring_balance(self) -> None:
        try:
            self._session.balance()
            self._balance = last_balance(self._session)
        except (VidgoError, TimeoutError) as error:
            self.note.value = html.wrong(said(error) if isinstance(error, VidgoError) else [str(error)])
        finally:
            self.price_box.balance.disabled = False
            self.refresh()

    # Jobs under way, and their ends

    def _watch(self, jobs: Sequence[Job]) -> None:
        new = [job for job in jobs if not self.result_list.has(job)]
        if jobs and not new:
            self.note.value = html.notes(["This picture is below already: nothing was bought."])
        self._follower.follow(new)

    def _show_progress(self) -> None:
        jobs = [job for job in self._follower.jobs if not job.done()]
        self.bars.value = html.progress([(job.id, progress_of(Batch([job])), job.request.prompt) for job in jobs])
        show(self.stop, bool(jobs))

    def _ended(self, job: Job) -> None:
        """On the follower's thread: previews are made here, not in a handler."""
        try:
            if ended_well(job):
                self._keep(job)
        except VidgoError as error:
            self.note.value = html.wrong(["The notebook could not keep this result:", *said(error)])
        if self._closed:
            return
        if not ended_well(job):  # settled later, it has another end
            when_settled(job, lambda each: self._follower.follow([each]))
        made = ResultBox(job, self._session, self._variables, self._acts, self._remove)
        self.form.images.look_around()
        self.refresh()  # before the result is seen: the price that is seen with it follows from it
        with self._lock:
            self.result_list.put(made)

    def _stop(self) -> None:
        with self._lock:
            self._stopped += self._follower.stop()
            names = ", ".join(job.id for job in self._stopped)
            self.note.value = html.notes([f"Stopped waiting for {names}; what was sent goes on, and nothing is lost."])
            show(self.go_on, True)

    def _wait_again(self) -> None:
        with self._lock:
            left, self._stopped = self._stopped, []
            show(self.go_on, False)
            self.note.value = ""
            self._watch(left)

    def _remove(self, result: ResultBox) -> None:
        """Take a result away, here and in the notebook; its picture stays in the store."""
        with self._lock:
            self.result_list.remove(result)
        self._drop(result.job)

    # What a picture can do

    def _reopen(self, state: FormState) -> None:
        """Of a result that may be far below the fields: bring them into sight."""
        self.fill(state)
        focus_on(self.form.prompt)

    def _refer(self, result: Result) -> None:
        self.use_as_reference(result)
        focus_on(self.form.prompt)

    def use_as_reference(self, result: Result) -> None:
        """Add a picture to the images, for a model that edits."""
        with self._lock:
            self.form.add_image_model()
            self.form.images.add([of_result(result, self._variables, self._session.store)])

    def another_take(self, request: GenerationRequest) -> None:
        """Buy the next take of a request. One at a time: the second of two clicks is ignored."""
        with self._lock:
            self._look_at_store()
            following = replace(request, take=next_take(self._session, request, self._records), callback_url=None)
            own = fingerprint(following, self._session.target.provider)
            if any(own == job.fingerprint for job in (*self._session.under_way(), *self._follower.jobs)):
                waits = f"Take {following.take} is still running: ask for another one when it has ended."
                self.note.value = html.notes([waits])
            else:
                self._buy(plan_requests(self._session, [following]))

    def _code(self, python: bool) -> str:
        """The form as code. Raises RequestError for a request that is not possible."""
        return as_code(self.form.read(), self.first_request(), python=python)

    # The page

    def _laid_out(self, foot: str) -> Any:
        acts = row(self.stop, self.go_on, *self.copying.buttons, button("Reset", self.reset), self.close_button)
        self.price_box.box.children = [*self.price_box.box.children, acts, self.copying.box]
        columns = box(self.form.box, self.price_box.box, kind="vidgo-columns")
        results = (self.result_list.box, self.result_list.earlier)
        below = (self.note, self.bars, *results, self.page_note, words(html.muted(foot)))
        made = box(style_sheet(), self.guard, self.busy, columns, *below, kind="vidgo-panel")
        made.add_class("vidgo-form")
        return made

    def _reloaded(self) -> None:
        self.page_note.value = html.notes([_RELOADED])
