"""Everything that staff weigh before they decide a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from catalog.models import Card
from kalegou.models import Claim, TicketPicture
from kalegou.queries.tickets import Said, conversation
from orders.models import FaultyCard, SupplierClaim
from users.models import AuditLog

MOST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot that claimed codes come from: how many of it turned out to be bad."""

    name: str
    card_count: int
    faulty_count: int


@dataclass(frozen=True, slots=True)
class Reveal:
    at: datetime
    who: str
    how: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """`same_pictures` are other claims with one of the same files: a sign of fraud."""

    said: Sequence[Said]
    reveals: Sequence[Reveal]
    lots: Sequence[Lot]
    others: Sequence[Claim]
    same_pictures: Sequence[Claim]
    from_suppliers: Sequence[SupplierClaim]


def evidence_of(claim: Claim) -> Evidence:
    """All of it, in a handful of queries, whatever the claim's size."""
    order = claim.order
    return Evidence(
        said=conversation(claim.ticket),
        reveals=_reveals(order.order_no),
        lots=_lots(claim),
        others=list(
            Claim.objects.filter(
                Q(order__buyer=order.buyer_id) if order.buyer_id else Q(order=order)
            )
            .exclude(pk=claim.pk)
            .select_related("order")
            .order_by("-pk")[:MOST_ROWS]
        ),
        same_pictures=_same_pictures(claim),
        from_suppliers=list(order.supplier_claims.select_related("supplier")),
    )


def _reveals(order_no: str) -> list[Reveal]:
    rows = AuditLog.objects.filter(target=f"order:{order_no}", action="reveal_cards")
    return [
        Reveal(row.at, str(row.actor or ""), str(row.details.get("how", "")))
        for row in rows.select_related("actor").order_by("-id")[:MOST_ROWS]
    ]


def _lots(claim: Claim) -> list[Lot]:
    cards = Card.objects.filter(pk__in=claim.cards.values("card_id"))
    lots = {card.lane.lot_id: card.lane.lot for card in cards.select_related("lane__lot")}
    faulty: dict[int, int] = {}
    for lot_id in FaultyCard.objects.filter(card__lane__lot__in=lots).values_list(
        "card__lane__lot", flat=True
    ):
        faulty[lot_id] = faulty.get(lot_id, 0) + 1
    return [
        Lot(f"#{lot.pk} {lot.supplier_code} {lot.source}", lot.card_count, faulty.get(lot.pk, 0))
        for lot in lots.values()
    ]


def _same_pictures(claim: Claim) -> list[Claim]:
    mine = TicketPicture.objects.filter(message__ticket=claim.ticket_id).values("sha256")
    tickets = TicketPicture.objects.filter(sha256__in=mine).values("message__ticket")
    return list(
        Claim.objects.filter(ticket__in=tickets).exclude(pk=claim.pk).order_by("-pk")[:MOST_ROWS]
    )
