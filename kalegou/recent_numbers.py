"""The numbers that a visitor topped up: a member's saved ones, a guest's of this session only."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from catalog.models import DeliveryKind
from kalegou.models import SavedNumber
from kalegou.visitors import Visitor

KEPT = 6
_ORDERS_READ = 30
_CLEARED_AT = "recent_numbers_cleared_at"


@dataclass(frozen=True, slots=True)
class Recent:
    """A number that was topped up before."""

    phone: str
    label: str
    carrier: str


def recent_numbers(request: HttpRequest, visitor: Visitor) -> list[Recent]:
    """The numbers that this visitor topped up last. One query at most.

    A guest's are read from the orders of the session: another browser, or the same one after its
    cookies are gone, sees none of them.
    """
    if visitor.member:
        saved = SavedNumber.objects.filter(member=visitor.member)[:KEPT]
        return [Recent(row.phone, row.label, row.carrier) for row in saved]
    if not visitor.guest_keys:
        return []
    orders = visitor.orders().filter(kind=DeliveryKind.TOPUP, account__has_key="phone")
    if cleared_at := parse_datetime(str(request.session.get(_CLEARED_AT, ""))):
        orders = orders.filter(created_at__gt=cleared_at)
    phones = orders.values_list("account__phone", flat=True)[:_ORDERS_READ]
    return [Recent(phone, "", "") for phone in dict.fromkeys(phones)][:KEPT]


def clear_recent_numbers(request: HttpRequest) -> None:
    """For who shares a device: the numbers of this session's orders aren't offered any more.

    The orders themselves stay, and can be followed.
    """
    request.session[_CLEARED_AT] = timezone.now().isoformat()
