"""The bodies of the service's successful answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import Response

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS

if TYPE_CHECKING:
    from vidgo_notebook.emulator.tasks import Task
    from vidgo_notebook.emulator.uploads import Upload

FILES_PATH, UPLOADS_PATH = "/files/", "/uploads/"
"""The paths below which generated and uploaded pictures are served."""


def accepted_body(task: Task) -> dict[str, Any]:
    """The answer to a submit that was accepted."""
    return _successful({"task_id": task.id, "status": "not_started", "created_time": task.created_time})


def status_body(task: Task, now: float, base_url: str) -> dict[str, Any]:
    """A task as the status endpoint and webhooks show it; file URLs begin with ``base_url``."""
    status, progress = task.state(now)
    files = [{"file_url": file_url(task, base_url), "file_type": "image"}] if status == "finished" else []
    return _successful(
        {
            "task_id": task.id,
            "status": status,
            "files": files,
            "created_time": task.created_time,
            "progress": progress,
            "error_message": task.error if status == "failed" else None,
        }
    )


def balance_body(credits: Decimal) -> dict[str, Any]:
    """The account; ``credits_amount`` is an integer where possible."""
    amount = int(credits) if credits == credits.to_integral_value() else float(credits)
    return _successful({"email": "you@emulator.localhost", "credits_amount": amount})


def uploaded_body(upload: Upload, times: tuple[str, str], base_url: str) -> dict[str, Any]:
    """The answer to an upload; ``times`` are its arrival and its end. Both URLs are the same, as documented."""
    url = f"{base_url.rstrip('/')}{UPLOADS_PATH}{quote(upload.path)}"
    return _successful(
        {
            "file_name": upload.file_name,
            "original_name": upload.original_name,
            "file_size": upload.size,
            "mime_type": upload.mime_type,
            "upload_path": upload.folder,
            "file_url": url,
            "download_url": url,
            "upload_time": times[0],
            "expires_at": times[1],
        }
    )


def file_url(task: Task, base_url: str) -> str:
    """Where the picture of ``task`` can be fetched."""
    return f"{base_url.rstrip('/')}{FILES_PATH}{task.id}{IMAGE_FORMATS[task.picture.format].suffix}"


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """``body`` as JSON in ASCII, so that no character of a request can break the error message that quotes it."""
    return Response(json.dumps(body), status, dict(headers or {}), media_type="application/json")


def _successful(data: dict[str, Any]) -> dict[str, Any]:
    return {"code": 200, "data": data}
