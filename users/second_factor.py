"""The second step of logging in: an authenticator app, or a recovery code when it is lost.

Six digits of an app are good once (a step that was used, and all before it, are refused), within
half a minute of the clock, and five tries in a quarter of an hour. Whoever has no app any more uses
one of ten recovery codes, each once.
"""

from __future__ import annotations

import hmac
import secrets
import time
import unicodedata

import pyotp
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from database.sealing import SealedColumn, seal, unseal
from users import audit
from users.devices import end_all
from users.errors import PersonError
from users.models import RecoveryCode, SecondFactor, User
from users.security_notices import tell_of_security
from users.throttling import count

ISSUER = "Kalegou"
STEP_SECONDS = 30
DRIFT_STEPS = 1  # clocks of phones go wrong by that much
TRIES = 5
PAUSE_SECONDS = 15 * 60
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # 31 signs, none that looks like another
_HALF = 5


def _context(user_id: int) -> bytes:
    return f"totp:{user_id}".encode()


SECRETS = SealedColumn(
    table="users_secondfactor",
    column="sealed_secret",
    context_column="user_id",
    context=_context,
)


class FactorCodeWrong(PersonError):
    code = "second_factor_wrong"
    message = _(
        "This code isn't right. Use the one that your app shows now, each only once, or a recovery"
        " code that you haven't used."
    )


class TooManyFactorTries(PersonError):
    code = "second_factor_paused"
    status = 429
    message = _("Too many wrong codes. To protect your account, try again in 15 minutes.")


class FactorInForce(PersonError):
    code = "second_factor_in_force"
    status = 409
    message = _("The second step is switched on already.")


@transaction.atomic
def begin(*, person: User) -> str:
    """The secret for the app, base32, made once until it is confirmed. Nothing is in force yet.

    Raises FactorInForce. Safe to repeat: a page that is loaded again shows the same.
    """
    _lock(person)
    factor = SecondFactor.objects.filter(user=person).first()
    if factor is None:
        secret = pyotp.random_base32()
        sealed = seal(secret.encode(), context=_context(person.pk))
        SecondFactor.objects.create(user=person, sealed_secret=sealed)
        return secret
    if factor.confirmed_at:
        raise FactorInForce
    return _secret(factor)


def app_address(*, person: User, secret: str) -> str:
    """What the QR code holds: the app reads secret, issuer and account from it."""
    name = person.phone or person.username
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def confirm(*, person: User, typed: str) -> list[str]:
    """Put the app in force once its code fits; return the recovery codes, shown this once.

    Raises FactorCodeWrong on "code", TooManyFactorTries, FactorInForce. Audited, and told.
    """
    _count_try(person)
    with transaction.atomic():
        _lock(person)
        factor = SecondFactor.objects.filter(user=person).first()
        if factor is None:
            raise FactorCodeWrong(field="code")
        if factor.confirmed_at:
            raise FactorInForce
        step = _fitting_step(factor, _clean(typed))
        if step is None:
            raise FactorCodeWrong(field="code")
        now = timezone.now()
        factor.confirmed_at, factor.last_step = now, step
        factor.save(update_fields=["confirmed_at", "last_step"])
        User.objects.filter(pk=person.pk).update(second_factor_at=now)
        person.second_factor_at = now
        codes = _new_recovery_codes(person)
        audit.record(actor=person, action="second_factor_on", target=f"user:{person.pk}")
        tell_of_security(person, "second_factor_on")
    _forget_tries(person)
    return codes


def check(*, person: User, typed: str) -> None:
    """Accept a code of the app, or a recovery code, once.

    Raises FactorCodeWrong on "code", and TooManyFactorTries. Locks the person's row: of two who
    use the same code at once, one is refused.
    """
    _count_try(person)
    if not _use(person, _clean(typed)):
        raise FactorCodeWrong(field="code")
    _forget_tries(person)


