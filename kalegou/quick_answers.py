"""The common questions about an order, answered from its own facts and times. Reads only.

Shown before a question is written: most are answered by what we know already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from catalog.models import DeliveryKind
from kalegou.durations import duration
from kalegou.models import UNDECIDED_CLAIMS, Claim
from kalegou.promises import delivery_promise
from kalegou.service_promises import CLAIM_DECIDED_WITHIN
from orders.models import OPEN_STATUSES, UNDECIDED, FulfilmentStatus, Funding, Order, OrderStatus
from orders.queries import gateway_refunds
from payments.models import Payment, PaymentRefund, PaymentRefundStatus, PaymentStatus
from payments.registry import LABELS
from ui.formats import money, phone

S = OrderStatus
_ARRIVES_LATER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class QuickAnswer:
    """`tone`: ok is settled, info goes on by itself, warn is for the reader to do something."""

    question: str
    text: str
    tone: str
    action: str = ""
    address: str = ""


def quick_answers(order: Order, *, can_claim: bool) -> Sequence[QuickAnswer]:
    """What can be said of an order now, the likeliest question first."""
    facts = _Facts(order)
    answers: list[QuickAnswer | None] = [_of_claim(order)]
    match order.status:
        case S.AWAITING_PAYMENT | S.CANCELLED:
            answers.append(_unpaid(facts))
        case S.FAILED:
            answers.append(_failed(facts))
        case status if status in OPEN_STATUSES:
            answers.append(_under_way(facts))
        case _:
            answers.append(_delivered(facts, can_claim=can_claim))
            answers.append(_given_back(facts))
    answers += [_stray(order, refund) for refund in facts.strays]
    return [answer for answer in answers if answer is not None]


class _Facts:
    """An order with its times and its refunds. Four queries."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.page = reverse("kalegou:order", args=[order.order_no])
        self.times: Mapping[str, datetime] = {event.code: event.at for event in order.events.all()}
        payments = Payment.objects.filter(purpose="order", purpose_ref=order.order_no)
        self.payments = list(payments.order_by("pk"))
        gone_back = gateway_refunds(order)
        self.own_refunds = [one for one in gone_back if one.receipt.is_accepted]
        self.strays = [one for one in gone_back if not one.receipt.is_accepted]

    @property
    def is_card(self) -> bool:
        return self.order.kind == DeliveryKind.CARD

    @property
    def source(self) -> str:
        """Where the money came from, by name."""
        if self.order.funding == Funding.WALLET:
            return _("your balance")
        if self.order.funding == Funding.POINTS:
            return _("your points")
        paid = [one for one in self.payments if one.status == PaymentStatus.SETTLED]
        gateway = (paid or self.payments)[-1].gateway if self.payments else ""
        return str(LABELS.get(gateway, _("where you paid from")))


def _clock(moment: datetime) -> str:
    """`10:02:11`, with the day if it isn't today's."""
    here = timezone.localtime(moment)
    is_today = here.date() == timezone.localdate()
    return here.strftime("%H:%M:%S" if is_today else "%m-%d %H:%M:%S")


def _unpaid(facts: _Facts) -> QuickAnswer:
    order = facts.order
    if order.status == S.CANCELLED:
        return QuickAnswer(
            _("Why was it cancelled? Was I charged?"),
            _(
                "It wasn't paid in time, or you cancelled it. This order took no money; a payment"
                " that comes all the same goes back by itself."
            ),
            "ok",
        )
    if facts.payments:
        text = _(
            "You opened the payment at %(time)s, and it isn't confirmed yet. If you have paid, you"
            " needn't do anything: we ask %(source)s by ourselves, and money that comes too late"
            " goes back. Don't pay twice."
        ) % {"time": _clock(facts.payments[-1].created_at), "source": facts.source}
    else:
        text = _("It isn't paid, and nothing was charged.")
    return QuickAnswer(
        _("I paid, and it still says unpaid"), text, "warn", _("See the order"), facts.page
    )


def _failed(facts: _Facts) -> QuickAnswer:
    order = facts.order
    failed_at = order.finished_at or order.created_at
    said = {
        "failed_at": _clock(failed_at),
        "amount": money(order.total),
        "source": facts.source,
    }
    question = _("It failed. Where is my money?")
    if order.funding != Funding.GATEWAY:
        refund = order.refunds.first()
        said["back_at"] = _clock(refund.confirmed_at or failed_at) if refund else ""
        return QuickAnswer(question, _failed_text(facts) % said, "ok")
    (refund_through,) = facts.own_refunds[-1:] or (None,)
    if refund_through is None or refund_through.status == PaymentRefundStatus.PENDING:
        return QuickAnswer(question, _failed_going(facts) % said + _tries(refund_through), "info")
    if refund_through.status == PaymentRefundStatus.FAILED:
        text = _(
            "It failed at %(failed_at)s. %(source)s could not return %(amount)s, so we pay it to"
            " you another way: the money is yours, and you don't have to do anything."
        )
        return QuickAnswer(question, text % said, "warn")
    said["back_at"] = _clock(refund_through.confirmed_at or refund_through.created_at)
    return QuickAnswer(question, _failed_text(facts) % said, "ok")


def _failed_text(facts: _Facts) -> str:
    if facts.is_card:
        return _(
            "It could not be delivered, we knew at %(failed_at)s; %(amount)s went back to"
            " %(source)s at %(back_at)s."
        )
    return _(
        "Your top-up failed at %(failed_at)s, %(amount)s went back to %(source)s at %(back_at)s."
    )


