"""A gateway's statement is about money that arrived (`r:<its trade number>`), refunds
(`b:<our refund number>`) and payments whose money we don't have (`p:<our payment number>`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger import accounts
from payments.gateways.base import GatewayNotice, PaymentStatus, RefundKind, RefundOutcome
from payments.models import Payment, PaymentRefund, PaymentRefundStatus, Receipt
from payments.registry import LABELS
from payments.services import apply_refund_outcome, settle
from reconciliation.books.base import (
    Booked,
    Books,
    Evidence,
    day_of,
    own_subject,
    span,
    unknown_subject,
)
from reconciliation.matching import OurItem, Role, Standing
from reconciliation.models import ResolutionKind
from reconciliation.reading import Line
from ui.formats import money

RECEIPT, REFUND, PAYMENT = "r:", "b:", "p:"
_SIGNS = {Role.CHARGE: -1, Role.RETURN: 1, Role.FEE: 1, Role.FUNDING: 1}
_STANDING = {
    PaymentRefundStatus.DONE: Standing.SETTLED,
    PaymentRefundStatus.PENDING: Standing.OPEN,
}


class GatewayBooks(Books):
    @property
    def label(self) -> str:
        return str(LABELS.get(self.code, self.code))

    def account(self) -> int:
        return accounts.cash(self.code)

    def claim_account(self) -> int:
        return accounts.gateway_claim(self.code)

    def loss_account(self) -> int:
        return accounts.gateway_loss(self.code)

    def cost_account(self, subject: str) -> int | None:
        return None

    def sign(self, role: Role) -> int:
        return _SIGNS[role]

    # --- what is there --------------------------------------------------------------------------

    def subjects(self, lines: Sequence[Line]) -> list[str]:
        refs = {ref for line in lines for ref in (line.our_ref, line.their_ref) if ref}
        refunds = self._refunds(refs)
        trades = {
            trade_no: [RECEIPT + trade_no]
            for trade_no in Receipt.objects.filter(
                trade_no__in=refs, gateway=self.code
            ).values_list("trade_no", flat=True)
        }
        payments = self._payments(refs)
        return [
            own_subject(line, day_of(line.at))
            or self._refund_subject(line, refunds)
            or self._payment_subject(line, trades, payments)
            or unknown_subject(line)
            for line in lines
        ]

    def _payments(self, numbers: Iterable[str]) -> dict[str, list[str]]:
        """Our payments among these numbers, each with the trades that it has collected."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        rows = Payment.objects.filter(payment_no__in=numbers, gateway=self.code).values_list(
            "payment_no", "receipts__trade_no"
        )
        for number, trade_no in rows:
            found[number] += [trade_no] if trade_no else []
        return dict(found)

    def _refunds(self, refs: set[str]) -> dict[str, list[tuple[str, Decimal]]]:
        """Refunds by every number that a statement may call them: their own, or that of the
        payment or trade that they give back."""
        found: defaultdict[str, list[tuple[str, Decimal]]] = defaultdict(list)
        rows = PaymentRefund.objects.filter(
            Q(refund_no__in=refs)
            | Q(receipt__trade_no__in=refs)
            | Q(receipt__payment__payment_no__in=refs),
            receipt__gateway=self.code,
        ).values_list("refund_no", "receipt__trade_no", "receipt__payment__payment_no", "amount")
        for refund_no, trade_no, payment_no, amount in rows:
            for number in {refund_no, trade_no, payment_no} & refs:
                found[number].append((refund_no, amount))
        return dict(found)

    @staticmethod
    def _refund_subject(line: Line, refunds: dict[str, list[tuple[str, Decimal]]]) -> str | None:
        """By our refund number; by the payment's only where one refund of it has that amount."""
        if line.role is not Role.RETURN:
            return None
        for number in (line.our_ref, line.their_ref):
            named = refunds.get(number, []) if number else []
            if any(refund_no == number for refund_no, _amount in named):
                return REFUND + number
            fitting = [refund_no for refund_no, amount in named if amount == line.amount]
            if len(fitting) == 1:
                return REFUND + fitting[0]
        return None

    @staticmethod
    def _payment_subject(
        line: Line, trades: dict[str, list[str]], payments: dict[str, list[str]]
    ) -> str | None:
        """A payment may have several trades, so their number decides; ours only without one."""
        if line.role is not Role.CHARGE:
            return None
        if line.their_ref in trades:
            return trades[line.their_ref][0]
        collected = payments.get(line.our_ref)
        if collected is None:
            return None
        if not line.their_ref and len(collected) == 1:
            return RECEIPT + collected[0]
        # Money for a payment of ours under a trade that we don't have: a second trade has a
        # subject of its own.
        return f"{PAYMENT}{line.our_ref}" + (f":{line.their_ref}" if collected else "")

    def items(self, subjects: Iterable[str]) -> list[Booked]:
        wanted = list(subjects)
        booked = [
            Booked(
                OurItem(RECEIPT + trade_no, Standing.SETTLED, -amount),
                day_of(received_at),
            )
            for trade_no, amount, received_at in Receipt.objects.filter(
                gateway=self.code, trade_no__in=_numbers(wanted, RECEIPT)
            ).values_list("trade_no", "amount", "received_at")
        ]
        booked += [
            self._booked_refund(refund)
            for refund in PaymentRefund.objects.filter(
                refund_no__in=_numbers(wanted, REFUND), receipt__gateway=self.code
            )
        ]
        # A payment without that money: what became of it is for the statement to say.
        booked += [
            Booked(OurItem(subject, Standing.OPEN, Decimal(0)), None)
            for subject in wanted
            if subject.startswith(PAYMENT)
        ]
        return booked

    @staticmethod
    def _booked_refund(refund: PaymentRefund) -> Booked:
        is_paid = refund.status == PaymentRefundStatus.DONE or refund.is_paid_twice
        standing = _STANDING.get(PaymentRefundStatus(refund.status), Standing.FAILED)
        at = refund.late_done_at or refund.confirmed_at
        return Booked(
            OurItem(
                REFUND + refund.refund_no,
                Standing.SETTLED if is_paid else standing,
                refund.amount if is_paid else Decimal(0),
            ),
            day_of(at) if is_paid and at else None,
        )

    def expected(self, first_day: date, last_day: date) -> list[str]:
        start, end = span(first_day, last_day)
        receipts = Receipt.objects.filter(
            gateway=self.code, received_at__gte=start, received_at__lt=end
        ).values_list("trade_no", flat=True)
        refunds = PaymentRefund.objects.filter(receipt__gateway=self.code).filter(
            Q(status=PaymentRefundStatus.DONE, confirmed_at__gte=start, confirmed_at__lt=end)
            | Q(is_paid_twice=True, late_done_at__gte=start, late_done_at__lt=end)
        )
        return [RECEIPT + number for number in receipts] + [
            REFUND + number for number in refunds.values_list("refund_no", flat=True)
        ]

    def evidence(self, subject: str) -> Evidence:
        number = subject.partition(":")[2]
        if subject.startswith(RECEIPT):
            receipt = Receipt.objects.select_related("payment__payer").filter(
                gateway=self.code, trade_no=number
            )
            if (found := receipt.first()) is not None:
                return _payment_evidence(found.payment, found)
        elif subject.startswith(REFUND):
            refund = PaymentRefund.objects.select_related("receipt__payment__payer")
            if (known := refund.filter(refund_no=number).first()) is not None:
                return _refund_evidence(known)
        elif subject.startswith(PAYMENT):
            payment = self._payment(subject)
            if payment is not None:
                return _payment_evidence(payment, None)
        return Evidence(title=number or subject)

    # --- doors ----------------------------------------------------------------------------------

    def decisions(self, subject: str, *, theirs: Decimal) -> list[ResolutionKind]:
        """A payment through `settle`, a refund through `apply_refund_outcome`."""
        if subject.startswith(PAYMENT) and theirs < 0 and self._payment(subject) is not None:
            return [ResolutionKind.PAID]
        if subject.startswith(REFUND) and theirs > 0:
            refund = PaymentRefund.objects.filter(refund_no=subject.removeprefix(REFUND)).first()
            if refund is None or refund.status == PaymentRefundStatus.DONE:
                return []
            if refund.late_done_at is None and theirs == refund.amount:
                return [ResolutionKind.REFUNDED]
        return []

    def decide(
        self, subject: str, kind: ResolutionKind, *, theirs: Decimal, their_ref: str, reason: str
    ) -> None:
        if kind == ResolutionKind.REFUNDED:
            apply_refund_outcome(
                refund_no=subject.removeprefix(REFUND),
                outcome=RefundOutcome(RefundKind.DONE, code="statement", message=reason),
            )
            return
        payment = self._payment(subject)
        assert payment is not None, subject
        settle(
            gateway=self.code,
            notice=GatewayNotice(
                payment_no=payment.payment_no,
                gateway_trade_no=their_ref or f"statement-{payment.payment_no}",
                status=PaymentStatus.PAID,
                amount=-theirs,
                currency=payment.unit,
                message=reason,
            ),
        )

    def _payment(self, subject: str) -> Payment | None:
        number = subject.removeprefix(PAYMENT).partition(":")[0]
        return (
            Payment.objects.select_related("payer")
            .filter(payment_no=number, gateway=self.code)
            .first()
        )


