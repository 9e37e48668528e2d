"""The OpenAPI document, made from the code of the calls (kameng/api/schema.py has the words)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.urls import include, path
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from drf_spectacular.generators import SchemaGenerator

from kameng.api.links import add_links
from kameng.api.webhooks import EVENT_HEADERS, SIGNATURE_HEADERS, headers

INTRODUCTION = _(
    "Agents' programs buy here, at the same prices and by the same rules as in the portal. JSON in"
    " UTF-8; amounts are decimal strings in CNY, times RFC 3339. Each request is signed. Errors are"
    " RFC 9457 problem details with a stable `code`, and nothing is charged on any error."
)


@lru_cache(maxsize=8)
def document(language: str) -> dict[str, Any]:
    """The whole of it, in one language."""
    from kameng.api.urls import v1

    with translation.override(language):
        generator = SchemaGenerator(patterns=[path("api/v1/", include(v1))])
        made: dict[str, Any] = generator.get_schema(request=None, public=True)
        made["info"]["description"] = str(INTRODUCTION)
        for shape in ("OrderInput", "BatchInput"):
            made["components"]["schemas"][shape]["additionalProperties"] = False
        _complete(made)
    return made


def _complete(made: dict[str, Any]) -> None:
    """What the generator has no words for."""
    for calls in made["paths"].values():
        for operation in calls.values():
            add_links(operation)
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":  # an empty one counts as not given
                    parameter["allowEmptyValue"] = True
            for callback in operation.get("callbacks", {}).values():
                for told in (one for verbs in callback.values() for one in verbs.values()):
                    told["parameters"] = headers(SIGNATURE_HEADERS)
    for verbs in made["webhooks"].values():
        verbs["post"]["parameters"] = headers(EVENT_HEADERS)