def _failed_going(facts: _Facts) -> str:
    if facts.is_card:
        return _(
            "It could not be delivered, we knew at %(failed_at)s; %(amount)s is on its way back to"
            " %(source)s."
        )
    return _("Your top-up failed at %(failed_at)s, %(amount)s is on its way back to %(source)s.")


def _tries(refund: PaymentRefund | None) -> str:
    if refund is None or not refund.attempt_count:
        return ""
    said = {"count": refund.attempt_count, "first": _clock(refund.created_at)}
    return (
        " "
        + _("We sent it at %(first)s and asked %(count)d times; we go on until it is confirmed.")
        % said
    )


def _under_way(facts: _Facts) -> QuickAnswer:
    order = facts.order
    attempt = order.fulfilments.filter(status__in=UNDECIDED).order_by("pk").last()
    paid_at = order.paid_at or order.created_at
    said: dict[str, str | Promise] = {
        "paid_at": _clock(paid_at),
        "waited": duration((timezone.now() - paid_at).total_seconds()),
        "promise": delivery_promise(order.kind, order.sku.product.speed),
    }
    question = _("Why isn't it there yet?")
    if attempt is not None and attempt.status == FulfilmentStatus.UNKNOWN:
        said["sent_at"] = _clock(attempt.submitted_at or attempt.created_at)
        said["count"] = str(attempt.query_count)
        text = _(
            "Paid at %(paid_at)s, sent at %(sent_at)s. The supplier hasn't told us yet whether it"
            " went through; we have asked %(count)s times and go on asking. Nothing is lost: it"
            " arrives, or all the money goes back by itself."
        )
        return QuickAnswer(question, text % said, "info", _("Watch it live"), facts.page)
    text = _(
        "Paid at %(paid_at)s, %(waited)s ago, and on its way. %(promise)s Should it fail, all the"
        " money goes back by itself."
    )
    return QuickAnswer(question, text % said, "info", _("Watch it live"), facts.page)


def _delivered(facts: _Facts, *, can_claim: bool) -> QuickAnswer:
    order = facts.order
    at = order.finished_at or order.created_at
    claim = reverse("kalegou:order_claim", args=[order.order_no])
    if facts.is_card:
        text = _(
            "Your codes were delivered at %(time)s: press “Show” on the order's page. If one"
            " doesn't work, send us a picture of what it says, and you get another one or your"
            " money back."
        ) % {"time": _clock(at)}
        question = _("Where are my codes? One doesn't work")
        action, address = _("A code doesn't work"), claim
        if not can_claim:
            action, address = _("See the codes"), facts.page
        return QuickAnswer(question, text, "ok", action, address)
    said = {"time": _clock(at), "target": phone(order.target), "amount": money(order.face_value)}
    text = _(
        "The supplier confirmed at %(time)s that %(amount)s arrived at %(target)s. The carrier's"
        " message can take ten minutes more, and may not come at all: look at the balance in the"
        " carrier's app first."
    )
    is_fresh = timezone.now() < at + _ARRIVES_LATER
    return QuickAnswer(
        _("It says delivered, and I don't see it"),
        text % said,
        "info" if is_fresh else "ok",
        _("It didn't arrive") if can_claim else "",
        claim if can_claim else "",
    )


def _given_back(facts: _Facts) -> QuickAnswer | None:
    order = facts.order
    if not order.refunded:
        return None
    last = order.refunds.last()
    said = {
        "amount": money(order.refunded),
        "source": facts.source,
        "time": _clock(last.created_at if last else order.created_at),
    }
    is_pending = any(one.status == PaymentRefundStatus.PENDING for one in facts.own_refunds)
    if is_pending:
        text = _("%(amount)s is on its way back to %(source)s since %(time)s.")
        return QuickAnswer(_("Where is my refund?"), text % said, "info")
    text = _("%(amount)s of this order went back to %(source)s, the last of it at %(time)s.")
    return QuickAnswer(_("Where is my refund?"), text % said, "ok")


def _stray(order: Order, refund: PaymentRefund) -> QuickAnswer:
    said = {
        "amount": money(refund.amount),
        "source": str(LABELS.get(refund.receipt.gateway, refund.receipt.gateway)),
        "time": _clock(refund.confirmed_at or refund.created_at),
    }
    if refund.confirmed_at:
        text = _("%(amount)s came twice or too late; it went back to %(source)s at %(time)s.")
        return QuickAnswer(_("I paid twice"), text % said, "ok")
    text = _("%(amount)s came twice or too late and is on its way back to %(source)s.")
    return QuickAnswer(_("I paid twice"), text % said + _tries(refund), "info")


def _of_claim(order: Order) -> QuickAnswer | None:
    claim = Claim.objects.filter(order=order).order_by("-pk").first()
    if claim is None:
        return None
    address = reverse("kalegou:claim", args=[claim.claim_no])
    said = {
        "time": _clock(claim.created_at),
        "status": claim.get_status_display(),
        "until": _clock(claim.created_at + CLAIM_DECIDED_WITHIN),
    }
    if claim.status in UNDECIDED_CLAIMS:
        text = _(
            "You claimed at %(time)s: %(status)s. We decide by %(until)s at the latest and tell"
            " you."
        )
    else:
        text = _("You claimed at %(time)s: %(status)s.")
    return QuickAnswer(_("What about my claim?"), text % said, "info", _("See the claim"), address)
