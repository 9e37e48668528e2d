"""Staff accept or refuse what a price list proposes, one or many at once."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import DeliveryKind
from suppliers.errors import ProposalDecided, ProposalOutdated
from suppliers.health.reasons import given
from suppliers.models import Offer, Proposal, ProposalKind, ProposalStatus, Supplier
from suppliers.pricelists.guarding import guard
from suppliers.pricelists.knowing import agree, changed_goods
from suppliers.pricelists.proposing import propose
from users import audit
from users.models import User

MOST_AT_ONCE = 500
DEFAULT_MAX_QUANTITY = 10_000


@transaction.atomic
def accept(*, proposal_ids: Collection[int], actor: User, reason: str) -> int:
    """Do what the proposals say, all or none; return how many. Audited, one by one.

    A match makes an offer (or gives an offer whose product is gone the new one); a cost becomes the
    offer's; other goods become those that the offer is for. From the next order on it counts; no
    money moves now. An offer that would sell below cost is made all the same, and kept out
    (suppliers/pricelists/guarding.py). Raises ReasonNeeded, ProposalDecided, ProposalOutdated.
    Locks the suppliers, then the proposals.
    """
    reason = given(reason)
    proposals = _locked(proposal_ids)
    for proposal in proposals:
        if not _is_still_true(proposal):
            raise ProposalOutdated(
                _("%(product)s has changed in the meantime. Nothing was changed: look again.")
                % {"product": proposal.goods.name}
            )
        offer = _apply(proposal, actor)
        _decide(proposal, ProposalStatus.ACCEPTED, actor, reason)
        audit.record(
            actor=actor,
            action=f"pricelist.accept_{proposal.kind}",
            target=f"offer:{offer.pk}",
            reason=reason,
            supplier=proposal.goods.supplier.code,
            sku=proposal.sku.code,
            product=proposal.goods.ref,
            cost_before="" if proposal.cost_before is None else str(proposal.cost_before),
            cost_after=str(proposal.cost_after),
        )
    for supplier in {proposal.goods.supplier for proposal in proposals}:
        propose(supplier)
        guard(supplier_id=supplier.pk)
    return len(proposals)


@transaction.atomic
def refuse(*, proposal_ids: Collection[int], actor: User, reason: str) -> int:
    """Change nothing, and don't propose the same again; return how many. Audited."""
    reason = given(reason)
    proposals = _locked(proposal_ids)
    for proposal in proposals:
        _decide(proposal, ProposalStatus.REFUSED, actor, reason)
        audit.record(
            actor=actor,
            action=f"pricelist.refuse_{proposal.kind}",
            target=f"proposal:{proposal.pk}",
            reason=reason,
            supplier=proposal.goods.supplier.code,
            sku=proposal.sku.code,
            product=proposal.goods.ref,
            cost_after=str(proposal.cost_after),
        )
    return len(proposals)


def _locked(proposal_ids: Collection[int]) -> list[Proposal]:
    ids = set(proposal_ids)
    suppliers = Supplier.objects.filter(goods__proposals__in=ids)
    list(
        Supplier.objects.filter(pk__in=suppliers.values("pk"))
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    proposals = list(
        Proposal.objects.filter(pk__in=ids)
        .select_related("goods__supplier", "sku", "offer")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    if not proposals or len(proposals) != len(ids):
        raise ProposalDecided
    if any(proposal.status != ProposalStatus.PENDING for proposal in proposals):
        raise ProposalDecided
    return proposals


def _is_still_true(proposal: Proposal) -> bool:
    """Whether the list says what the proposal's page said."""
    goods, offer = proposal.goods, proposal.offer
    if goods.gone_at is not None or goods.cost_of(proposal.sku) != proposal.cost_after:
        return False
    if proposal.kind != ProposalKind.GOODS or offer is None:
        return True
    reasons = changed_goods([offer], {goods.ref: goods}).get(offer.pk, [])
    return bool([reason.as_row() for reason in reasons] == proposal.reasons)


def _apply(proposal: Proposal, actor: User) -> Offer:
    goods = proposal.goods
    if proposal.kind != ProposalKind.MATCH:
        assert proposal.offer is not None, f"proposal {proposal.pk} has no offer"
        offer = proposal.offer
        offer.cost = proposal.cost_after
        offer.save(update_fields=["cost"])
        if proposal.kind == ProposalKind.GOODS:
            agree(offer, goods, actor=actor)
        return offer
    is_topup = proposal.sku.kind == DeliveryKind.TOPUP
    most = 1 if is_topup else (goods.max_quantity or DEFAULT_MAX_QUANTITY)
    offer, _is_new = Offer.objects.update_or_create(
        supplier=goods.supplier,
        sku=proposal.sku,
        defaults={"supplier_ref": goods.ref, "cost": proposal.cost_after},
        create_defaults={
            "supplier_ref": goods.ref,
            "cost": proposal.cost_after,
            "min_quantity": 1 if is_topup else goods.min_quantity,
            "max_quantity": most,
        },
    )
    agree(offer, goods, actor=actor)
    proposal.offer = offer
    return offer


def _decide(proposal: Proposal, status: ProposalStatus, actor: User, reason: str) -> None:
    proposal.status = status
    proposal.decided_at = timezone.now()
    proposal.decided_by = actor
    proposal.reason = reason[:200]
    proposal.save(update_fields=["status", "decided_at", "decided_by", "reason", "offer"])
