"""A supplier's statement is about our attempts to deliver through it (`f:<fulfilment number>`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger import accounts
from ledger.models import Posting
from orders.attempt_page import told
from orders.models import (
    UNDECIDED,
    Fulfilment,
    FulfilmentStatus,
    SupplierClaim,
    SupplierClaimStatus,
)
from orders.services import apply_outcome
from reconciliation.books.base import (
    Booked,
    Books,
    Evidence,
    day_of,
    own_subject,
    span,
    unknown_subject,
)
from reconciliation.matching import OurItem, Role, Standing, subject_of
from reconciliation.models import ResolutionKind
from reconciliation.reading import Line
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from ui.formats import money

PREFIX = "f:"
_SIGNS = {Role.CHARGE: 1, Role.RETURN: -1, Role.FEE: 1, Role.FUNDING: -1}


class SupplierBooks(Books):
    @cached_property
    def supplier(self) -> Supplier:
        return Supplier.objects.get(code=self.code)

    @property
    def label(self) -> str:
        return self.supplier.name

    def rate(self) -> Decimal:
        """As the adapter makes CNY of what it is charged (the option `cny_rate`)."""
        try:
            rate = Decimal(str(self.supplier.options.get("cny_rate") or 1))
        except InvalidOperation:
            return Decimal(1)
        return rate if rate.is_finite() and rate > 0 else Decimal(1)

    def account(self) -> int:
        return accounts.supplier(self.code)

    def claim_account(self) -> int:
        return accounts.supplier_claim(self.code)

    def loss_account(self) -> int:
        return accounts.supplier_loss(self.code)

    def cost_account(self, subject: str) -> int | None:
        """The cost of the channel that sold it, for what was delivered."""
        fulfilment = self._find(subject)
        if fulfilment is None or fulfilment.status != FulfilmentStatus.SUCCEEDED:
            return None
        return accounts.cost(fulfilment.order.channel)

    def sign(self, role: Role) -> int:
        return _SIGNS[role]

    # --- what is there --------------------------------------------------------------------------

    def subjects(self, lines: Sequence[Line]) -> list[str]:
        mine = Fulfilment.objects.filter(supplier=self.supplier)
        ours = {line.our_ref for line in lines if line.our_ref}
        by_ours = {
            number: PREFIX + number
            for number in mine.filter(fulfilment_no__in=ours).values_list(
                "fulfilment_no", flat=True
            )
        }
        unnamed = [line for line in lines if line.our_ref not in by_ours]
        theirs = {line.their_ref for line in unnamed if line.their_ref}
        by_theirs: defaultdict[str, list[str]] = defaultdict(list)
        if theirs:
            named = mine.filter(supplier_order_no__in=theirs)
            for their_ref, number in named.values_list("supplier_order_no", "fulfilment_no"):
                by_theirs[their_ref].append(PREFIX + number)
        return [
            own_subject(line, day_of(line.at))
            or subject_of(line.our_ref, line.their_ref, by_ours=by_ours, by_theirs=by_theirs)
            or unknown_subject(line)
            for line in lines
        ]

    def items(self, subjects: Iterable[str]) -> list[Booked]:
        numbers = [s.removeprefix(PREFIX) for s in subjects if s.startswith(PREFIX)]
        found = list(
            Fulfilment.objects.filter(fulfilment_no__in=numbers, supplier=self.supplier).only(
                "fulfilment_no", "status", "cost", "finished_at", "late_success_at"
            )
        )
        losses = self._late_losses([f for f in found if f.late_success_at])
        granted = dict(
            SupplierClaim.objects.filter(fulfilment__in=found, status=SupplierClaimStatus.ACCEPTED)
            .order_by()
            .values_list("fulfilment")
            .annotate(Sum("accepted_amount"))
        )
        return [
            self._booked(fulfilment, losses, granted.get(fulfilment.pk, Decimal(0)))
            for fulfilment in found
        ]

    def _late_losses(self, fulfilments: Sequence[Fulfilment]) -> dict[str, Decimal]:
        """What late successes cost us, by reference of the entry that booked it."""
        references = [_late_reference(f.fulfilment_no) for f in fulfilments]
        return dict(
            Posting.objects.filter(
                entry__reference__in=references, account_id=self.account()
            ).values_list("entry__reference", "amount")
        )

    @staticmethod
    def _booked(fulfilment: Fulfilment, losses: dict[str, Decimal], granted: Decimal) -> Booked:
        """`granted` is what the supplier gave back of it on a claim of ours."""
        number = fulfilment.fulfilment_no
        standing, amount, at = Standing.FAILED, Decimal(0), fulfilment.finished_at
        if fulfilment.status in UNDECIDED:
            standing, at = Standing.OPEN, None
        elif fulfilment.status == FulfilmentStatus.SUCCEEDED:
            standing, amount = Standing.SETTLED, fulfilment.cost - granted
        elif fulfilment.late_success_at:
            standing, at = Standing.SETTLED, fulfilment.late_success_at
            amount = losses.get(_late_reference(number), Decimal(0))
        return Booked(OurItem(PREFIX + number, standing, amount), day_of(at) if at else None)

    def expected(self, first_day: date, last_day: date) -> list[str]:
        start, end = span(first_day, last_day)
        booked = Fulfilment.objects.filter(supplier=self.supplier).filter(
            Q(status=FulfilmentStatus.SUCCEEDED, finished_at__gte=start, finished_at__lt=end)
            | Q(late_success_at__gte=start, late_success_at__lt=end)
        )
        return [PREFIX + number for number in booked.values_list("fulfilment_no", flat=True)]

    def evidence(self, subject: str) -> Evidence:
        number = subject.partition(":")[2]
        found = (
            Fulfilment.objects.select_related("order", "supplier")
            .filter(fulfilment_no=number)
            .first()
        )
        if found is None:
            return Evidence(title=number or subject)
        facts = [
            (_("Order"), f"{found.order.order_no} · {found.order.get_status_display()}"),
            (_("Goods"), f"{found.order.product_name} {found.order.sku_name} × {found.quantity}"),
            (_("Charged to"), found.order.target or "—"),
            (_("Attempt"), f"{number} · {found.get_status_display()}"),
            (_("Their number"), found.supplier_order_no or "—"),
            (_("Cost with us"), money(found.cost, 4)),
            (_("Supplier's last words"), found.message or "—"),
        ]
        if found.supplier_id != self.supplier.pk:
            facts.insert(0, (_("Not theirs"), _("we sent this one to %s") % found.supplier))
        return Evidence(
            title=f"{found.order.product_name} {found.order.sku_name}",
            facts=facts,
            events=[(event.at, told(event)) for event in found.evidence.all()],
            links=[
                (_("The order"), reverse("admin:orders_order_change", args=[found.order_id])),
                (_("The attempt"), reverse("admin:orders_fulfilment_change", args=[found.pk])),
            ],
        )

    # --- doors ----------------------------------------------------------------------------------

    def decisions(self, subject: str, *, theirs: Decimal) -> list[ResolutionKind]:
        """Delivered or failed, through `apply_outcome`; codes that never came can't be typed in."""
        fulfilment = self._find(subject)
        if fulfilment is None:
            return []
        if fulfilment.status in UNDECIDED:
            if fulfilment.order.kind == "card":
                return [ResolutionKind.FAILED]
            kinds = [ResolutionKind.DELIVERED, ResolutionKind.FAILED]
            return kinds if theirs > 0 else kinds[::-1]
        is_late = fulfilment.status == FulfilmentStatus.FAILED and not fulfilment.late_success_at
        # A small rest is no charge that stands: they gave it back, in another amount.
        stands = theirs > 0 and 2 * theirs >= fulfilment.cost
        return [ResolutionKind.DELIVERED] if is_late and stands else []

    def decide(
        self, subject: str, kind: ResolutionKind, *, theirs: Decimal, their_ref: str, reason: str
    ) -> None:
        fulfilment = self._find(subject)
        assert fulfilment is not None, subject
        is_delivered = kind == ResolutionKind.DELIVERED
        apply_outcome(
            fulfilment_id=fulfilment.pk,
            outcome=Outcome(
                OutcomeKind.DELIVERED if is_delivered else OutcomeKind.REJECTED,
                code="statement",
                message=reason,
                supplier_order_no=their_ref,
                cost=theirs if is_delivered and theirs > 0 else None,
            ),
            source="statement",
        )

    def _find(self, subject: str) -> Fulfilment | None:
        if not subject.startswith(PREFIX):
            return None
        return (
            Fulfilment.objects.select_related("order")
            .filter(fulfilment_no=subject.removeprefix(PREFIX), supplier=self.supplier)
            .first()
        )


def _late_reference(fulfilment_no: str) -> str:
    return f"fulfilment:{fulfilment_no}:late-success"