def _numbers(subjects: Iterable[str], prefix: str) -> list[str]:
    return [subject.removeprefix(prefix) for subject in subjects if subject.startswith(prefix)]


def _payment_evidence(payment: Payment, receipt: Receipt | None) -> Evidence:
    facts = [
        (_("Payment"), f"{payment.payment_no} · {payment.get_status_display()}"),
        (_("For"), f"{payment.purpose} {payment.purpose_ref} · {payment.subject}"),
        (_("Payer"), str(payment.payer or "—")),
        (_("Amount asked"), money(payment.amount)),
    ]
    if receipt is not None:
        kept = _("accepted") if receipt.is_accepted else _("goes back")
        facts.append((_("Received"), f"{money(receipt.amount)} · {kept}"))
        facts.append((_("Their number"), receipt.trade_no))
    link = reverse("admin:payments_payment_change", args=[payment.pk])
    return Evidence(payment.subject, facts, links=[(_("The payment"), link)])


def _refund_evidence(refund: PaymentRefund) -> Evidence:
    payment = refund.receipt.payment
    facts = [
        (_("Refund"), f"{refund.refund_no} · {refund.get_status_display()}"),
        (_("For"), f"{payment.purpose} {payment.purpose_ref}"),
        (_("Amount"), money(refund.amount)),
        (_("Their number of the payment"), refund.receipt.trade_no),
        (_("The gateway's last words"), refund.last_message or "—"),
    ]
    link = reverse("admin:payments_paymentrefund_change", args=[refund.pk])
    return Evidence(str(refund), facts, links=[(_("The refund"), link)])
