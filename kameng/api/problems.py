"""Errors as RFC 9457 problem details: whatever happens under /api/, this is what a program gets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language_from_request
from rest_framework import exceptions as drf

from catalog.errors import AccountInvalid
from kameng.api.catalogue import PROBLEM_TYPES
from kameng.api.errors import (
    ApiError,
    BadRequest,
    InternalError,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Unavailable,
    UnsupportedMediaType,
)
from users.errors import PersonError

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
# Under this the documentation explains each code: a problem's `type` leads there.
TYPE_BASE = "/api/docs/#"


def handle(exception: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's exception handler: nothing gets past it."""
    return problem(_as_person_error(exception))


def problem(error: PersonError) -> HttpResponse:
    """The answer that tells of an error."""
    response = HttpResponse(
        json.dumps(document(error), ensure_ascii=False),
        status=error.status,
        content_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store"},
    )
    if error.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'HMAC-SHA256 realm="api"'
    if isinstance(error, MethodNotAllowed):
        response["Allow"] = ", ".join(error.allowed)
    if isinstance(error, ApiError) and error.retry_after_seconds is not None:
        response["Retry-After"] = str(error.retry_after_seconds)
    return response


def document(error: PersonError) -> dict[str, Any]:
    """The problem as a JSON object."""
    known = PROBLEM_TYPES.get(error.code)
    title = known.title if known else HTTPStatus(error.status).phrase
    told = {
        "type": f"{TYPE_BASE}{error.code}",
        "title": str(title),
        "status": error.status,
        "detail": str(error.message),
        "code": error.code,
    }
    errors = _errors_by_field(error)
    return {**told, "errors": errors} if errors else told


def _errors_by_field(error: PersonError) -> dict[str, list[str]]:
    """Messages by the path of the field: `quantity`, `account.phone`."""
    found: Mapping[str, Sequence[str | Promise]] = {}
    if isinstance(error, Invalid):
        found = error.errors
    elif isinstance(error, AccountInvalid):
        found = {f"account.{name}": [text] for name, text in error.errors.items()}
    elif error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        found = {error.field or "body": [error.message]}
    return {name: [str(text) for text in texts] for name, texts in found.items()}


def _as_person_error(exception: Exception) -> PersonError:
    match exception:
        case PersonError():
            return exception
        case drf.ParseError():
            return Invalid({"body": [str(exception.detail)]})
        case drf.UnsupportedMediaType():
            return UnsupportedMediaType()
        case Http404() | drf.NotFound():
            return NotFound()
        case OperationalError() | InterfaceError():
            log.error("database_unavailable", error=type(exception).__name__)
            return Unavailable()
    log.exception("api_call_crashed", exc_info=exception)
    return InternalError()


def not_found(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """The view of every address that the API doesn't have."""
    return problem(NotFound())


def bad_request(request: HttpRequest) -> HttpResponse:
    """For a request that was refused before it reached the API, such as one for another host."""
    with translation.override(get_language_from_request(request)):
        return problem(BadRequest())
