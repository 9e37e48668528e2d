"""The signing bench: shows a signature step by step, explains one that doesn't fit, and reads.

The secret is used for one answer. It is neither stored nor logged, nor does it come back with the
page; with script it doesn't even leave the browser.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kameng.access import agents_only, page
from kameng.forms.developer import SigningForm
from kameng.models import Agent
from kameng.signing_check import Finding, check_signature, compare_strings
from outbound.signing import (
    KEY_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    Signable,
    canonical_string,
    signature,
)

READABLE = "/api/v1/"
SHOWN_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """What our own API answered to a request of the bench."""

    status: int
    reason: str
    body: str


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("secret")
@agents_only
def signing(request: HttpRequest, agent: Agent) -> HttpResponse:
    keys = list(agent.api_keys.usable())
    initial = {
        "key_id": keys[0].key_id if keys else "",
        "method": "GET",
        "path": "/api/v1/account",
    }
    form = SigningForm(request.POST or None, initial=initial)
    context: dict[str, object] = {"form": form, "keys": keys}
    if request.method == "POST" and form.is_valid():
        context.update(_answers(request, form))
    status = 422 if form.errors else 200
    return page(request, agent, "developer/signing", context, status=status)


def _answers(request: HttpRequest, form: SigningForm) -> dict[str, object]:
    said, signed = form.cleaned_data, form.signable
    headers = {
        KEY_HEADER: said["key_id"],
        TIMESTAMP_HEADER: signed.timestamp,
        NONCE_HEADER: signed.nonce,
        SIGNATURE_HEADER: signature(said["secret"], signed),
    }
    answers: dict[str, object] = {
        "digest": hashlib.sha256(signed.body).hexdigest(),
        "canonical": canonical_string(signed),
        "signature": headers[SIGNATURE_HEADER],
        "headers": headers,
        "findings": _findings(form, signed),
    }
    if "send" in request.POST:
        answers["answer"] = _read(request, signed, headers)
    return answers


def _findings(form: SigningForm, signed: Signable) -> list[Finding]:
    said = form.cleaned_data
    findings = []
    if said["given"].strip():
        findings.append(
            check_signature(
                signed, secret=said["secret"], key_id=said["key_id"], given=said["given"]
            )
        )
    if said["given_string"].strip():
        findings += compare_strings(signed, said["given_string"])
    if findings and not (said["timestamp"] and said["nonce"]):
        return [
            Finding(
                _(
                    "To compare, give the timestamp and the nonce that your program signed with:"
                    " otherwise this page makes new ones, and every signature differs."
                )
            )
        ]
    return findings


def _read(request: HttpRequest, signed: Signable, headers: dict[str, str]) -> ReadAnswer:
    """Make the request of our own API, in this process, as if it had come from the browser."""
    path, _mark, query = signed.path_and_query.partition("?")
    if signed.method != "GET" or not path.startswith(READABLE):
        text = _("Only GET requests below %(path)s are sent from here.") % {"path": READABLE}
        return ReadAnswer(0, text, "")
    kept = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "SERVER_NAME", "SERVER_PORT", "HTTP_HOST")
    inner = WSGIRequest(
        {
            **{name: request.META[name] for name in kept if name in request.META},
            **{f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()},
            "HTTP_ACCEPT_LANGUAGE": request.LANGUAGE_CODE,
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "RAW_URI": signed.path_and_query,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": "0",
            "wsgi.url_scheme": request.scheme,
            "wsgi.input": BytesIO(),
        }
    )
    try:
        match = resolve(inner.path_info)
    except Resolver404:
        return ReadAnswer(404, HTTPStatus(404).phrase, "")
    response = match.func(inner, *match.args, **match.kwargs)
    if hasattr(response, "render") and not response.is_rendered:
        response.render()
    return ReadAnswer(response.status_code, response.reason_phrase, _pretty(response.content))


def _pretty(content: bytes) -> str:
    try:
        text = json.dumps(json.loads(content), ensure_ascii=False, indent=2)
    except ValueError:
        text = content.decode("utf-8", "replace")
    return text[:SHOWN_BYTES]
