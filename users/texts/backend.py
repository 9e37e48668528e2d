"""What sends a text message: one of settings.TEXT_BACKENDS, chosen by settings.TEXT_BACKEND."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A code for a person; `email` is "" when none is known. Its repr, for logs, hides the code."""

    phone: str
    email: str
    purpose: str
    code: str = field(repr=False)
    minutes: int


class TextNotSent(Exception):
    """The message didn't leave, or nobody knows.

    `may_retry`: the other side has certainly not sent it, and another attempt may work. One that
    may have been sent isn't repeated: providers send, and charge, twice.
    """

    def __init__(self, code: str, *, may_retry: bool) -> None:
        self.code = code
        self.may_retry = may_retry
        super().__init__(code)


class TextBackend(Protocol):
    """One way to reach somebody with a code."""

    def send(self, message: TextMessage) -> str:
        """Send it once and return the provider's receipt ("" for none); raises TextNotSent only."""


def backend() -> TextBackend:
    return _backend(settings.TEXT_BACKENDS[settings.TEXT_BACKEND])


@cache
def _backend(path: str) -> TextBackend:
    made: TextBackend = import_string(path)()
    return made
