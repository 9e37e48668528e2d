"""What the shop keeps of a member (users/personal.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kalegou.models import (
    UNDECIDED_CLAIMS,
    Claim,
    CodeMail,
    CouponGrant,
    ExchangeUse,
    GrowthRecord,
    Member,
    PlanStatus,
    PointsRecord,
    RestockWish,
    SavedNumber,
    Ticket,
    TicketMessage,
    TicketStatus,
    TopupPlan,
)
from kalegou.services.plans import stop_plan
from ledger import services as ledger
from ledger.models import Posting
from orders.models import OPEN_STATUSES, Channel, Order, OrderStatus
from payments.models import Payment, PaymentStatus
from ui.formats import money
from users.models import User
from users.personal import Keeping, Rows

_ROWS_AT_ONCE = 2000


def _tables(person: User) -> Mapping[str, Rows]:
    member = Member.objects.select_related("level").filter(user=person).first()
    if member is None:
        return {}
    orders = Order.objects.filter(buyer=person, channel=Channel.RETAIL).values(
        "order_no",
        "product_name",
        "sku_name",
        "account",
        "quantity",
        "unit_price",
        "total",
        "refunded",
        "funding",
        "status",
        "created_at",
        "paid_at",
        "finished_at",
    )
    tables: dict[str, QuerySet] = {
        "orders": orders.order_by("-pk"),
        "wallet": _postings(member.wallet_id),
        "points": _postings(member.points_id),
        "points_of_orders": PointsRecord.objects.filter(member=member).values(
            "order_no", "reason", "due", "posted", "created_at"
        ),
        "growth": GrowthRecord.objects.filter(member=member).values(
            "order_no", "change", "earned_at"
        ),
        "saved_numbers": SavedNumber.objects.filter(member=member).values(
            "phone", "carrier", "label", "last_used_at"
        ),
        "monthly_topups": TopupPlan.objects.filter(member=member).values(
            "phone", "max_price", "status", "consent", "created_at"
        ),
        "coupons": CouponGrant.objects.filter(member=member).values(
            "granted_at", "expires_at", name=F("coupon__name")
        ),
        "exchanges": ExchangeUse.objects.filter(member=member).values(
            "order_no", "points", "quantity", "used_at"
        ),
        "mailed_codes": CodeMail.objects.filter(order__buyer=person).values(
            "address", "created_at", "sent_at", order_no=F("order__order_no")
        ),
        "tickets": TicketMessage.objects.filter(ticket__user=person).values(
            "created_at", "is_staff", "text", ticket_no=F("ticket__ticket_no")
        ),
        "claims": Claim.objects.filter(order__buyer=person).values(
            "status", "created_at", order_no=F("order__order_no")
        ),
    }
    membership = {
        "level": member.level.code,
        "joined_at": member.joined_at,
        "birthday": member.birthday,
        "points_owed": member.points_owed,
    }
    return {
        "membership": [membership],
        **{name: rows.iterator(_ROWS_AT_ONCE) for name, rows in tables.items()},
    }


def _postings(account_id: int) -> QuerySet:
    return (
        Posting.objects.filter(account_id=account_id)
        .order_by("-pk")
        .values("amount", "balance_after", at=F("entry__created_at"), kind=F("entry__kind"))
    )


def _obstacles(person: User) -> Iterable[str | Promise]:
    member = Member.objects.select_related("wallet").filter(user=person).first()
    if member is None:
        return
    ledger.lock([member.wallet_id])
    member.wallet.refresh_from_db()
    if member.wallet.balance:
        yield _(
            "There is %(balance)s in your balance. Spend it, or ask customer service to pay it out."
        ) % {"balance": money(member.wallet.balance)}
    mine = Order.objects.filter(buyer=person, channel=Channel.RETAIL)
    if mine.filter(status__in=[OrderStatus.AWAITING_PAYMENT, *OPEN_STATUSES]).exists():
        yield gettext_lazy("An order is unpaid or under way. Cancel it, or wait for its end.")
    if Payment.objects.filter(payer=person, status=PaymentStatus.PENDING).exists():
        yield gettext_lazy("A payment is open. Wait until it has arrived or expired.")
    if Claim.objects.filter(order__buyer=person, status__in=UNDECIDED_CLAIMS).exists():
        yield gettext_lazy("An after-sale claim isn't decided yet.")
    if Ticket.objects.filter(user=person, status=TicketStatus.WAITING).exists():
        yield gettext_lazy("Customer service still owes you an answer. Wait for it, or close it.")


def _forget(person: User) -> None:
    """Saved numbers, wishes, birthday and mail addresses go, monthly top-ups stop.

    Orders, claims and what was said about them stay.
    """
    member = Member.objects.filter(user=person).first()
    if member is None:
        return
    for plan in TopupPlan.objects.filter(member=member).exclude(status=PlanStatus.STOPPED):
        stop_plan(plan=plan, actor=person)
    SavedNumber.objects.filter(member=member).delete()
    RestockWish.objects.filter(user=person).delete()
    Member.objects.filter(pk=member.pk).update(birthday=None)
    # What wasn't sent yet isn't sent any more.
    CodeMail.objects.filter(order__buyer=person).update(address="", next_attempt_at=None)


MEMBERS = Keeping(tables=_tables, obstacles=_obstacles, forget=_forget)
