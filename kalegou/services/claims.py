"""A buyer says that delivered goods are bad; staff decide: replaced, refunded, or refused.

Order of locks: the order's accounts and the order, then the claim, then its ticket. So two
decisions, or a decision and a refund of the same order, go one after the other, and the later one
sees what the earlier did.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from kalegou.aftersale_errors import ClaimDecided, NotClaimable
from kalegou.claim_rules import open_rules
from kalegou.models import (
    UNDECIDED_CLAIMS,
    Claim,
    ClaimedCard,
    ClaimKind,
    ClaimStatus,
    Ticket,
    TicketTopic,
)
from kalegou.queries.claims import claimable_cards, delivered_at
from kalegou.services.telling import tell_buyer
from kalegou.services.ticketing import answer, begin, close_ticket
from orders.locks import lock_order
from orders.models import Order, Refund, Replacement, ReplacementStatus
from orders.services import (
    refund_order,
    refundable,
    replace_units,
    total_share,
    units_kept,
    write_off,
)
from outbound.numbers import new_number
from users import audit
from users.models import User

_TOPICS = {
    ClaimKind.CODE_INVALID: TicketTopic.CODE,
    ClaimKind.CODE_USED: TicketTopic.CODE,
    ClaimKind.WRONG_ACCOUNT: TicketTopic.NOT_ARRIVED,
    ClaimKind.NOT_RECEIVED: TicketTopic.NOT_ARRIVED,
}


@transaction.atomic
def open_claim(
    *,
    order: Order,
    user: User | None,
    kind: ClaimKind,
    cards: Sequence[int],
    text: str,
    pictures: Sequence[UploadedFile] = (),
) -> Claim:
    """Claim that (some codes of) a delivered order are bad; `cards` are their keys.

    Locks the order and its accounts. Raises NotClaimable (too late, given back, claimed already),
    and what a ticket's message raises: nothing is kept then.
    """
    order = lock_order(order.pk)
    now = timezone.now()
    rules = open_rules(order, delivered_at=delivered_at(order), now=now)
    if kind not in {rule.kind for rule in rules}:
        raise NotClaimable(field="kind")
    if Claim.objects.filter(order=order, status__in=UNDECIDED_CLAIMS).exists():
        raise NotClaimable
    chosen = sorted(set(cards))
    quantity = len(chosen) if order.kind == "card" else 1
    if order.kind == "card" and not (
        chosen and set(chosen) <= {card.pk for card in claimable_cards(order)}
    ):
        raise NotClaimable(field="cards")
    if quantity > units_kept(order) or not refundable(order):
        raise NotClaimable(field="cards")
    ticket = begin(user=user, order=order, topic=_TOPICS[kind], text=text, pictures=pictures)
    claim = Claim.objects.create(
        claim_no=new_number("C"), order=order, ticket=ticket, kind=kind, quantity=quantity
    )
    if order.kind == "card":
        ClaimedCard.objects.bulk_create(ClaimedCard(claim=claim, card_id=pk) for pk in chosen)
    return claim


@transaction.atomic
def withdraw_claim(*, claim: Claim) -> None:
    """The buyer takes an open claim back, such as when the code works after all.

    Locks as a decision does. Raises ClaimDecided.
    """
    _order, claim = _lock_open(claim)
    claim.status = ClaimStatus.WITHDRAWN
    claim.save(update_fields=["status"])
    claim.cards.update(is_live=False)
    close_ticket(ticket=claim.ticket, actor=None)


@transaction.atomic
def grant_replacement(*, claim: Claim, text: str, actor: User) -> Claim:
    """Deliver what is claimed once more; the codes that it replaces are written off.

    What nobody can deliver goes back as money by itself (`replacement_ended`). `text` is what the
    buyer is told. Raises ClaimDecided, NotReplaceable: nothing changes then. Audited.
    """
    order, claim = _lock_open(claim)
    _decide(claim, ClaimStatus.REPLACING, text=text, actor=actor)
    replacement = replace_units(
        order=order,
        quantity=claim.quantity,
        faulty_cards=[one.card_id for one in claim.cards.all()],
        reason=f"{claim.claim_no}: {text}"[:200],
        actor=actor,
        request_ref=claim.claim_no,
    )
    Claim.objects.filter(pk=claim.pk).update(replacement=replacement)
    claim.refresh_from_db()
    if claim.status == ClaimStatus.REPLACING:
        _tell(claim, "claim_replacing", answer=text)
    return claim


@transaction.atomic
def grant_refund(*, claim: Claim, amount: Decimal, text: str, actor: User) -> Claim:
    """Send `amount` (CNY) back to where the buyer paid from; the claimed codes are written off.

    Raises ClaimDecided, NotRefundable: no money moves then. Audited.
    """
    order, claim = _lock_open(claim)
    write_off(order, [one.card_id for one in claim.cards.all()], reason=claim.claim_no)
    _decide(claim, ClaimStatus.REFUNDED, text=text, actor=actor)
    _refund(claim, order, amount, units=claim.quantity, ref="", actor=actor)
    _tell(claim, "claim_refunded", answer=text, amount=amount)
    return claim


@transaction.atomic
def refuse_claim(*, claim: Claim, text: str, actor: User) -> Claim:
    """Refuse, with the reason that the buyer reads; the codes may be claimed anew. Audited.

    Raises ClaimDecided.
    """
    _order, claim = _lock_open(claim)
    _decide(claim, ClaimStatus.REFUSED, text=text, actor=actor)
    claim.cards.update(is_live=False)
    _tell(claim, "claim_refused", answer=text)
    return claim


@transaction.atomic
def ask_about_claim(*, claim: Claim, text: str, actor: User) -> None:
    """Ask the buyer for more before deciding. Raises ClaimDecided. Audited."""
    _order, claim = _lock_open(claim)
    answer(_locked_ticket(claim), text=text, actor=actor)
    _tell(claim, "claim_question")


def replacement_ended(order: Order, replacement: Replacement) -> None:
    """A replacement that a claim was granted has ended: what didn't come goes back as money.

    Called inside the transaction that ends it, with the order's locks held.
    """
    claim = (
        Claim.objects.select_for_update(no_key=True, of=("self",))
        .select_related("ticket__user", "order", "decided_by")
        .filter(claim_no=replacement.request_ref)
        .first()
    )
    if claim is None:
        return
    missing = replacement.quantity - replacement.delivered_quantity
    is_in_vain = replacement.status == ReplacementStatus.FAILED
    claim.status = ClaimStatus.REFUNDED if is_in_vain else ClaimStatus.REPLACED
    claim.save(update_fields=["status"])
    if missing:
        amount = min(total_share(order, missing), refundable(order))
        if amount:
            _refund(claim, order, amount, units=missing, ref=":rest", actor=claim.decided_by)
            _tell(claim, "claim_refunded", answer=claim.answer, amount=amount)
    if not is_in_vain:
        _tell(claim, "claim_replaced")


def is_of_claim(refund: Refund) -> bool:
    """Whether money goes back because of a claim."""
    claim_no = (refund.request_ref or "").partition(":")[0]
    return Claim.objects.filter(order=refund.order_id, claim_no=claim_no).exists()


def _lock_open(claim: Claim) -> tuple[Order, Claim]:
    order = lock_order(claim.order_id)
    claim = (
        Claim.objects.select_for_update(no_key=True, of=("self",))
        .select_related("ticket__user", "order")
        .get(pk=claim.pk)
    )
    if claim.status != ClaimStatus.OPEN:
        raise ClaimDecided
    return order, claim


def _locked_ticket(claim: Claim) -> Ticket:
    return Ticket.objects.select_for_update(no_key=True).get(pk=claim.ticket_id)


def _decide(claim: Claim, status: ClaimStatus, *, text: str, actor: User) -> None:
    claim.status = status
    claim.decided_at, claim.decided_by = timezone.now(), actor
    claim.answer = text
    claim.save()
    answer(_locked_ticket(claim), text=text, actor=actor)
    audit.record(
        actor=actor,
        action="decide_claim",
        target=f"order:{claim.order.order_no}",
        reason=text,
        claim=claim.claim_no,
        decision=status.value,
    )


def _refund(
    claim: Claim, order: Order, amount: Decimal, *, units: int, ref: str, actor: User | None
) -> None:
    """The units count as taken back when their whole price goes back."""
    is_whole = amount >= min(total_share(order, units), refundable(order))
    refund_order(
        order=order,
        amount=amount,
        quantity=min(units, units_kept(order)) if is_whole else 0,
        reason=f"{claim.claim_no}: {claim.answer}"[:200],
        actor=actor,
        request_ref=f"{claim.claim_no}{ref}",
    )
    claim.refunded += amount
    claim.save(update_fields=["refunded"])


def _tell(claim: Claim, what: str, **facts: str | Decimal) -> None:
    tell_buyer(what, user=claim.ticket.user, order=claim.order, number=claim.claim_no, **facts)
