"""The functions of ``import vidgo_notebook as vidgo`` for what the store holds: read back, reported, exported, and what
raters said of it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

from vidgo_notebook.app.library.ratings import Ratings
from vidgo_notebook.app.library.report import Report
from vidgo_notebook.app.process import current_session
from vidgo_notebook.domain.arguments import check_flags
from vidgo_notebook.domain.public_call import public
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.store.address import working_folder
from vidgo_notebook.store.results.local_files import path_of
from vidgo_notebook.visible_text import visible


@public
def read(path: str | os.PathLike[str]) -> Result:
    """The result that a picture file is a copy of.

    Parameters
    ----------
    path : str or path
        A file saved with ``annotate``, or any file of the store.

    Returns
    -------
    Result
        ``provenance`` says how it was made, and ``vidgo.panel(vidgo.read(path))`` opens the form with it. If the
        picture was changed after it was saved, ``intact`` is False, and ``bytes`` and ``image`` raise StoreError; if
        only the file's metadata was, ``metadata_changed`` is True, and only ``bytes`` raises it.

    Raises
    ------
    RequestError
        For a file without provenance.
    StoreError
        For provenance that is damaged or of a newer version.

    Examples
    --------
    >>> saved = vidgo.generate("A red bicycle").result().save("bicycle.png", annotate=True)
    >>> vidgo.read(saved).provenance["prompt"]
    'A red bicycle'
    """
    from vidgo_notebook.engine.handles.picture_file import read_picture  # late: few sessions read files back

    return read_picture(path_of(path), current_session().store)


@public
def report(*, everything: bool = False) -> Report:
    """This notebook's results as a table, with a paragraph for a paper.

    Waits for jobs under way.

    Parameters
    ----------
    everything : bool, default False
        All results of the store.

    Returns
    -------
    Report
        A sequence of records; ``methods`` is the paragraph: counts by condition, models, dates (UTC), what failed or
        was refused, what was bought again, and all costs in credits. ``markdown``, ``latex`` and ``bibtex`` are
        texts for a paper.
        ``left_out`` names the records and pictures that are missing or damaged, with the cure.

    Raises
    ------
    StoreError
        If the store can't be read.

    Examples
    --------
    >>> vidgo.generate("A red bicycle").wait().status
    'finished'
    >>> vidgo.report()[0].prompt
    'A red bicycle'
    """
    from vidgo_notebook.app.library.made_report import made_report

    check_flags(everything=everything)
    session = current_session()
    return made_report(session, everything=everything)


@public
def export(
    path: str | os.PathLike[str],
    *,
    everything: bool = False,
    annotate: bool = False,
    title: str | None = None,
    authors: str | Sequence[str] = (),
    license: str | None = None,
    notebook: str | os.PathLike[str] | None = None,
    doi: str | None = None,
) -> Path:
    """Write this notebook's results as a Process Run Crate 0.5 in RO-Crate 1.1.

    Waits for jobs under way. An earlier export is replaced, anything else is left alone.

    Parameters
    ----------
    path : str or path
        One that ends in ``.zip`` is an archive, any other a folder.
    everything : bool, default False
        All results of the store.
    annotate : bool, default False
        Add copies that contain their provenance.
    title : str, optional
        What the whole is called.
    authors : str or sequence of str, optional
        Each a name, or a name with an ORCID: ``"Ada Lovelace <0000-0002-1825-0097>"``.
    license : str, optional
        An SPDX identifier, such as ``CC-BY-4.0``. A crate without a licence is not valid, and none is invented.
    notebook : str or path, optional
        The notebook to include; by default this one, where that is known.
    doi : str, optional
        The DOI under which it is published.

    Returns
    -------
    Path
        The absolute path of the export.

    Raises
    ------
    RequestError
        For a licence, an ORCID, a DOI or a notebook that can't be used; all that is wrong at once.
    StoreError
        For a path that can't be used; nothing is half written. What is missing or damaged in the store is left out,
        with a warning that names it.
    VidgoError
        Without the library rocrate (extra ``crate``).

    Examples
    --------
    >>> vidgo.generate("A red bicycle").wait().status
    'finished'
    >>> vidgo.export("bicycles.zip").name
    'bicycles.zip'
    """
    from vidgo_notebook.app.library.crate_details import understood_details
    from vidgo_notebook.app.library.export import export_results

    check_flags(everything=everything, annotate=annotate)
    target = working_folder() / path_of(path)
    details = understood_details(
        title=title,
        authors=authors,
        license=license,
        doi=doi,
        notebook=notebook,
        folder=working_folder(),
    )
    report = export_results(current_session(), target, details, everything=everything, annotate=annotate)
    if not report.good:
        warnings.warn(visible("\n".join(report.notes)), stacklevel=3)
    return target


@public
def ratings(name: str = "study") -> Ratings:
    """What raters said in a study of ``vidgo.rate``, and what it amounts to.

    Parameters
    ----------
    name : str, default "study"
        The study.

    Returns
    -------
    Ratings
        A sequence of judgements that shows itself as a table by condition. ``agreement`` is Krippendorff's alpha,
        ``preferences`` the chance of each condition to be preferred to another by Bradley and Terry's model, or its
        mean score, with a 95 % bootstrap interval; ``plot()`` draws it, ``to_frame()`` and ``to_rows()`` are its data.
        From stand-ins of the emulator nothing is concluded: they are counted. ``notes`` name what does not count, such
        as a line that was edited by hand. A study without judgements is empty.

    Raises
    ------
    RequestError
        For a name that no study can have.
    StoreError
        If the store can't be read.
    VidgoError
        From ``agreement``, ``preferences`` and ``plot()`` without their packages (extra ``stats``).

    Examples
    --------
    >>> vidgo.ratings("study")
    No judgements in the study 'study' yet.
    """
    from vidgo_notebook.app.library.ratings import read_ratings

    return read_ratings(current_session(), name)
