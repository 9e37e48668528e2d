"""Sending the codes of an order to their buyer's own address again.

Only to an address that the account or the order has already: whoever finds a phone unlocked can't
have them sent elsewhere. How often is limited for each order, whoever asks. The row is the truth
and the queue a hint; each attempt belongs to whoever moves `attempts` on, and no transaction is
held over the call. The text with the codes exists only while it is sent.
"""

from __future__ import annotations

import smtplib
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from database.due import take_due
from kalegou.aftersale_errors import NoAddressKnown, SentTooOften
from kalegou.contacts import contact_of
from kalegou.errors import NothingToReveal
from kalegou.models import CodeMail
from orders.models import Order
from orders.queries import cards_of_order
from outbound.hints import after_commit
from outbound.retrying import next_attempt_at
from users import audit
from users.models import User

log = structlog.get_logger(__name__)

MOST_A_DAY = 3
PAUSE = timedelta(seconds=60)
# Longer than an attempt can take (EMAIL_TIMEOUT): then it is taken for lost, and due again.
LEASE = timedelta(seconds=60)
MOST_CODES = 500
BATCH = 100


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


@transaction.atomic
def sweep_code_mails() -> int:
    """Hint at every mail that is due; return how many. Skips rows that others hold."""
    due = take_due(
        CodeMail.objects.only("pk", "attempts"), by="next_attempt_at", again_in=LEASE, most=BATCH
    )
    for mail in due:
        after_commit("kalegou.tasks.send_code_mail", mail.pk, mail.attempts)
    return len(due)


def send_code_mail(*, mail_id: int, attempt: int) -> None:
    """Make one attempt, numbered from 0. Safe to run twice or at once."""
    mine = CodeMail.objects.filter(
        pk=mail_id, attempts=attempt, next_attempt_at__isnull=False
    ).update(attempts=F("attempts") + 1, next_attempt_at=timezone.now() + LEASE)
    if not mine:
        return
    mail = CodeMail.objects.select_related("order").get(pk=mail_id)
    problem = ""
    try:
        _message(mail).send()
    except (OSError, smtplib.SMTPException) as failure:
        problem = type(failure).__name__[:40]
    rows = CodeMail.objects.filter(pk=mail.pk, sent_at=None)
    if problem:
        again_at = next_attempt_at(mail.attempts, since=mail.created_at)
        rows.filter(attempts=mail.attempts).update(problem=problem, next_attempt_at=again_at)
    else:
        rows.update(problem="", sent_at=timezone.now(), next_attempt_at=None)
    log.info("code_mail_sent", mail_id=mail.pk, attempt=mail.attempts, problem=problem)


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
