"""Which offers deliver an order, how much each, and why the others don't: a pure function.

`decide` looks at what was loaded (suppliers/candidates.py) and at nothing else, so the same input
gives the same decision, and the decision explains itself: one verdict for every offer of the SKU,
kept with the order as data and shown to staff.

An offer is passed over when it failed this order before, is closed, in a maintenance window, not
for this number, would lose money, or can't take a part of the quantity. Those left stand in order:
by priority, or by a score of what staff weigh (the SKU's routing rule). The first takes as much as
it can; the rest goes to the next.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from suppliers.maintenance import Window, closed_until
from suppliers.scoring import Rule, Scored, scores
from suppliers.splitting import Capacity, fill

MOST_PARTS = 5  # one order becomes at most so many fulfilments at a time
STOCK_PROTOCOL = "stock"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One offer of the SKU, open or not: `cost` is CNY for one unit.

    `carriers` and `provinces` are what it is limited to, empty for no limit. `balance` is the money
    with the supplier, None when it isn't known. Local stock is counted only when that is needed:
    `stock` is what can be sold today, `affordable_stock` what of it costs no more than the price;
    None means not counted, and then each card is checked when it is taken. `next_unit_cost` is what
    the cards cost that would be handed out next, when they are together; None when they aren't.
    """

    offer_id: int
    supplier_id: int
    supplier_code: str
    protocol: str
    cost: Decimal
    priority: int = 100
    min_quantity: int = 1
    max_quantity: int = 10_000
    is_open: bool = True
    supplier_is_open: bool = True
    is_paused: bool = False  # by itself (suppliers/models/gates.py)
    trial_slots: int = 0  # of a paused supplier: orders that are let through
    stopped: str = ""  # why this offer was taken out by itself
    carriers: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    allows_loss: bool = False
    success_rate: Decimal | None = None
    p50_seconds: float | None = None
    balance: Decimal | None = None
    windows: tuple[Window, ...] = ()
    stock: int | None = None
    affordable_stock: int | None = None
    next_unit_cost: Decimal | None = None
    listed_cost: Decimal | None = None  # by the supplier's own list, accepted by staff or not

    @property
    def cost_now(self) -> Decimal:
        """What one costs: as staff accepted it, or as the supplier lists it, if that is more."""
        return max(self.cost, self.listed_cost or self.cost)

    @property
    def is_local(self) -> bool:
        return self.protocol == STOCK_PROTOCOL

    @property
    def is_on_trial(self) -> bool:
        return self.is_paused and self.trial_slots > 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be delivered. `carrier` and `province` are empty when they aren't known.

    `in_one`: by one offer only, since all units are one charge.
    """

    quantity: int
    unit_price: Decimal
    carrier: str = ""
    province: str = ""
    in_one: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one offer: `reason` is a stable code (suppliers/reasons.py has sentences)."""

    offer_id: int
    supplier_code: str
    cost: Decimal
    reason: str
    quantity: int = 0
    details: Mapping[str, str] = field(default_factory=dict)
    scored: Scored | None = None

    def as_data(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "offer": self.offer_id,
            "supplier": self.supplier_code,
            "cost": str(self.cost),
            "reason": self.reason,
        }
        if self.quantity:
            data["quantity"] = self.quantity
        if self.details:
            data["details"] = dict(self.details)
        if self.scored:
            data["score"] = self.scored.as_data()
        return data


@dataclass(frozen=True, slots=True)
class Part:
    offer: Candidate
    quantity: int


@dataclass(frozen=True, slots=True)
class Decision:
    """`parts` sum to the quantity wanted, or are none: then nobody can deliver it."""

    parts: tuple[Part, ...]
    verdicts: tuple[Verdict, ...]

    def as_data(self) -> list[dict[str, Any]]:
        """The verdicts as they are kept with an order, the chosen ones first."""
        return [verdict.as_data() for verdict in self.verdicts]


