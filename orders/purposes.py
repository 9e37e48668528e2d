"""What a payment for an order does when its money arrives (settings.PAYMENT_PURPOSES)."""

from __future__ import annotations

from ledger import accounts
from orders.locks import lock_order
from orders.models import Order
from orders.services.paying import mark_paid, may_still_be_paid
from orders.services.returning import follow_gateway_refund
from payments.models import Payment, PaymentRefund
from payments.purposes import PayerWallet, Purpose


class OrderPurpose(Purpose):
    """The money goes into escrow and the order is on its way."""

    def account_to_credit(self, payment: Payment) -> int | None:
        order = self._lock(payment)
        if order.total != payment.amount or not may_still_be_paid(order):
            return None
        return accounts.escrow()

    def settled(self, payment: Payment) -> None:
        mark_paid(self._lock(payment))

    def refund_changed(self, refund: PaymentRefund) -> None:
        if refund.receipt.is_accepted:
            follow_gateway_refund(refund)

    def payer_wallet(self, payment: Payment) -> PayerWallet | None:
        order = Order.objects.select_related("buyer").get(order_no=payment.purpose_ref)
        return PayerWallet(order.channel, order.buyer) if order.buyer else None

    @staticmethod
    def _lock(payment: Payment) -> Order:
        order_id = Order.objects.values_list("pk", flat=True).get(order_no=payment.purpose_ref)
        return lock_order(order_id)
