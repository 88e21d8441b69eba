"""Runs in an environment of its own, where roc-validator is: prints what it finds in a crate, as JSON.

    python validate_crate.py CRATE CONTEXT PROFILE…

CONTEXT is the published JSON-LD context as a file: the validator would fetch it from the network.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rdflib.plugins.parsers import jsonld
from rdflib.plugins.shared.jsonld import context, util
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.utils.http import HttpRequester

CRATE, CONTEXT, *PROFILES = sys.argv[1:]
TEXT = Path(CONTEXT).read_text(encoding="utf-8")


class Answer:
    """What the host of the contexts answers."""

    status_code, ok, from_cache, headers = 200, True, True, {"Content-Type": "application/ld+json"}
    text, content = TEXT, TEXT.encode()

    def json(self) -> Any:
        return json.loads(TEXT)

    def raise_for_status(self) -> None:
        pass


def loaded(source: Any, *arguments: Any, **keywords: Any) -> Any:
    return (json.loads(TEXT), None) if "w3id.org/ro/crate" in str(source) else original(source, *arguments, **keywords)


original = util.source_to_json
for module in (util, context, jsonld):
    module.source_to_json = loaded  # type: ignore[attr-defined]
for method in ("get", "head", "fetch"):
    setattr(HttpRequester, method, staticmethod(lambda *_, **__: Answer()))

found = {}
for profile in PROFILES:
    settings = ValidationSettings(
        rocrate_uri=CRATE,
        profile_identifier=profile,
        requirement_severity=Severity.RECOMMENDED,
        skip_availability_check=True,
    )
    found[profile] = [
        f"{issue.check.identifier}: {issue.message}" for issue in services.validate(settings).get_issues()
    ]
print(json.dumps(found))
