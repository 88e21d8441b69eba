"""The commands that open a form or a gallery. A person waits for them: they are declared without what others need."""

from __future__ import annotations

from vidgo_notebook.app.commands.command import CommandGroup

FACES = CommandGroup()

FACES.front_only(
    "panel",
    "opens a form, priced while you type",
    example="panel hero",
    takes_jobs=True,
    only="notebook",
    elsewhere="It is a form, which a notebook shows; in Python: vidgo.panel().",
)
FACES.front_only(
    "gallery",
    "shows what the store holds",
    only="notebook",
    elsewhere="It needs a notebook; in Python: vidgo.gallery(). vidgo report lists the pictures of the store.",
)
