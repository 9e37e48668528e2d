"""Taking one card out of stock: a code that doesn't work, or that was sent back to its supplier."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from catalog.errors import CardNotInStock, CardSold
from catalog.models import SKU, Card, CardAllocation, StockLane
from catalog.sealing import fingerprint
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from users import audit
from users.models import User


@transaction.atomic
def withdraw_card(
    *, sku: SKU, number: str, secret: str, is_taken_back: bool, reason: str, actor: User
) -> Decimal:
    """Take one unsold card out of stock for good; return what it had cost (CNY).

    `is_taken_back`: the supplier gives the money back, so we owe it less; otherwise it is our loss
    through that supplier. The card changes places with the lane's next one and the lane moves on,
    as in a sale to nobody; its code stays known, so it can't be imported again. Locks the lane, as
    a purchase does. Raises CardNotInStock or CardSold.
    """
    card = Card.objects.filter(
        fingerprint=fingerprint(number.strip(), secret.strip()), lane__sku=sku
    ).first()
    if card is None:
        raise CardNotInStock(field="number")
    lane = StockLane.objects.select_for_update(no_key=True).get(pk=card.lane_id)
    card.refresh_from_db()
    if card.position < lane.next_position:
        raise CardSold(field="number")
    place = lane.next_position
    _bring_forward(card, lane)
    allocation = CardAllocation.objects.create(
        lane=lane, first_position=place, end_position=place + 1, withdrawn_why=reason
    )
    lane.next_position = place + 1
    lane.is_exhausted = lane.next_position >= lane.size
    lane.save(update_fields=["next_position", "is_exhausted"])
    supplier = lane.lot.supplier_code
    if lane.unit_cost:
        bearer = accounts.supplier(supplier) if is_taken_back else accounts.supplier_loss(supplier)
        ledger.post(
            reference=f"allocation:{allocation.pk}:withdrawn",
            kind=EntryKind.ADJUSTMENT,
            lines=[
                Line(accounts.inventory(), lane.unit_cost),
                Line(bearer, -lane.unit_cost),
            ],
            memo=f"{sku.code} lot {lane.lot_id}",
        )
    audit.record(
        actor=actor,
        action="withdraw_card",
        target=f"card:{card.pk}",
        reason=reason,
        sku=sku.code,
        lot=lane.lot_id,
        cost=str(lane.unit_cost),
        borne_by="supplier" if is_taken_back else "us",
    )
    return lane.unit_cost


def _bring_forward(card: Card, lane: StockLane) -> None:
    """Let the card and the lane's next one change places, by way of a place that nobody has."""
    place = card.position
    if place == lane.next_position:
        return
    cards = Card.objects.filter(lane=lane)
    cards.filter(pk=card.pk).update(position=lane.size)
    cards.filter(position=lane.next_position).update(position=place)
    cards.filter(pk=card.pk).update(position=lane.next_position)
