"""What members are told about their membership, in the inbox and by mail (NOTICE_KINDS)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.notices.kinds import NoticeKind

_MEMBERSHIP = _("Your membership")

KINDS = [
    NoticeKind(
        code="retail.coupon_given",
        topic=_MEMBERSHIP,
        name=_("You are given a coupon"),
        title=_("A coupon for you: %(coupon)s"),
        text=_("It is among your coupons, and can be used until %(until)s."),
        icon="ticket-percent",
        tone="ok",
        view="kalegou:coupons",
        is_mailed=False,
    ),
    NoticeKind(
        code="retail.open_coupon_given",
        topic=_MEMBERSHIP,
        name=_("You are given a coupon without an end"),
        title=_("A coupon for you: %(coupon)s"),
        text=_("It is among your coupons, and has no last day."),
        icon="ticket-percent",
        tone="ok",
        view="kalegou:coupons",
        is_mailed=False,
    ),
]
