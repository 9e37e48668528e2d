"""Delivering units of a finished order once more, at our cost: its money stays where it is.

The buyer pays nothing and gets nothing back: the order keeps its revenue, and what the replacement
costs is booked as cost of the same order. Invariant: a replacement is open exactly while one of its
units is with an attempt that isn't decided; units that are being replaced can't be refunded.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from catalog.stock import cards_of
from ledger import services as ledger
from ledger.models import EntryKind
from orders.books import books_of
from orders.channels import channel
from orders.deliveries import Delivery
from orders.errors import NotReplaceable
from orders.locks import lock_order
from orders.models import (
    UNDECIDED,
    FaultyCard,
    Fulfilment,
    FulfilmentStatus,
    Order,
    Replacement,
    ReplacementStatus,
)
from orders.services.completing import cost_lines
from orders.services.returning import units_kept
from orders.services.sourcing import NobodyTakesOver, go_on, source
from orders.state import note
from orders.units import unheld
from users import audit
from users.models import User


@transaction.atomic
def replace_units(
    *,
    order: Order,
    quantity: int,
    faulty_cards: Sequence[int],
    reason: str,
    actor: User | None,
    request_ref: str,
) -> Replacement:
    """Deliver `quantity` units of a delivered order again: staff's decision, audited.

    For codes, `faulty_cards` are the keys of the cards that are replaced, one a unit: they are
    written off. Local stock delivers before this returns, everybody else through the workers; what
    nobody can deliver is told to the channel (`on_replaced`). Locks the order and its accounts,
    then card lanes. The same `request_ref` again gives the same replacement back. Raises
    NotReplaceable.
    """
    order = lock_order(order.pk)
    earlier = order.replacements.filter(request_ref=request_ref).first()
    if earlier is not None:
        return earlier
    if not 1 <= quantity <= units_kept(order) or order.refunded >= order.total:
        raise NotReplaceable(field="quantity")
    if order.kind == "card" and len(set(faulty_cards)) != quantity:
        raise NotReplaceable(field="quantity")
    write_off(order, faulty_cards, reason=reason)
    before = order.replacements.aggregate(units=Sum("quantity"))["units"] or 0
    replacement = Replacement.objects.create(
        order=order,
        first_unit=order.quantity + before,
        quantity=quantity,
        reason=reason,
        request_ref=request_ref,
    )
    note(order, code="replacement_started", details={"count": str(quantity)})
    audit.record(
        actor=actor,
        action="replace_units",
        target=f"order:{order.order_no}",
        reason=reason,
        quantity=quantity,
    )
    _go_on_replacing(order, replacement)
    return replacement


def write_off(order: Order, cards: Sequence[int], *, reason: str) -> None:
    """Mark codes of an order as faulty, for good; those that are marked already are refused.

    The caller holds the order's locks. Raises NotReplaceable.
    """
    if not cards:
        return
    own = {card.pk for card in cards_of(order.pk)}
    marked = set(FaultyCard.objects.filter(card__in=cards).values_list("pk", flat=True))
    if not set(cards) <= own - marked:
        raise NotReplaceable(field="cards")
    FaultyCard.objects.bulk_create(
        FaultyCard(card_id=card, order=order, reason=reason) for card in sorted(set(cards))
    )


def go_on_after(
    order: Order,
    attempt: Fulfilment,
    *,
    came: Sequence[Delivery] = (),
    gives_up: bool = True,
    again: int | None = None,
) -> None:
    """An attempt was decided: go on with the order, or with the replacement that it was for.

    As `sourcing.go_on`, which see.
    """
    if attempt.first_unit < order.quantity:
        go_on(order, came=came, gives_up=gives_up, again=again)
        return
    replacement = _replacement_of(order, attempt)
    _go_on_replacing(order, replacement, came=came, gives_up=gives_up, again=again)


def _replacement_of(order: Order, attempt: Fulfilment) -> Replacement:
    """The last one that begins at or before the attempt's units."""
    begun = order.replacements.filter(first_unit__lte=attempt.first_unit)
    found = begun.order_by("-first_unit").first()
    assert found is not None, f"{attempt.fulfilment_no} is at units that nobody asked for"
    return found


def _go_on_replacing(
    order: Order,
    replacement: Replacement,
    *,
    came: Sequence[Delivery] = (),
    gives_up: bool = True,
    again: int | None = None,
) -> None:
    """Book what came, find offers for what nobody holds, end it when nothing is open any more."""
    attempts = list(
        order.fulfilments.filter(
            first_unit__gte=replacement.first_unit, first_unit__lt=replacement.end_unit
        )
    )
    start = replacement.first_unit
    held = [
        (one.first_unit - start, one.end_unit - start)
        for one in attempts
        if one.status != FulfilmentStatus.FAILED
    ]
    deliveries = list(came)
    is_open = any(one.status in UNDECIDED for one in attempts)
    for first, end in unheld(replacement.quantity, held):
        gap = (start + first, start + end)
        decision, taken = source(order, gap, attempts, again=again)
        if not (decision.parts or gives_up):
            raise NobodyTakesOver
        deliveries += taken
        is_open |= any(not part.offer.is_local for part in decision.parts)
    _book(order, replacement, deliveries)
    if not is_open:
        _end(order, replacement)


def _book(order: Order, replacement: Replacement, deliveries: Sequence[Delivery]) -> None:
    """What was delivered again cost us something, and nobody pays for it."""
    books = books_of(order)
    for one in deliveries:
        if one.cost:
            ledger.post(
                reference=f"fulfilment:{one.fulfilment_no}:replaced",
                kind=EntryKind.ORDER_REPLACED,
                lines=cost_lines(books, [one]),
                memo=order.order_no,
            )
        replacement.delivered_quantity += one.quantity
        replacement.cost += one.cost
        order.cost += one.cost
    if deliveries:
        replacement.save(update_fields=["delivered_quantity", "cost"])
        Order.objects.filter(pk=order.pk).update(cost=order.cost)


_NOTES = {
    ReplacementStatus.DELIVERED: "replaced",
    ReplacementStatus.PARTLY_DELIVERED: "partly_replaced",
    ReplacementStatus.FAILED: "replacement_failed",
}


def _end(order: Order, replacement: Replacement) -> None:
    delivered, wanted = replacement.delivered_quantity, replacement.quantity
    if delivered == wanted:
        status = ReplacementStatus.DELIVERED
    else:
        status = ReplacementStatus.PARTLY_DELIVERED if delivered else ReplacementStatus.FAILED
    replacement.status = status
    replacement.finished_at = timezone.now()
    replacement.save(update_fields=["status", "finished_at"])
    details = {"count": str(delivered), "wanted": str(wanted)}
    note(order, code=_NOTES[status], details=details)
    channel(order.channel).on_replaced(order, replacement)