def decide(
    wanted: Wanted,
    candidates: Sequence[Candidate],
    rule: Rule,
    *,
    now: datetime,
    tried: Collection[int] = (),
) -> Decision:
    """Choose the offers for `wanted`. `tried` are offers that failed this order definitely.

    Never an offer that is closed or in a window, never one below cost unless that is allowed, and
    all of the quantity or nothing.
    """
    passed_over: list[Verdict] = []
    usable: list[Candidate] = []
    for candidate in candidates:
        refusal = _refusal(candidate, wanted, now, tried)
        if refusal:
            passed_over.append(_verdict(candidate, *refusal))
        else:
            usable.append(candidate)
    scored = scores(usable, rule, wanted.quantity)
    ranked = sorted(usable, key=lambda one: _rank(one, scored))
    capacities = [_capacity(one, wanted) for one in ranked]
    most_parts = MOST_PARTS if rule.may_split and not wanted.in_one else 1
    taken = fill(wanted.quantity, capacities, most_parts=most_parts) or [0] * len(ranked)
    chosen: list[Verdict] = []
    last_chosen = max((place for place, quantity in enumerate(taken) if quantity), default=-1)
    for place, (candidate, capacity, quantity) in enumerate(
        zip(ranked, capacities, taken, strict=True)
    ):
        score = scored.get(candidate.offer_id)
        if quantity:
            chosen.append(_verdict(candidate, "chosen", quantity=quantity, scored=score))
        else:
            others_did = 0 <= last_chosen < place
            reason, details = _left_out(candidate, capacity, wanted, others_did=others_did)
            passed_over.append(_verdict(candidate, reason, details, scored=score))
    parts = tuple(
        Part(candidate, quantity)
        for candidate, quantity in zip(ranked, taken, strict=True)
        if quantity
    )
    passed_over.sort(key=lambda verdict: verdict.offer_id)
    return Decision(parts, (*chosen, *passed_over))


def _rank(candidate: Candidate, scored: Mapping[int, Scored]) -> tuple[Decimal, int, Decimal, int]:
    score = scored.get(candidate.offer_id)
    total = -score.total if score else Decimal(0)
    return (total, candidate.priority, candidate.cost, candidate.offer_id)


def _refusal(
    offer: Candidate, wanted: Wanted, now: datetime, tried: Collection[int]
) -> tuple[str, dict[str, str]] | None:
    """Why this offer is out of the question, whatever the others are."""
    if offer.offer_id in tried:
        return "failed_before", {}
    if (shut := shut_because(offer, now)) is not None:
        return shut
    # What isn't known isn't held against an offer: the tables are a hint, numbers move.
    if offer.carriers and wanted.carrier and wanted.carrier not in offer.carriers:
        return "carrier", {"carrier": wanted.carrier}
    if offer.provinces and wanted.province and wanted.province not in offer.provinces:
        return "province", {"province": wanted.province}
    if not offer.allows_loss:
        if not offer.is_local and offer.cost_now > wanted.unit_price:
            return "below_cost", {"price": str(wanted.unit_price)}
        if offer.is_local and offer.stock and offer.affordable_stock == 0:
            return "below_cost", {"price": str(wanted.unit_price)}
    return None


def shut_because(offer: Candidate, now: datetime) -> tuple[str, dict[str, str]] | None:
    """Why nothing goes through this offer now, whoever buys; None when something may."""
    if not offer.supplier_is_open:
        return "supplier_closed", {}
    if not offer.is_open:
        return "offer_closed", {}
    if offer.is_paused and not offer.is_on_trial:
        return "paused", {}
    if offer.stopped:
        return "stopped", {"cause": offer.stopped}
    until = closed_until(offer.windows, now)
    if until is not None:
        return "maintenance", {"until": until.isoformat()}
    return None


def _capacity(offer: Candidate, wanted: Wanted) -> Capacity:
    most = min(offer.max_quantity, wanted.quantity)
    if offer.is_local:
        sellable = offer.stock if offer.allows_loss else offer.affordable_stock
        if sellable is not None:
            most = min(most, sellable)
    elif offer.balance is not None and offer.cost > 0:
        most = min(most, max(int(offer.balance // offer.cost), 0))
    return Capacity(max(offer.min_quantity, 1), most)


def _left_out(
    offer: Candidate, capacity: Capacity, wanted: Wanted, *, others_did: bool
) -> tuple[str, dict[str, str]]:
    """Why an offer that could be used was not: the narrowest of its limits, or the others."""
    if capacity.most < capacity.least:
        if offer.min_quantity > wanted.quantity:
            return "quantity_too_small", {"least": str(offer.min_quantity)}
        if offer.is_local:
            return "stock_short", {"stock": str(max(capacity.most, 0))}
        if offer.balance is not None and offer.cost * capacity.least > offer.balance:
            return "balance_low", {"balance": str(offer.balance)}
        return "quantity_too_large", {"most": str(offer.max_quantity)}
    if others_did:
        return "others_first", {}
    if offer.is_local and capacity.most < wanted.quantity:
        return "stock_short", {"stock": str(capacity.most)}
    if offer.max_quantity < wanted.quantity:
        return "quantity_too_large", {"most": str(offer.max_quantity)}
    if offer.balance is not None and capacity.most < wanted.quantity:
        return "balance_low", {"balance": str(offer.balance)}
    return "does_not_add_up", {}


def _verdict(
    offer: Candidate,
    reason: str,
    details: Mapping[str, str] | None = None,
    *,
    quantity: int = 0,
    scored: Scored | None = None,
) -> Verdict:
    return Verdict(
        offer_id=offer.offer_id,
        supplier_code=offer.supplier_code,
        cost=offer.cost,
        reason=reason,
        quantity=quantity,
        details=details or {},
        scored=scored,
    )
