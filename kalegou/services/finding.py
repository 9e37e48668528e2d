"""Finding a guest's order again: its number, and a code sent to the phone that was left with it."""

from __future__ import annotations

from django.db import transaction

from kalegou.errors import NotYourOrder
from kalegou.models import OrderContact
from orders.models import Channel
from users import audit
from users.codes import send_code, use_code
from users.models import CodePurpose


def ask_for_order(*, order_no: str, phone: str, origin: str | None) -> None:
    """Send a code to the phone, if a guest left it with this order; else do all but that.

    Nobody learns whether the number of the order or of the phone was wrong. Raises CodeTooSoon and
    TooManyCodes.
    """
    left = _contact(order_no, phone)
    send_code(
        purpose=CodePurpose.FIND_ORDER,
        phone=phone,
        subject=order_no,
        origin=origin,
        reaches=left is not None,
        email=left.email if left else "",
    )


def find_order(*, order_no: str, phone: str, typed: str, origin: str | None) -> str:
    """The number of the order that a code opens. Audited.

    Raises CodeWrong and TooManyGuesses, whether the order, the phone or the code is wrong.
    """
    use_code(
        purpose=CodePurpose.FIND_ORDER, phone=phone, subject=order_no, typed=typed, origin=origin
    )
    with transaction.atomic():
        left = _contact(order_no, phone)
        if left is None:  # only a code that was sent comes this far, so it went in the meantime
            raise NotYourOrder
        audit.record(actor=None, action="find_order", target=f"order:{order_no}")
    return left.order.order_no


def _contact(order_no: str, phone: str) -> OrderContact | None:
    return (
        OrderContact.objects.select_related("order")
        .filter(
            order__order_no=order_no,
            order__channel=Channel.RETAIL,
            order__buyer=None,
            phone=phone,
        )
        .first()
    )
