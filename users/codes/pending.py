"""Between asking for a code and typing it: for whom, kept in the session."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.http import HttpRequest

from users.codes.limits import seconds_until_next
from users.models import CodePurpose

_KEPT_SECONDS = 30 * 60


@dataclass(frozen=True, slots=True)
class Pending:
    """A number that was asked about, what about it, and where one wanted to go afterwards."""

    phone: str
    subject: str = ""
    next_path: str = ""


def keep(
    request: HttpRequest,
    purpose: CodePurpose,
    phone: str,
    *,
    subject: str = "",
    next_path: str = "",
) -> None:
    request.session[_name(purpose)] = [phone, subject, next_path, int(time.time())]


def of(request: HttpRequest, purpose: CodePurpose) -> Pending | None:
    """For whom this session waits to type a code; None after half an hour."""
    kept = request.session.get(_name(purpose))
    if kept is None or kept[3] < time.time() - _KEPT_SECONDS:
        return None
    return Pending(kept[0], kept[1], kept[2])


def forget(request: HttpRequest, purpose: CodePurpose) -> None:
    request.session.pop(_name(purpose), None)


def wait(phone: str) -> int:
    """Seconds until another code may be asked for."""
    return seconds_until_next(phone)


def _name(purpose: CodePurpose) -> str:
    return f"code:{purpose.value}"
