"""What no single transaction tells: a balance that has become low, prices that have changed.

The balance is looked at in the transaction of each purchase of an agent that listens, and by the
sweeper for whatever else moves a wallet. Prices have many causes (lists, tiers, contracts that
begin by themselves, an upline's markup, a category that is hidden), so they are compared with what
was told last; the comparison and its events are one transaction, so nothing is told twice or lost.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from catalog.models import SKU
from catalog.queries import sellable_skus
from kameng.api.serializers import amount_text
from kameng.models import (
    Agent,
    AgentStatus,
    BalanceWatch,
    Endpoint,
    EventKind,
    FeedEntry,
    PriceWatch,
)
from kameng.price_rules import price_list
from kameng.queries.feed import last_place, terms_of
from kameng.services.events import Content, record_event
from kameng.services.feed import refresh_feed
from ledger.models import Unit
from users import audit
from users.models import User
from users.notices import tell

PRICE_EVENTS = (EventKind.PRICE_CHANGED, EventKind.OFF_SHELF, EventKind.ON_SHELF)
ITEMS_PER_EVENT = 500
STALE_AFTER = timedelta(hours=1)
# The feed remembers longer what left the shelf; whoever was compared before then is anew.
FEED_KEPT = timedelta(days=30)
COMPARING_SECONDS = 10.0  # of one run, whatever the number of agents


@transaction.atomic
def set_balance_threshold(*, agent: Agent, threshold: Decimal | None, actor: User) -> None:
    """Tell the agent and its endpoints when its balance falls below this (CNY); None: never."""
    if threshold is None:
        BalanceWatch.objects.filter(agent=agent).delete()
    else:
        BalanceWatch.objects.update_or_create(
            agent=agent, defaults={"threshold": threshold, "is_low": False}
        )
        watch_balance(agent_id=agent.pk)
    audit.record(
        actor=actor,
        action="set_balance_threshold",
        target=f"agent:{agent.pk}",
        threshold="" if threshold is None else str(threshold),
    )


@transaction.atomic
def watch_balance(*, agent_id: int) -> None:
    """Tell once that the balance is below the agent's threshold; be ready again once it isn't.

    Locks the watch, after the wallet if the caller holds that.
    """
    watch = BalanceWatch.objects.select_for_update().filter(agent=agent_id).first()
    if watch is None:
        return
    agent = Agent.objects.select_related("user", "wallet").get(pk=agent_id)
    balance = agent.wallet.balance
    assert balance is not None, "a wallet is guarded"
    is_low = balance < watch.threshold
    if is_low == watch.is_low:
        return
    BalanceWatch.objects.filter(pk=watch.pk).update(is_low=is_low)
    if is_low:
        tell(agent.user, "wholesale.balance_low", balance=balance, threshold=watch.threshold)
        record_event(
            agent_id=agent_id,
            kind=EventKind.BALANCE_LOW,
            stream="balance",
            content=lambda: {
                "balance": amount_text(balance),
                "threshold": amount_text(watch.threshold),
                "currency": Unit.CNY.value,
            },
        )


def sweep_balances() -> int:
    """Look at every balance that has crossed its threshold outside a purchase; return how many."""
    crossed = (
        BalanceWatch.objects.filter(
            Q(is_low=False, agent__wallet__balance__lt=F("threshold"))
            | Q(is_low=True, agent__wallet__balance__gte=F("threshold"))
        )
        .order_by("pk")
        .values_list("agent_id", flat=True)
    )
    for agent_id in list(crossed):
        watch_balance(agent_id=agent_id)
    return len(crossed)


def start_watching_prices(endpoint: Endpoint) -> None:
    """Remember today's prices, from which the first change is told. Safe to repeat."""
    if endpoint.is_sandbox or not set(endpoint.events) & {kind.value for kind in PRICE_EVENTS}:
        return
    now = timezone.now()
    is_kept_up = PriceWatch.objects.filter(
        agent=endpoint.agent_id, compared_at__gt=now - STALE_AFTER
    ).exists()
    if not is_kept_up:  # nobody has listened for a while: what changed then is not news
        PriceWatch.objects.update_or_create(
            agent_id=endpoint.agent_id,
            defaults={"told": prices_of(endpoint.agent), "compared_at": now, "seq": None},
        )


