"""Customer service in the demo world: canned answers, a question, a claim that waits."""

from __future__ import annotations

import base64
from datetime import timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from catalog.models import SKU
from kalegou.models import CannedAnswer, Claim, ClaimKind, Ticket, TicketTopic
from kalegou.queries.claims import claimable_cards
from kalegou.services.claims import open_claim
from kalegou.services.members import ensure_member
from kalegou.services.ticketing import answer_ticket, write_ticket
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from orders.services import place_order
from users.models import User

USERNAME = "xiaohong"
PHONE = "13800000020"
DEPOSIT = Decimal("300.00")
CANNED = (
    (
        "查看到账",
        TicketTopic.NOT_ARRIVED,
        "您好，供货商已确认到账。运营商短信有时会晚几分钟，请先在运营商 App 里查余额；"
        "如果仍没有，请在订单页点“没有到账”，附上充值记录截图，我们马上处理。",
    ),
    (
        "退款去向",
        TicketTopic.FAILED,
        "您好，这一单的钱已按原付款方式退回，订单页能看到每一笔的时间。"
        "银行卡可能要等银行入账，一般几分钟。",
    ),
    (
        "请走售后",
        TicketTopic.CODE,
        "您好，请在订单页点“卡密用不了”，选中有问题的卡密并附上报错截图。"
        "核实后我们给您换一个或退款。",
    ),
    ("感谢", "", "不客气，祝您使用愉快！还有问题随时找我们。"),
)
# One grey pixel: a picture as the upload check wants it.
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mN8+f//fwAJYgPYHd2h"
    "bQAAAABJRU5ErkJggg=="
)


@transaction.atomic
def load_aftersale(*, password_hash: str, staff: User) -> None:
    """小红 asked something, and one of her codes doesn't work. Safe to repeat."""
    for position, (title, topic, text) in enumerate(CANNED):
        CannedAnswer.objects.get_or_create(
            title=title, defaults={"topic": topic, "text": text, "position": position}
        )
    user, _ = User.objects.get_or_create(
        username=USERNAME,
        defaults={"password": password_hash, "phone": PHONE, "first_name": "小红"},
    )
    if Ticket.objects.filter(user=user).exists():
        return
    member = ensure_member(user)
    ledger.post(
        reference=f"demo:deposit:{USERNAME}",
        kind=EntryKind.DEPOSIT,
        lines=[Line(accounts.cash("bank"), -DEPOSIT), Line(member.wallet_id, DEPOSIT)],
        memo="demo",
    )
    asked = write_ticket(
        user=user, order=None, topic=TicketTopic.ACCOUNT, text="换了手机号，会员等级还在吗？"
    )
    answer_ticket(ticket=asked, text="您好，等级跟着账号走，换手机号不影响。", actor=staff)
    # She waited for four minutes, as people do.
    Ticket.objects.filter(pk=asked.pk).update(created_at=timezone.now() - timedelta(minutes=4))
    _claim_a_code(user)


def _claim_a_code(user: User) -> None:
    """Of the cheapest codes that the shop has in stock."""
    sku = (
        SKU.objects.filter(kind="card", is_on_sale=True, lanes__is_exhausted=False)
        .order_by("list_price", "pk")
        .first()
    )
    if sku is None or Claim.objects.filter(order__buyer=user).exists():
        return
    order = place_order(
        channel="retail", buyer=user, sku=sku, quantity=2, client_ref="demo-claim"
    ).order
    cards = claimable_cards(order)
    if cards:
        open_claim(
            order=order,
            user=user,
            kind=ClaimKind.CODE_INVALID,
            cards=[cards[0].pk],
            text="在官网输入后提示“卡密无效”，换了浏览器也一样，截图见附件。",
            pictures=[SimpleUploadedFile("proof.png", _PICTURE)],
        )
