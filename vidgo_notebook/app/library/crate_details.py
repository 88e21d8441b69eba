"""What an author says about an export: title, authors, licence, DOI and the notebook."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import Problem, Problems, RequestError, VidgoError
from vidgo_notebook.store.results.local_files import path_of
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain
from vidgo_notebook.visible_text import visible, visible_name

TITLE = "Images generated in a notebook"
_AUTHOR = re.compile(
    r"\s*(?P<name>[^<>;]*[^<>;\s])\s*(?:<\s*(?:https?://orcid\.org/)?(?P<orcid>[^<>;\s]+)\s*>)?\s*"
    r"(?:;\s*(?P<affiliation>[^<>;]*[^<>;\s])\s*(?:<\s*(?P<site>https?://[^<>;\s]+)\s*>)?\s*)?$"
)
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
_LISTED = re.compile(r"[A-Za-z0-9.-]+")
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)$", re.IGNORECASE)
_MOST_BYTES = 256 * 1024 * 1024
_AUTHOR_EXAMPLE = '"Ada Lovelace <0000-0002-1825-0097>; University of London <https://www.london.ac.uk>"'


@dataclass(frozen=True, slots=True)
class Author:
    """A person; ``orcid`` is their identifier at orcid.org, ``affiliation`` their organization and ``site`` its page;
    '' for what was not given."""

    name: str
    orcid: str = ""
    affiliation: str = ""
    site: str = ""

    @property
    def url(self) -> str:
        """The person's page; '' without an identifier."""
        return f"https://orcid.org/{self.orcid}" if self.orcid else ""


@dataclass(frozen=True, slots=True)
class CrateDetails:
    """``license`` is an SPDX identifier or expression, ``doi`` begins with ``10.``; '' if they were not given.
    ``notebook`` is a file, which has been read, or None."""

    title: str = TITLE
    authors: tuple[Author, ...] = ()
    license: str = ""
    doi: str = ""
    notebook: Path | None = None

    @property
    def license_url(self) -> str:
        """The page of the licence at spdx.org; '' for an expression of several, and for one that is not in the list."""
        is_listed = _LISTED.fullmatch(self.license) and not self.license.startswith("LicenseRef-")
        return f"https://spdx.org/licenses/{self.license}" if is_listed else ""

    @property
    def missing(self) -> list[str]:
        """What a published export should have and was not said, each with what to write."""
        alone = [author.name for author in self.authors if not author.site]
        asked = [
            (self.license, "No licence was given, so no one else may use it: --license CC-BY-4.0, or another."),
            (self.authors, f"No author was given: --author {_AUTHOR_EXAMPLE}."),
            (not alone, f"No organization was given for {', '.join(alone)}: --author {_AUTHOR_EXAMPLE}."),
            (self.notebook, "The notebook is not in it: --notebook FILE.ipynb."),
        ]
        return [text for given, text in asked if not given]


def understood_details(
    *,
    title: object = None,
    authors: object = (),
    license: object = None,
    doi: object = None,
    notebook: object = None,
    folder: Path,
) -> CrateDetails:
    """What was given, understood; the notebook, if none was given, is the one that this kernel belongs to, where that
    is known. Relative paths are within ``folder``. Raises RequestError with all that is wrong."""
    found = Problems()
    details = CrateDetails(
        title=_one_line(found.of(lambda: _text("title", title), "")) or TITLE,
        authors=tuple(found.of(partial(_author, each), Author("")) for each in _each(authors)),
        license=found.of(lambda: _license(_text("license", license)), ""),
        doi=found.of(lambda: _doi(_text("doi", doi)), ""),
        notebook=found.of(lambda: _notebook(None if notebook is None else path_of(notebook, "notebook"), folder), None),
    )
    found.check()
    return details


def _text(field: str, given: object) -> str:
    """A text; '' for none."""
    if given is None:
        return ""
    if not isinstance(given, str):
        raise _problem(field, f"must be text, not {type(given).__name__}.", "")
    return given


def _each(authors: object) -> Sequence[object]:
    """The authors one by one; one alone may be given without a list."""
    return authors if isinstance(authors, (list, tuple)) else [] if authors is None else [authors]


def _author(given: object) -> Author:
    text = _text("author", given)
    match = _AUTHOR.match(text)
    if match is None:
        raise _problem("author", f"{shown(text)} is not a name, or a name with an ORCID.", _AUTHOR_EXAMPLE)
    orcid = (match["orcid"] or "").upper()
    if orcid and not _ORCID.fullmatch(orcid):
        raise _problem("author", f"{shown(orcid)} is not an ORCID: four groups of four.", _AUTHOR_EXAMPLE)
    if orcid and (right := _check_digit(orcid)) != orcid[-1]:
        raise _problem("author", f"{orcid} is not an ORCID: its last digit would be {right}. Look it up again.", "")
    return Author(_one_line(match["name"]), orcid, _one_line(match["affiliation"] or ""), match["site"] or "")


def _one_line(text: str) -> str:
    """Without control characters, which metadata would carry to other programs."""
    return visible(" ".join(text.split()))


def _check_digit(orcid: str) -> str:
    """ISO 7064, MOD 11-2, as https://support.orcid.org describes it.

    >>> _check_digit("0000-0002-1825-0097")
    '7'
    """
    total = 0
    for digit in orcid.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return "X" if rest == 10 else str(rest)


def _license(text: str) -> str:
    if not text:
        return ""
    try:
        from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
    except ImportError:
        raise VidgoError(
            "A licence is checked with the package packaging, which is too old or not installed.",
            cost="Nothing was written.",
            hint='pip install "vidgo-notebook[crate]"',
        ) from None
    try:
        return canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        reason = f"{shown(text)} is not one of https://spdx.org/licenses."
        raise _problem("license", reason, "CC-BY-4.0") from None


def _doi(text: str) -> str:
    if not text:
        return ""
    if match := _DOI.match(text.strip()):
        return match[1]
    raise _problem("doi", f"{shown(text)} is not a DOI.", "10.5281/zenodo.1234567")


def _notebook(given: Path | None, folder: Path) -> Path | None:
    path = folder / (given or os.environ.get("JPY_SESSION_NAME") or "")
    if given is None and not path.is_file():
        return None
    name = visible_name(path)
    try:
        read_plain(path, _MOST_BYTES)
    except PlainFileError as error:
        raise _problem("notebook", f"{name} can't be used: {error.message}", "FILE.ipynb") from None
    except OSError as error:
        raise _problem("notebook", f"{name} can't be read: {error.strerror or error}.", "FILE.ipynb") from None
    return path


def _problem(field: str, reason: str, instead: str) -> RequestError:
    return RequestError([Problem(field, reason, instead)])
