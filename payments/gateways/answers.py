"""Answers that can't be believed, and reading the fields of those that can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]


class Unclear(Exception):
    """No answer that could be believed; `code` says why, without quoting it."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def text(fields: Fields, name: str) -> str:
    """The text of this name; "" for none, and for anything else than text."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""
