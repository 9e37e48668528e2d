"""For development: the message appears in the log, and on the test phone's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.core.cache import cache
from django.utils import timezone

from users.texts.backend import TextMessage
from users.texts.words import text_of

log = structlog.get_logger(__name__)
_KEY = "texts:console"
_KEPT = 20
_KEPT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on the test phone."""

    phone: str
    text: str
    code: str
    at: datetime


class ConsoleTexts:
    """Never in production (config/checks.py): whoever reads the log reads the codes."""

    def send(self, message: TextMessage) -> str:
        text = text_of(message)
        log.info("text_message", phone=message.phone, text=text)
        shown = Shown(message.phone, text, message.code, timezone.now())
        cache.set(_KEY, [shown, *on_the_test_phone()][:_KEPT], _KEPT_SECONDS)
        return "console"


def on_the_test_phone() -> list[Shown]:
    """The latest messages, newest first."""
    return list(cache.get(_KEY) or ())
