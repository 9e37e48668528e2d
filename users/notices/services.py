"""Tell somebody something; read it; choose what to hear, and where mail goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from users import audit
from users.errors import PersonError
from users.mailing import queue_mail
from users.models import Notice, NoticeChoice, User
from users.notices.facts import Fact, stored
from users.notices.kinds import NoticeKind, kind_of, kinds_for
from users.notices.words import words_of

KEPT_FOR = timedelta(days=365)
LINK_LASTS = timedelta(days=3)
_SALT = "users.notices.address"


@dataclass(frozen=True, slots=True)
class Ways:
    """How one kind reaches a person."""

    in_inbox: bool
    by_mail: bool


class AddressInvalid(PersonError):
    code = "invalid"
    message = gettext_lazy("Enter an e-mail address like name@example.com.")


class LinkInvalid(PersonError):
    code = "link_invalid"
    status = 410
    message = gettext_lazy(
        "This link isn't valid any more. Save your address again, and we send a new one."
    )


@transaction.atomic
def tell(user: User, kind: str, **facts: Fact) -> None:
    """Tell a person something, where they want to hear of it. Runs in the caller's transaction.

    `kind` is a code of settings.NOTICE_KINDS; `facts` fill in its sentences and are kept as they
    are: money as Decimal (CNY), moments as datetime, days as date. Nothing is sent from here: a
    mail is queued with the transaction, for a person with an address, and sent by a worker.
    """
    known = kind_of(kind)
    kept = stored(facts)
    ways = ways_of(user, known)
    if ways.in_inbox:
        Notice.objects.create(user=user, audience=known.audience, kind=kind, facts=kept)
    if ways.by_mail and user.email:
        with translation.override(settings.LANGUAGE_CODE):
            words = words_of(known, kept)
            lines = [words.text]
            if words.address:
                lines += ["", f"{settings.BASE_URL}{words.address}"]
            lines += ["", "--", _("You choose which mails you get on the page of your notices.")]
            queue_mail(user=user, address=user.email, subject=words.title, text="\n".join(lines))


def ways_of(user: User, kind: NoticeKind) -> Ways:
    chosen = NoticeChoice.objects.filter(user=user, kind=kind.code).first()
    return _ways(kind, chosen)


def all_ways(user: User, audience: str) -> Mapping[str, Ways]:
    """By kind, for the page of choices, in one statement."""
    chosen = {choice.kind: choice for choice in NoticeChoice.objects.filter(user=user)}
    return {kind.code: _ways(kind, chosen.get(kind.code)) for kind in kinds_for(audience)}


def _ways(kind: NoticeKind, chosen: NoticeChoice | None) -> Ways:
    if chosen is None:
        return Ways(in_inbox=True, by_mail=kind.is_mailed)
    return Ways(in_inbox=chosen.in_inbox or kind.is_required, by_mail=chosen.by_mail)


@transaction.atomic
def choose(*, user: User, ways: Mapping[str, Ways]) -> None:
    """Remember how a person wants to hear of these kinds. What must be told stays in the inbox."""
    NoticeChoice.objects.bulk_create(
        (
            NoticeChoice(
                user=user,
                kind=code,
                in_inbox=way.in_inbox or kind_of(code).is_required,
                by_mail=way.by_mail,
            )
            for code, way in ways.items()
        ),
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["in_inbox", "by_mail"],
    )


def read(*, user: User, notice_id: int) -> Notice | None:
    """Mark a notice of this person as read and return it; None when it isn't theirs."""
    Notice.objects.filter(pk=notice_id, user=user, read_at=None).update(read_at=timezone.now())
    return Notice.objects.filter(pk=notice_id, user=user).first()


def read_all(*, user: User, audience: str) -> int:
    """Mark everything in an inbox as read; return how many were unread."""
    unread = Notice.objects.filter(user=user, audience=audience, read_at=None)
    return unread.update(read_at=timezone.now())


@transaction.atomic
def ask_for_address(*, user: User, address: str) -> None:
    """Send a link to a new address: mail goes there once somebody there has followed it.

    Raises AddressInvalid. Nothing changes until then.
    """
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise AddressInvalid(field="email") from error
    token = signing.dumps({"user": user.pk, "address": address}, salt=_SALT, compress=True)
    link = settings.BASE_URL + reverse("users:confirm_address", args=[token])
    queue_mail(
        user=user,
        address=address,
        subject=_("Confirm your e-mail address"),
        text=_(
            "Somebody with the account %(name)s wants notices sent to this address. If that was"
            " you, confirm it here within three days:\n\n%(link)s\n\nIf it wasn't, do nothing:"
            " you won't hear from us again."
        )
        % {"name": user.username, "link": link},
    )


@transaction.atomic
def confirm_address(*, token: str) -> User:
    """Use the address that a link was sent to. Raises LinkInvalid. Safe to repeat. Audited."""
    user, address = address_in(token)
    if user.email != address:
        User.objects.filter(pk=user.pk).update(email=address)
        user.email = address
        audit.record(actor=user, action="confirm_email", target=f"user:{user.pk}")
    return user


def address_in(token: str) -> tuple[User, str]:
    """Whose link it is, and the address. Raises LinkInvalid."""
    try:
        said = signing.loads(token, salt=_SALT, max_age=LINK_LASTS)
    except signing.BadSignature as error:
        raise LinkInvalid from error
    user = User.objects.filter(pk=said["user"], is_active=True).first()
    if user is None:
        raise LinkInvalid
    return user, said["address"]


@transaction.atomic
def remove_address(*, user: User) -> None:
    """No mail any more. Audited."""
    User.objects.filter(pk=user.pk).update(email="")
    user.email = ""
    audit.record(actor=user, action="remove_email", target=f"user:{user.pk}")


def forget_old(*, batch: int = 5000) -> int:
    """Delete the oldest of what was told more than a year ago; return how many."""
    old = Notice.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).order_by("created_at")
    gone, _rows = Notice.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[:batch])
    ).delete()
    return gone
