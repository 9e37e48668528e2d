"""Reading a call: JSON and nothing else, with limits, and never a crash on what is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import IO, Any, NoReturn

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

MAX_BODY_BYTES = 64 * 1024
MAX_DEPTH = 16


class StrictJSONParser(BaseParser):
    """UTF-8 JSON as RFC 8259 has it: no NaN, no name twice in an object."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return strict_json(stream.read())
        except ValueError:
            raise ParseError(_("This is not valid JSON in UTF-8.")) from None


def strict_json(body: bytes) -> Any:
    """Raises ValueError for what isn't JSON, or could be read in two ways."""
    try:
        found = json.loads(
            body.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _must_be_shallow(found)
    return found


def _must_be_shallow(found: object) -> None:
    """No call needs more; whoever walks through it later has a stack that ends."""
    level = [found]
    for _depth in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise ValueError("nested too deeply")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("a number that is too large")
    return number


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):  # which of the two was meant?
        raise ValueError("a name stands twice in an object")
    return found


class OnlyJSON(BaseContentNegotiation):
    """Whatever the client accepts, it gets JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """None, and so `unsupported_media_type`, for anything packed: nothing is ever unpacked."""
        if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            return None
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((one for one in parsers if one.media_type == media_type), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type
