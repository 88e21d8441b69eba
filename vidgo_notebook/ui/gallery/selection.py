"""What can be done with several pictures at once: export them, and delete what was bought again."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property

import ipywidgets as widgets

from vidgo_notebook.app.library.index import day_of
from vidgo_notebook.app.library.select import Selection
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.wording import counted, one_line
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.render import form_text as html
from vidgo_notebook.render import markup
from vidgo_notebook.store.address import working_folder
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.ui.panel.parts import Looks, box, button, on_enter, row, show, words
from vidgo_notebook.visible_text import visible_name

_LISTED = 20
_EXPORT = "vidgo-export.zip"


class ExportRow:
    """Where to the selected pictures are written."""

    def __init__(self, start: Callable[[], None], cancel: Callable[[], None]) -> None:
        self.path = widgets.Text(description="Folder, or file that ends in .zip", value=_EXPORT)
        self.path.on_msg(on_enter(start))
        self.write = button("Export", start)
        self.box = row(box(self.path, kind="vidgo-field"), self.write, button("Cancel", cancel))
        self.box.add_class("vidgo-ways")


class DeleteQuestion:
    """What would be deleted, and whether it is to be."""

    def __init__(self, delete: Callable[[], None], cancel: Callable[[], None]) -> None:
        self.list = words()
        self.confirm = button("", delete, colour="warning")
        self.box = box(self.list, row(self.confirm, button("Keep them", cancel)))


class SelectionBar:
    """The number of selected pictures, and buttons for all of them. ``selected`` gives their records; ``everything``
    selects the page, ``nothing`` ends the selection, and ``deleted`` is called when results are gone."""

    def __init__(
        self,
        session: Session,
        selected: Callable[[], Sequence[ResultRecord]],
        everything: Callable[[], None],
        nothing: Callable[[], None],
        deleted: Callable[[], None],
        looks: Looks,
    ) -> None:
        self._session, self._selected, self._deleted = session, selected, deleted
        self._going: list[tuple[str, ResultRecord]] = []
        self.count, self.note, self.asked = words(**looks.words), words(**looks.words), box(**looks.layout)
        self.page = button("Select page", everything, hint="Select every picture of this page too", **looks.button)
        self.none = button("Clear selection", nothing, hint="Select no picture")
        self.export = button("Export…", self._ask_path, hint="Write the selected pictures as a research object")
        self.delete = button(
            "Delete superseded…",
            self._show_superseded,
            hint="Show what was bought again, and delete it on request",
            **looks.button,
        )
        buttons = row(self.page, self.none, self.export, self.delete, self.count, **looks.layout)
        self.box = box(buttons, self.asked, self.note, **looks.layout)
        self.follow()

    @cached_property
    def export_row(self) -> ExportRow:
        """Made when it is asked for, so that the gallery opens sooner."""
        made = ExportRow(self._start_export, self._cancel)
        self.asked.children = (*self.asked.children, made.box)
        return made

    @cached_property
    def question(self) -> DeleteQuestion:
        """Made when it is asked for, too."""
        made = DeleteQuestion(self._delete, self._cancel)
        self.asked.children = (*self.asked.children, made.box)
        return made

    def follow(self) -> None:
        """The selection has changed."""
        number = len(self._selected())
        self.count.value = html.muted(f"{number:,} selected" if number else "")
        show(self.none, bool(number))
        show(self.export, bool(number))
        self.note.value = ""  # it was about another selection
        self._cancel()

    def _cancel(self) -> None:
        for each in self.asked.children:
            show(each, False)

    # Export

    def _ask_path(self) -> None:
        self._cancel()
        show(self.export_row.box, True)

    def _start_export(self) -> None:
        """On a thread: it may take seconds."""
        self.export_row.write.disabled = True
        self.note.value = html.muted(f"Exporting {counted(len(self._selected()), 'picture')} …")
        run = contextvars.Context().run
        threading.Thread(target=run, args=(self._export,), name="vidgo-export", daemon=True).start()

    def _export(self) -> None:
        from vidgo_notebook.app.library.export import export_results  # late: it is large

        target = self.export_row.path.value.strip() or _EXPORT
        try:
            report = export_results(self._session, working_folder() / target, chosen=list(self._selected()))
        except VidgoError as error:
            self.note.value = html.wrong(str(error).split("\n"))
        else:
            done = f"{counted(len(report), 'result')} exported to {visible_name(target)}."
            self.note.value = html.muted(done) + html.notes(report.notes)
            show(self.export_row.box, False)
        finally:
            self.export_row.write.disabled = False

    # What was bought again

    def _show_superseded(self) -> None:
        """Show the earlier generations of the selected pictures; without a selection, those of the whole store."""
        self._cancel()
        wanted = {record.fingerprint for record in self._selected()}
        try:
            found = Selection().find(self._session.store.contents(), datetime.now(UTC))
        except VidgoError as error:
            self.note.value = html.wrong(str(error).split("\n"))
            return
        self._going = [each for each in found if not wanted or each[1].fingerprint in wanted]
        place = "for the selected pictures" if wanted else "in the store"
        if not self._going:
            self.note.value = html.muted(f"Nothing {place} was bought again: there is nothing to delete.")
            return
        self.note.value = ""
        size = sum(record.size_bytes for _, record in self._going) / 1e6
        self.question.list.value = _listed(
            f"{counted(len(self._going), 'result')} {place} would be deleted, {size:,.1f} MB: each was bought again, "
            "and its later picture stays.",
            [record for _, record in self._going],
        )
        self.question.confirm.description = f"Delete {counted(len(self._going), 'result')}"
        show(self.question.box, True)

    def _delete(self) -> None:
        going, self._going = self._going, []
        show(self.question.box, False)
        try:
            gone = self._session.store.remove(going) if going else 0
        except VidgoError as error:
            self.note.value = html.wrong(str(error).split("\n"))
            return
        kept = f" {len(going) - gone} changed meanwhile and were kept." if gone < len(going) else ""
        self._deleted()
        self.note.value = html.muted(f"{counted(gone, 'result')} deleted.{kept}")


def _listed(title: str, records: Sequence[ResultRecord]) -> str:
    rows = [
        (record.model, day_of(record), f"{record.size_bytes / 1e6:.1f} MB", one_line(record.prompt, 60))
        for record in records[:_LISTED]
    ]
    more = [f"and {len(records) - _LISTED:,} more"] if len(records) > _LISTED else []
    table = markup.table(rows, ("model", "made", "size", "prompt"))
    return html.notes([title]) + table + "".join(map(html.muted, more))
