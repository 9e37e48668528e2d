"""An agent's codes: gathered from its delivered orders, marked as sold, handed out.

Gathering runs after purchases and beside them: it reads orders by their keys and writes rows that
nothing else waits for. It may run twice, late, or be cut short: a code is gathered once (unique),
and the shelf moves past an order only when nothing can come of it any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from catalog.models import DeliveryKind
from catalog.sealing import unseal_card
from catalog.stock import SealedCard, cards_of_orders
from kameng.code_tags import tags_of
from kameng.models import Agent, CodeShelf, OwnedCode
from orders.models import FINAL_STATUSES, OPEN_STATUSES, Channel, Order
from outbound.hints import after_commit
from users import audit

CARDS_AT_ONCE = 5_000
ORDERS_AT_ONCE = 500
# An order's key is drawn under the wallet's lock, so keys of one buyer are committed in order. This
# much longer than any transaction, in case that ever changes.
SETTLED_AFTER = timedelta(minutes=1)
MOST_MARKED = 10_000


@transaction.atomic
def gather_codes(*, agent: Agent) -> bool:
    """Put the codes of the agent's newer orders on its shelf; say whether all are there.

    What is too much for one go is hinted to a worker. Locks the shelf; who doesn't get it leaves
    the work to who has it.
    """
    CodeShelf.objects.get_or_create(agent=agent)
    shelf = (
        CodeShelf.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(agent=agent)
        .first()
    )
    if shelf is None:
        return False
    own = Order.objects.filter(
        buyer=agent.user_id,
        channel=Channel.WHOLESALE,
        kind=DeliveryKind.CARD,
        pk__gt=shelf.up_to,
    )
    unsettled = own.filter(
        Q(status__in=OPEN_STATUSES) | Q(created_at__gt=timezone.now() - SETTLED_AFTER)
    ).aggregate(first=Min("pk"))["first"]
    gathered = Exists(OwnedCode.objects.filter(order=OuterRef("pk")))
    todo = list(
        own.filter(delivered_quantity__gt=0)
        .exclude(gathered, status__in=FINAL_STATUSES)
        .order_by("pk")[:ORDERS_AT_ONCE]
    )
    done = _gather(agent, todo)
    shelf.is_complete = done == len(todo) < ORDERS_AT_ONCE
    if shelf.is_complete:
        newest = own.order_by("-pk").values_list("pk", flat=True).first() or shelf.up_to
        shelf.up_to = newest if unsettled is None else unsettled - 1
    else:
        last = todo[done - 1].pk
        shelf.up_to = last if unsettled is None else min(last, unsettled - 1)
        after_commit("kameng.tasks.gather_codes", agent.pk)
    shelf.save(update_fields=["up_to", "is_complete"])
    return shelf.is_complete


def _gather(agent: Agent, todo: list[Order]) -> int:
    """Store the codes of the first of these orders; return of how many."""
    taken: list[Order] = []
    cards = 0
    for order in todo:
        if taken and cards + order.delivered_quantity > CARDS_AT_ONCE:
            break
        taken.append(order)
        cards += order.delivered_quantity
    by_key = {order.pk: order for order in taken}
    OwnedCode.objects.bulk_create(
        (_owned(agent, by_key[order_id], card) for order_id, card in cards_of_orders(by_key)),
        ignore_conflicts=True,
        batch_size=1000,
    )
    return len(taken)


def _owned(agent: Agent, order: Order, card: SealedCard) -> OwnedCode:
    opened = unseal_card(card.sealed, card.fingerprint)
    return OwnedCode(
        agent=agent,
        order=order,
        card_id=card.pk,
        sku_id=order.sku_id,
        expires_on=card.expires_on,
        tags=tags_of(agent.pk, number=opened.number, secret=opened.secret),
        bought_at=order.created_at,
    )


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """Whom codes were sold to, for how much each (CNY), and what else to remember."""

    customer: str = ""
    price: Decimal | None = None
    note: str = ""


@transaction.atomic
def mark_sold(*, codes: QuerySet[OwnedCode], facts: SaleFacts) -> int:
    """Mark codes as sold, those that aren't yet; return how many. Safe to repeat. Locks them."""
    keys = _locked(codes.filter(sold_at=None))
    return OwnedCode.objects.filter(pk__in=keys).update(
        sold_at=timezone.now(), sold_to=facts.customer, sold_for=facts.price, note=facts.note
    )


@transaction.atomic
def mark_unsold(*, codes: QuerySet[OwnedCode]) -> int:
    """Take the mark back, and what was said with it; return of how many. Locks them."""
    keys = _locked(codes.filter(sold_at__isnull=False))
    return OwnedCode.objects.filter(pk__in=keys).update(
        sold_at=None, sold_to="", sold_for=None, note=""
    )


def _locked(codes: QuerySet[OwnedCode]) -> list[int]:
    newest = codes.order_by("-pk").values_list("pk", flat=True)[:MOST_MARKED]
    return list(
        OwnedCode.objects.filter(pk__in=list(newest))
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A code that is handed out. Its repr hides it, since reprs are logged."""

    code: OwnedCode
    number: str = field(repr=False)
    secret: str = field(repr=False)


@transaction.atomic
def hand_out(*, agent: Agent, codes: Iterable[OwnedCode], how: str) -> list[OpenCode]:
    """Open codes for their owner (with their cards loaded), with an audit record of it."""
    opened = []
    for code in codes:
        assert code.agent_id == agent.pk, f"code {code.pk} belongs to somebody else"
        card = unseal_card(code.card.sealed, code.card.fingerprint)
        opened.append(OpenCode(code, card.number, card.secret))
    audit.record(
        actor=agent.user,
        action="reveal_codes",
        target=f"agent:{agent.pk}",
        how=how,
        cards=len(opened),
        orders=len({one.code.order_id for one in opened}),
    )
    return opened