@transaction.atomic
def _use(person: User, typed: str) -> bool:
    _lock(person)
    factor = SecondFactor.objects.filter(user=person, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    step = _fitting_step(factor, typed)
    if step is not None:
        factor.last_step = step
        factor.save(update_fields=["last_step"])
        return True
    code_hash = _hash(person, typed.lower().replace("-", ""))
    unused = RecoveryCode.objects.filter(user=person, used_at=None)
    if not unused.filter(code_hash=code_hash).update(used_at=timezone.now()):
        return False
    left = unused.count()
    audit.record(actor=person, action="recovery_code_used", target=f"user:{person.pk}", left=left)
    tell_of_security(person, "recovery_code_used", left=left)
    return True


@transaction.atomic
def renew_recovery_codes(*, person: User) -> list[str]:
    """Ten new ones instead of all from before; shown this once. Audited, and told."""
    _lock(person)
    if not SecondFactor.objects.filter(user=person, confirmed_at__isnull=False).exists():
        raise FactorCodeWrong
    codes = _new_recovery_codes(person)
    audit.record(actor=person, action="recovery_codes_renewed", target=f"user:{person.pk}")
    tell_of_security(person, "recovery_codes_renewed")
    return codes


def switch_off(*, person: User, typed: str) -> None:
    """No second step any more; takes a code, as logging in does. Audited, and told."""
    check(person=person, typed=typed)
    with transaction.atomic():
        _forget(person)
        audit.record(actor=person, action="second_factor_off", target=f"user:{person.pk}")
        tell_of_security(person, "second_factor_off")


class NotYourOwn(PersonError):
    status = 403
    message = _("Nobody resets their own second step: use a recovery code, or ask a colleague.")


class NotTheirs(PersonError):
    status = 403
    message = _("Only an administrator resets the second step of an administrator.")


@transaction.atomic
def reset(*, person: User, actor: User, reason: str) -> int:
    """Staff take the second step off an account whose owner has lost app and codes.

    Every device of theirs is logged out; returns how many. Raises NotYourOwn and NotTheirs.
    Audited with the reason, and told.
    """
    if person == actor:
        raise NotYourOwn
    if person.is_superuser and not actor.is_superuser:
        raise NotTheirs
    _forget(person)
    audit.record(
        actor=actor, action="second_factor_reset", target=f"user:{person.pk}", reason=reason
    )
    tell_of_security(person, "second_factor_reset", reason=reason)
    return end_all(person=person)


def recovery_codes_left(person: User) -> int:
    return RecoveryCode.objects.filter(user=person, used_at=None).count()


def _forget(person: User) -> None:
    SecondFactor.objects.filter(user=person).delete()
    RecoveryCode.objects.filter(user=person).delete()
    User.objects.filter(pk=person.pk).update(second_factor_at=None)
    person.second_factor_at = None


def _lock(person: User) -> None:
    User.objects.select_for_update(no_key=True).only("pk").get(pk=person.pk)


def _secret(factor: SecondFactor) -> str:
    return unseal(factor.sealed_secret, context=_context(factor.user_id)).decode()


def _fitting_step(factor: SecondFactor, typed: str) -> int | None:
    """The half-minute whose code this is, newer than the last one used; None when there is none."""
    app = pyotp.TOTP(_secret(factor), interval=STEP_SECONDS)
    now = int(time.time()) // STEP_SECONDS
    fitting = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        is_it = hmac.compare_digest(app.generate_otp(step).encode(), typed.encode())
        if is_it and step > factor.last_step:
            fitting = step
    return fitting


def _clean(typed: str) -> str:
    return "".join(unicodedata.normalize("NFKC", typed).split())


def _new_recovery_codes(person: User) -> list[str]:
    codes = [_random_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=person).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=person, code_hash=_hash(person, code)) for code in codes
    )
    return [f"{code[:_HALF]}-{code[_HALF:]}" for code in codes]


def _random_code() -> str:
    """49 bits: far more than anybody guesses in five tries a quarter of an hour."""
    return "".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF))


def _hash(person: User, code: str) -> str:
    content = f"{person.pk}\0{code}"
    return salted_hmac("users.recovery", content, algorithm="sha256").hexdigest()


def _count_try(person: User) -> None:
    """Each try counts before it is looked at, so that many at once gain nothing."""
    if count(_tries(person), seconds=PAUSE_SECONDS) > TRIES:
        raise TooManyFactorTries(field="code")


def _forget_tries(person: User) -> None:
    cache.delete(f"{_tries(person)}:{int(time.time()) // PAUSE_SECONDS}")


def _tries(person: User) -> str:
    return f"second-factor:{person.pk}"
