"""The description of the endpoints, as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.provider import EMULATOR_HEADER
from vidgo_notebook.domain.rules import MAX_CALLBACK_URL
from vidgo_notebook.emulator.refusal import ERROR_TYPES
from vidgo_notebook.emulator.tasks import EMULATOR_VERSION
from vidgo_notebook.emulator.uploads import MAX_BYTES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TIME: Schema = {**TEXT, "description": "ISO 8601 in UTC, without an offset"}
URL: Schema = {**TEXT, "format": "uri"}


def openapi_document(base_url: str) -> Schema:
    """The document for an emulator that its clients know as ``base_url``."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vidgo API, emulated",
            "version": EMULATOR_VERSION,
            "description": f"A local stand-in. Every answer has the header {EMULATOR_HEADER}.",
        },
        "servers": [{"url": base_url.rstrip("/")}],
        "security": [{"bearer": []}],
        "paths": PATHS,
        "webhooks": {"taskEnded": {"post": WEBHOOK}},
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _schemas() -> Schema:
    listed = {name: _listed(name) for name in CHOICE_FIELDS}
    urls = {"type": ["array", "null"], "items": URL}
    task = {"task_id": {**TEXT, "pattern": r"^task-unified-\d+-[a-z0-9]{8}$"}, "created_time": TIME}
    return {
        "Submit": _object(
            {
                "model": {"enum": list(MODELS)},
                "input": _reference("Input"),
                "callback_url": {"type": ["string", "null"], "format": "uri", "maxLength": MAX_CALLBACK_URL},
            },
            required=("model", "input"),
            closed=True,
        ),
        "Input": _object(
            {"prompt": {"type": "string", "minLength": 1}, **listed, "image_urls": urls},
            required=("prompt",),
            closed=True,
        ),
        "Accepted": _good({**task, "status": {"const": "not_started"}}),
        "Status": _good(
            {
                **task,
                "status": {"enum": ["not_started", "running", "finished", "failed"]},
                "progress": {"type": "integer", "minimum": 0, "maximum": 100},
                "files": {"type": "array", "items": _object({"file_url": TEXT, "file_type": {"const": "image"}})},
                "error_message": {"type": ["string", "null"]},
            }
        ),
        **UPLOAD_SCHEMAS,
        "Balance": _good({"email": TEXT, "credits_amount": {"type": "number"}}),
        "Error": _object(
            {
                "code": {"type": "integer", "description": "the HTTP status"},
                "error": _object({"message": TEXT, "type": TEXT}, required=("message",)),
            }
        ),
    }


def _listed(name: str) -> Schema:
    """The values of all models; the endpoint checks which belong to which model."""
    choices = [choice for model in MODELS.values() if (choice := model.choice(name))]
    values = dict.fromkeys(value for choice in choices for value in choice.values)
    return {"type": ["string", "null"], "examples": list(values)}


def _object(properties: Schema, required: tuple[str, ...] | None = None, closed: bool = False) -> Schema:
    needed = list(properties if required is None else required)
    schema = {"type": "object", "properties": properties, "required": needed}
    return {**schema, "additionalProperties": False} if closed else schema


def _good(data: Schema) -> Schema:
    return _object({"code": {"const": 200}, "data": _object(data)})


def _path_parameter(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _json(schema: str) -> Schema:
    return {"application/json": {"schema": _reference(schema)}}


def _reference(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


def _responses(schema: str, *errors: int) -> Schema:
    good = {"200": _described(schema, _json(schema))}
    return good | {str(status): _error(status) for status in errors}


def _error(status: int) -> Schema:
    untyped = {401: "the key is missing or not valid", 413: "the file is too large"}
    return _described(ERROR_TYPES.get(status) or untyped[status], _json("Error"))


def _picture(*formats: str) -> Schema:
    binary = {"schema": {"contentMediaType": "application/octet-stream"}}
    return _described("The picture", {f"image/{each}": binary for each in formats})


def _described(description: str, content: Schema) -> Schema:
    header = {EMULATOR_HEADER: {"schema": {"const": EMULATOR_VERSION}}}
    return {"description": description, "headers": header, "content": content}


PATHS: Schema = {
    "/api/generate/submit": {
        "post": {
            "summary": "Submit a request for one picture",
            "requestBody": {"required": True, "content": _json("Submit")},
            "responses": _responses("Accepted", 400, 401, 402),
        }
    },
    "/api/generate/status/{task_id}": {
        "get": {
            "summary": "The state of a task, and its files once it is finished",
            "parameters": [_path_parameter("task_id")],
            "responses": _responses("Status", 401, 404),
        }
    },
    "/api/user/balance": {
        "get": {"summary": "The credits in the account", "responses": _responses("Balance", 401)},
    },
    "/api/common/upload/stream": {
        "post": {
            "summary": "Upload a picture",
            "description": "Every field may be written in camel case too.",
            "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _reference("UploadForm")}}},
            "responses": _responses("Uploaded", 400, 401, 413),
        }
    },
    "/files/{name}": {
        "get": {
            "summary": "A generated picture, for 24 hours after its task finished",
            "security": [],
            "parameters": [_path_parameter("name")],
            "responses": {"200": _picture("png", "jpeg"), "404": _error(404)},
        }
    },
    "/uploads/{path}": {
        "get": {
            "summary": "An uploaded picture, for 72 hours; path begins with temp/",
            "security": [],
            "parameters": [_path_parameter("path")],
            "responses": {"200": _picture("png", "jpeg", "gif", "webp"), "404": _error(404)},
        }
    },
    "/openapi.json": {
        "get": {
            "summary": "This document",
            "security": [],
            "responses": {"200": _described("This document", {"application/json": {"schema": {"type": "object"}}})},
        }
    },
}

WEBHOOK: Schema = {
    "summary": "Sent to callback_url when a task is finished or failed; three retries after 1, 2 and 4 s",
    "security": [],
    "requestBody": {"required": True, "content": _json("Status")},
    "responses": {"2XX": {"description": "Received; any other answer, or none within 10 s, is retried"}},
}

_PLACE: Schema = {"upload_path": {**TEXT, "description": "folder below temp/"}, "file_name": TEXT}
_FILE: Schema = {**TEXT, "contentMediaType": "application/octet-stream", "maxLength": MAX_BYTES}

UPLOAD_SCHEMAS: Schema = {
    "UploadForm": _object({"file": _FILE, **_PLACE}, required=("file",)),
    "Uploaded": _good(
        {
            **dict.fromkeys(("file_name", "original_name", "upload_path", "mime_type"), TEXT),
            "file_size": {"type": "integer"},
            **dict.fromkeys(("file_url", "download_url"), URL),
            **dict.fromkeys(("upload_time", "expires_at"), TIME),
        }
    ),
}
