"""The numbers that a member tops up."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kalegou.errors import LabelTooLong, TooManyNumbers
from kalegou.models import Member, SavedNumber

LABEL_LENGTH = 30
MOST_KEPT = 200


def remember_number(*, member: Member, phone: str, carrier: str | None = None) -> SavedNumber:
    """Keep a number at the top of the member's list.

    `carrier` is the one that the person chose against our guess, "" when our guess was right, and
    None when nobody asked: what was chosen before stays.
    """
    changes: dict[str, object] = {"last_used_at": timezone.now()}
    if carrier is not None:
        changes["carrier"] = carrier
    saved, _ = SavedNumber.objects.update_or_create(member=member, phone=phone, defaults=changes)
    return saved


@transaction.atomic
def save_number(*, member: Member, phone: str, label: str) -> None:
    """Put a number on the list by hand, with a name of at most 30 characters, or none.

    A number that is there already gets the name. Raises LabelTooLong, TooManyNumbers.
    """
    label = _clean(label)
    saved = SavedNumber.objects.filter(member=member)
    if not saved.filter(phone=phone).exists() and saved.count() >= MOST_KEPT:
        raise TooManyNumbers(field="phone")
    remember_number(member=member, phone=phone)
    saved.filter(phone=phone).update(label=label)


def name_number(*, member: Member, phone: str, label: str) -> None:
    """Give a saved number a name of at most 30 characters, or none."""
    SavedNumber.objects.filter(member=member, phone=phone).update(label=_clean(label))


def _clean(label: str) -> str:
    label = " ".join(label.split())
    if len(label) > LABEL_LENGTH or not label.isprintable():
        raise LabelTooLong(field="label")
    return label


def forget_number(*, member: Member, phone: str) -> None:
    """Take a number off the list. Safe to repeat; orders keep theirs."""
    SavedNumber.objects.filter(member=member, phone=phone).delete()
