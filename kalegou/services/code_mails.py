"""Sending the codes of an order to their buyer's own address again.

Only to an address that the account or the order has already: whoever finds a phone unlocked can't
have them sent elsewhere. How often is limited for each order, whoever asks. The row is the truth
and the queue a hint; each attempt belongs to whoever moves `attempts` on, and no transaction is
held over the call. The text with the codes exists only while it is sent.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kalegou.aftersale_errors import NoAddressKnown, SentTooOften
from kalegou.contacts import contact_of
from kalegou.errors import NothingToReveal
from kalegou.models import CodeMail
from orders.models import Order
from orders.queries import cards_of_order
from outbound.hints import after_commit
from users import audit
from users.mailing import attempt_mail, hint_due
from users.models import User

MOST_A_DAY = 3
PAUSE = timedelta(seconds=60)
MOST_CODES = 500


@transaction.atomic
def send_codes(*, order: Order, actor: User | None) -> CodeMail:
    """Have the codes of an order sent to its buyer's address after commit. Audited.

    Locks the order's row, so that clicks at once count one after the other. Raises
    NothingToReveal, NoAddressKnown, SentTooOften: nothing is sent then.
    """
    order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
    if order.kind != "card" or not order.delivered_quantity:
        raise NothingToReveal
    address = contact_of(order).email
    if not address:
        raise NoAddressKnown
    now = timezone.now()
    recent = list(
        CodeMail.objects.filter(order=order, created_at__gt=now - timedelta(days=1))
        .order_by("-created_at")
        .values_list("created_at", flat=True)
    )
    if len(recent) >= MOST_A_DAY:
        raise SentTooOften
    if recent and recent[0] > now - PAUSE:
        raise SentTooOften(_("They were sent a moment ago. Please wait a minute and look there."))
    mail = CodeMail.objects.create(
        order=order, asked_by=actor, address=address, next_attempt_at=now
    )
    audit.record(
        actor=actor,
        action="reveal_cards",
        target=f"order:{order.order_no}",
        how="mailed",
        count=order.delivered_quantity,
    )
    after_commit("kalegou.tasks.send_code_mail", mail.pk, mail.attempts)
    return mail


def sweep_code_mails() -> int:
    """Hint at every mail that is due; return how many. Skips rows that others hold."""
    return hint_due(CodeMail.objects.all(), task="kalegou.tasks.send_code_mail")


def send_code_mail(*, mail_id: int, attempt: int) -> None:
    """Make one attempt, numbered from 0. Safe to run twice or at once."""
    attempt_mail(
        CodeMail.objects.select_related("order"),
        mail_id=mail_id,
        attempt=attempt,
        message=_message,
        says="code_mail_sent",
    )


def _message(mail: CodeMail) -> EmailMessage:
    """Of a big order the first codes; the page and its file have all."""
    order = mail.order
    cards = [card for card in cards_of_order(order) if not card.is_faulty]
    with translation.override(settings.LANGUAGE_CODE):
        lines = [
            _("Your codes of order %(number)s, %(goods)s:")
            % {"number": order.order_no, "goods": f"{order.product_name} {order.sku_name}"},
            "",
        ]
        for card in cards[:MOST_CODES]:
            valid = f"  {card.expires_on:%Y-%m-%d}" if card.expires_on else ""
            lines.append(f"{card.number}  {card.secret}{valid}".strip())
        if len(cards) > MOST_CODES:
            lines.append(_("The others are on the order's page."))
        lines += ["", _("Keep this mail to yourself: whoever has a code can use it.")]
        subject = _("Your codes of order %(number)s") % {"number": order.order_no}
    return EmailMessage(subject, "\n".join(lines), to=[mail.address])