def prices_of(agent: Agent, *, codes: Sequence[str] | None = None) -> dict[str, str]:
    """SKU key → price of everything on the shelf, or of what of these codes is there.

    Two statements, whatever the number.
    """
    on_shelf = sellable_skus()
    if codes is not None:
        on_shelf = on_shelf.filter(code__in=codes)
    ids = list(on_shelf.values_list("pk", flat=True))
    return {str(pk): amount_text(quote.price) for pk, quote in price_list(agent, ids).items()}


def compare_prices(*, seconds: float = COMPARING_SECONDS) -> int:
    """Tell agents whose endpoints listen what has changed on the shelf; return how many looked at.

    Those compared longest ago come first; a run ends after `seconds`, and the next goes on. One
    pass of the feed says what may have changed for anybody, and only that is compared.
    """
    if not _listening_watches().exists():
        return 0
    refresh_feed(fresh_seconds=0)
    until = time.monotonic() + seconds
    began = timezone.now()
    compared = 0
    while time.monotonic() < until and _compare_next(before=began):
        compared += 1
    return compared


def _listening_watches() -> QuerySet[PriceWatch]:
    listening = Endpoint.objects.filter(
        agent=OuterRef("agent"),
        deleted_at=None,
        is_sandbox=False,
        events__overlap=[kind.value for kind in PRICE_EVENTS],
    )
    watches: QuerySet[PriceWatch] = PriceWatch.objects.filter(
        Exists(listening), agent__status=AgentStatus.ACTIVE
    )
    return watches


@transaction.atomic
def _compare_next(*, before: datetime) -> bool:
    watch = (
        _listening_watches()
        .filter(compared_at__lt=before)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("agent")
        .defer("told")
        .order_by("compared_at")
        .first()
    )
    if watch is None:
        return False
    _compare(watch)
    return True


def _compare(watch: PriceWatch) -> None:
    """The place and the terms are read before prices: what changes meanwhile comes once more."""
    now = timezone.now()
    seq, terms = last_place(), terms_of(watch.agent)
    codes: list[str] | None = None
    if watch.seq is not None and watch.terms == terms and now - watch.compared_at < FEED_KEPT:
        named = FeedEntry.objects.filter(seq__gt=watch.seq, seq__lte=seq)
        codes = list(named.values_list("code", flat=True))
    fields: dict[str, Any] = {"seq": seq, "terms": terms, "compared_at": now}
    if codes is None or codes:
        new = prices_of(watch.agent, codes=codes)
        old = watch.told
        if codes is not None:  # the others are as they were
            ids = {
                str(pk) for pk in SKU.objects.filter(code__in=codes).values_list("pk", flat=True)
            }
            new = {key: price for key, price in old.items() if key not in ids} | new
        if new != old:
            _tell_differences(watch.agent, old, new)
            fields["told"] = new
    PriceWatch.objects.filter(pk=watch.pk).update(**fields)


def _tell_differences(agent: Agent, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    changed = [key for key in new if key in old and old[key] != new[key]]
    gone = [key for key in old if key not in new]
    come = [key for key in new if key not in old]
    skus = {
        str(sku.pk): sku
        for sku in SKU.objects.filter(pk__in=[*changed, *gone, *come]).select_related("product")
    }
    for kind, keys in (
        (EventKind.OFF_SHELF, gone),
        (EventKind.PRICE_CHANGED, changed),
        (EventKind.ON_SHELF, come),
    ):
        items = [_item(skus[key], old.get(key), new.get(key)) for key in keys if key in skus]
        for part in _parts(items):
            record_event(
                agent_id=agent.pk,
                kind=kind,
                stream="prices",
                content=partial(_products, part),
            )


def _products(items: list[dict[str, str]]) -> Content:
    return {"products": items}


def _item(sku: SKU, old: str | None, new: str | None) -> dict[str, str]:
    item = {"code": sku.code, "name": f"{sku.product.name} {sku.name}"}
    if new is not None:
        item["price"] = new
        if old is not None:
            item["old_price"] = old
    return item


def _parts(items: Sequence[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    for start in range(0, len(items), ITEMS_PER_EVENT):
        yield list(items[start : start + ITEMS_PER_EVENT])
