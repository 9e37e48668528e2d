"""One-time codes: sent to a phone, used once."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from users.codes.limits import check_guesses, count_code, count_wrong_guess
from users.errors import PersonError
from users.models import CodePurpose, OneTimeCode
from users.texts.sending import queue_text

GOOD_FOR = timedelta(minutes=5)
TRIES = 5
DIGITS = 6
KEPT_FOR = timedelta(days=7)


class CodeWrong(PersonError):
    """Wrong, used already, too old, or never sent: nobody learns which."""

    code = "code_wrong"
    message = _(
        "This code isn't right, or isn't valid any more. Check the latest message, or have a new"
        " code sent."
    )


def send_code(
    *,
    purpose: CodePurpose,
    phone: str,
    origin: str | None,
    subject: str = "",
    reaches: bool = True,
    email: str = "",
) -> None:
    """Send six digits to a number; the one sent before for the same is good no more.

    `reaches` is False when nobody is behind the number: then nothing is sent, and everything else
    is as if it were. `origin` is the address that asks (users.throttling.origin_of). Raises
    CodeTooSoon and TooManyCodes; nothing is sent then.
    """
    count_code(phone=phone, origin=origin)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    expires_at = timezone.now() + GOOD_FOR
    with transaction.atomic():
        OneTimeCode.objects.create(
            purpose=purpose,
            phone=phone,
            subject=subject,
            code_hash=_hash(purpose, phone, subject, code),
            tries_left=TRIES,
            is_decoy=not reaches,
            expires_at=expires_at,
        )
        if reaches:
            queue_text(phone=phone, email=email, purpose=purpose, code=code, expires_at=expires_at)


def use_code(
    *, purpose: CodePurpose, phone: str, typed: str, origin: str | None, subject: str = ""
) -> None:
    """Use a code up, or raise CodeWrong or TooManyGuesses on the field "code".

    Each wrong try is counted for good, so this is a transaction of its own and never part of
    another. Locks the code's row: of two who use the same code at once, one is refused.
    """
    check_guesses(origin)
    if not _try(purpose, phone, subject, _digits_of(typed)):
        count_wrong_guess(origin)
        raise CodeWrong(field="code")


@transaction.atomic(durable=True)
def _try(purpose: CodePurpose, phone: str, subject: str, typed: str) -> bool:
    latest = (
        OneTimeCode.objects.select_for_update()
        .filter(purpose=purpose, phone=phone, subject=subject)
        .order_by("-pk")
        .first()
    )
    now = timezone.now()
    if latest is None or latest.used_at or latest.expires_at <= now or not latest.tries_left:
        return False
    latest.tries_left -= 1
    is_right = hmac.compare_digest(latest.code_hash, _hash(purpose, phone, subject, typed))
    if is_right and not latest.is_decoy:
        latest.used_at = now
    latest.save(update_fields=["tries_left", "used_at"])
    return latest.used_at is not None


def _digits_of(typed: str) -> str:
    """Full-width digits and spaces are forgiven."""
    return "".join(unicodedata.normalize("NFKC", typed).split())


def _hash(purpose: str, phone: str, subject: str, code: str) -> str:
    """Keyed: six digits alone are guessed from any plain hash in no time."""
    content = "\0".join((purpose, phone, subject, code))
    return salted_hmac("users.codes", content, algorithm="sha256").hexdigest()


def forget_old_codes(*, batch: int = 5000) -> int:
    """Delete the oldest codes of more than a week ago; return how many."""
    old = OneTimeCode.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:batch])
    gone, _rows = OneTimeCode.objects.filter(pk__in=ids).delete()
    return gone
