"""How often codes may be asked for, and guessed at. Counted alike for numbers that we know and
numbers that we don't, so that no answer tells them apart."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from users.errors import PersonError
from users.throttling import HOUR_SECONDS, count, counted

DAY_SECONDS = 24 * HOUR_SECONDS
PAUSE_SECONDS = 60
PER_NUMBER_AN_HOUR = 5
PER_NUMBER_A_DAY = 10


class CodeTooSoon(PersonError):
    code = "code_too_soon"
    status = 429

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(
            ngettext(
                "We have just sent a code to this number. Wait %(count)d second, then ask again.",
                "We have just sent a code to this number. Wait %(count)d seconds, then ask again.",
                seconds,
            )
            % {"count": seconds}
        )


class TooManyCodes(PersonError):
    code = "too_many_codes"
    status = 429
    message = _(
        "Many codes were asked for in a short time. Please try again in an hour, or log in with"
        " your password."
    )


class TooManyGuesses(PersonError):
    code = "too_many_guesses"
    status = 429
    message = _("Too many wrong codes came from your network. Please try again in an hour.")


def count_code(*, phone: str, origin: str | None) -> None:
    """Count one code to be sent. Raises CodeTooSoon or TooManyCodes; then none may be sent."""
    pause = f"code-pause:{phone}"
    now = int(time.time())
    if not cache.add(pause, now + PAUSE_SECONDS, timeout=PAUSE_SECONDS):
        raise CodeTooSoon(max(int(cache.get(pause, now)) - now, 1))
    is_too_much = (
        count(f"codes-hour:{phone}", seconds=HOUR_SECONDS) > PER_NUMBER_AN_HOUR
        or count(f"codes-day:{phone}", seconds=DAY_SECONDS) > PER_NUMBER_A_DAY
        or (
            origin is not None
            and count(f"codes-from:{origin}", seconds=HOUR_SECONDS)
            > settings.CODES_PER_ADDRESS_AN_HOUR
        )
    )
    if is_too_much:
        raise TooManyCodes


def seconds_until_next(phone: str) -> int:
    """How long one waits before another code may be asked for; 0: not at all."""
    now = int(time.time())
    return max(int(cache.get(f"code-pause:{phone}", now)) - now, 0)


def check_guesses(origin: str | None) -> None:
    """Raises TooManyGuesses for an address with too many wrong codes in this hour."""
    most = settings.WRONG_CODES_PER_ADDRESS_AN_HOUR
    if origin is not None and counted(f"code-guesses:{origin}", seconds=HOUR_SECONDS) >= most:
        raise TooManyGuesses


def count_wrong_guess(origin: str | None) -> None:
    if origin is not None:
        count(f"code-guesses:{origin}", seconds=HOUR_SECONDS)
