"""What people read of an export: README.md, the preview in a browser, and how to cite it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from vidgo_notebook.app.library.crate import PICTURES, stem_of
from vidgo_notebook.app.library.crate_details import Author, CrateDetails
from vidgo_notebook.app.library.report import HEAD, Report
from vidgo_notebook.render.markup import escape, markdown
from vidgo_notebook.store.results.record import ResultRecord

README, PREVIEW, CITATION, SEEDS = "README.md", "ro-crate-preview.html", "CITATION.cff", "seeds.json"
STARS = "stars.json"
_STYLE = """body { font: 15px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; display: block; overflow-x: auto } td, th { padding: .3rem .6rem; text-align: left }
tr + tr { border-top: 1px solid #ddd }
figure { display: inline-block; width: 15rem; margin: .5rem; vertical-align: top }
figure img { max-width: 100% } figcaption { overflow-wrap: anywhere }"""


def readme(report: Report, details: CrateDetails) -> str:
    """The table, the Methods paragraph, what was left out, and what the files are."""
    table, _, paragraph = report.markdown.rstrip().rpartition("\n\n")
    left_out = "## Left out\n\n" + "".join(f"- {markdown(str(fault))}\n" for fault in report.left_out) + "\n"
    left_out = left_out if report.left_out else ""
    missing = "".join(f"- {markdown(text)}\n" for text in report.missing_inputs)
    left_out += f"## Inputs that are not included\n\n{missing}\n" if missing else ""
    return (
        f"# {markdown(details.title)}\n\n"
        f"{table}\n\n## Methods\n\n{paragraph}\n\n{left_out}## Files\n\n"
        "`pictures/` has the files exactly as they were served (`superseded` in a name: bought again, and not used), "
        "`records/` how each was made (amounts are credits, times UTC), `prompts/` the prompts, `references/` images "
        "of the authors' own that pictures were made from, as they were sent, "
        f"`ratings/` blind judgements, a line of JSON each, `{SEEDS}` the seeds of random prompts, if "
        f"there are any, `{STARS}` the digests of pictures that have a star, `notebook/` the notebook, if it "
        "was given, `environment.txt` the installed packages; "
        "`ro-crate-metadata.json` describes all of it as an [RO-Crate](https://w3id.org/ro/crate/1.1). Names in these "
        "folders agree.\n\n"
        "To run the notebook again with these pictures and without a key: `%vidgo import` this folder or its ZIP file, "
        "then run its cells.\n"
    )


def preview(report: Report, details: CrateDetails) -> str:
    """A page with every picture, for a browser. All text is shown as text."""
    people = escape(", ".join(author.name for author in details.authors))
    title, licence = escape(details.title), escape(details.license)
    facts = " · ".join(filter(None, [people, licence, escape(details.doi)]))
    figures = "".join(_figure(number, record) for number, record in enumerate(report, 1))
    again = "".join(
        _figure(number, record, superseded=True) for number, record in enumerate(report.superseded, len(report) + 1)
    )
    figures += f"\n<h2>Superseded: bought again, and not used</h2>\n{again}" if again else ""
    head = "".join(f"<th>{escape(text)}</th>" for text in HEAD)
    rows = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in report.rows)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n<p>{facts}</p>\n"
        f"<h2>Methods</h2>\n<p>{escape(report.methods)}</p>\n{figures}\n"
        f"<table><tr>{head}</tr>{rows}</table>\n"
        '<p><a href="ro-crate-metadata.json">ro-crate-metadata.json</a></p>\n</body></html>\n'
    )


def _figure(number: int, record: ResultRecord, *, superseded: bool = False) -> str:
    path = quote(f"{PICTURES}/{stem_of(number, record.prompt, superseded=superseded)}{record.suffix}")
    words = escape(record.prompt)
    return (
        f'<figure><a href="{path}"><img src="{path}" alt="{words}" loading="lazy" width="240"></a>'
        f"<figcaption>{words}</figcaption></figure>\n"
    )


def citation(details: CrateDetails, day: str) -> str:
    """A CITATION.cff, format 1.2.0; ``day`` is that of the latest picture, '' if none is recorded."""
    lines = ["cff-version: 1.2.0", "message: Please cite these data as below.", "type: dataset"]
    lines += [f"title: {json.dumps(details.title)}", "authors:", *_people(details.authors)]
    if details.license_url:
        lines.append(f"license: {details.license}")
    if details.doi:
        lines.append(f"doi: {json.dumps(details.doi)}")
    if day:
        lines.append(f"date-released: {day}")
    return "\n".join(lines) + "\n"


def _people(authors: Sequence[Author]) -> list[str]:
    lines = []
    for author in authors:
        given, _, family = author.name.rpartition(" ")
        lines.append(f"  - family-names: {json.dumps(family)}")
        if given:
            lines.append(f"    given-names: {json.dumps(given)}")
        if author.orcid:
            lines.append(f"    orcid: {author.url}")
    return lines
