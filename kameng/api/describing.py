"""How a call is described in the schema: its security, its answers, its errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from kameng.api.catalogue import PROBLEM_TYPES, ProblemType
from outbound.signing import KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

PROBLEM_MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/api/docs/#"


class ProblemSerializer(serializers.Serializer[Any]):
    type = serializers.CharField(help_text=_("Where this code is explained."))
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text=_("For people, in your language."))
    code = serializers.ChoiceField(
        choices=[(code, one.title) for code, one in PROBLEM_TYPES.items()],
        help_text=_("Stable; programs switch on it."),
    )

    def get_fields(self) -> dict[str, Any]:
        """`errors` can't be an attribute: every serializer has them."""
        errors = serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()),
            required=False,
            help_text=_("Messages by field, such as `account.phone`."),
        )
        return {**super().get_fields(), "errors": errors}


class SignatureScheme(OpenApiAuthenticationExtension):
    """All four headers together: one requirement of four keys."""

    target_class = "kameng.api.authentication.SignatureAuthentication"
    name = ["ApiKey", "Timestamp", "Nonce", "Signature"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        described: Sequence[tuple[str, str | Promise]] = (
            (KEY_HEADER, _("The key's id.")),
            (TIMESTAMP_HEADER, _("Unix seconds, within 300 s of the server's clock.")),
            (NONCE_HEADER, _("16 to 64 visible characters, never used before with this key.")),
            (
                SIGNATURE_HEADER,
                _(
                    "HMAC-SHA256 of the canonical string with the key's secret, as 64 hexadecimal"
                    " digits."
                ),
            ),
        )
        return [
            {"type": "apiKey", "in": "header", "name": name, "description": text}
            for name, text in described
        ]


_EVERYWHERE = (
    "bad_request",
    "bad_signature",
    "stale_timestamp",
    "replayed_nonce",
    "ip_not_allowed",
    "agent_suspended",
    "rate_limited",
    "internal_error",
    "unavailable",
)


def problem_example(one: ProblemType) -> dict[str, Any]:
    told = {
        "type": f"{TYPE_BASE}{one.code}",
        "title": one.title,
        "status": one.status,
        "detail": one.advice,
        "code": one.code,
    }
    return told | ({"errors": {"quantity": ["…"]}} if one.code == "invalid" else {})


def _problems(*codes: str) -> dict[tuple[int, str], OpenApiResponse]:
    by_status: dict[int, list[ProblemType]] = {}
    for code in (*_EVERYWHERE, *codes):
        by_status.setdefault(PROBLEM_TYPES[code].status, []).append(PROBLEM_TYPES[code])
    return {
        (status, PROBLEM_MEDIA_TYPE): OpenApiResponse(
            ProblemSerializer,
            description=", ".join(f"`{one.code}`" for one in types),
            examples=[
                OpenApiExample(one.code, problem_example(one), summary=one.title) for one in types
            ],
        )
        for status, types in sorted(by_status.items())
    }


def _response_headers(good: Sequence[int]) -> list[OpenApiParameter]:
    counted = [*good, 403, 429]
    return [
        OpenApiParameter(
            "RateLimit-Policy",
            str,
            OpenApiParameter.HEADER,
            description=_("How many calls of this kind a key has in how many seconds."),
            response=counted,
        ),
        OpenApiParameter(
            "RateLimit",
            str,
            OpenApiParameter.HEADER,
            description=_("r: calls left; t: seconds until there are more."),
            response=counted,
        ),
        OpenApiParameter(
            "Retry-After",
            int,
            OpenApiParameter.HEADER,
            description=_("Seconds to wait."),
            response=[429, 503],
        ),
    ]


def call(
    *,
    operation_id: str,
    summary: str | Promise,
    description: str | Promise,
    answers: dict[int, OpenApiResponse],
    errors: Sequence[str] = (),
    parameters: Sequence[Any] = (),
    **more: Any,
) -> Callable[[Any], Any]:
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        description=description,
        parameters=[*parameters, *_response_headers(list(answers))],
        responses={
            **{(status, "application/json"): one for status, one in answers.items()},
            **_problems(*errors),
        },
        tags=["v1"],
        **more,
    )


def answer(
    shape: type[serializers.BaseSerializer[Any]], text: str | Promise, **shown: Any
) -> OpenApiResponse:
    return OpenApiResponse(
        shape,
        description=text,
        examples=[OpenApiExample(name, value) for name, value in shown.items()],
    )
