"""An agent's batches and what became of their lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from catalog.models import SKU
from kameng.models import Agent, Batch, BatchLine
from orders.models import FINAL_STATUSES, OPEN_STATUSES, OrderStatus

_CANCELLED = Q(problem__code="cancelled")
OUTCOMES: dict[str, Q] = {
    "waiting": Q(order=None, problem__isnull=True),
    "moving": Q(order__status__in=OPEN_STATUSES),
    "delivered": Q(order__status__in=(OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED)),
    "failed": Q(order__status=OrderStatus.FAILED),
    "refused": Q(problem__isnull=False) & ~_CANCELLED,
    "cancelled": _CANCELLED,
}
# What can be tried again: nothing is charged for any of them.
AGAIN = OUTCOMES["failed"] | Q(problem__isnull=False)


def outcome_labels() -> dict[str, str]:
    return {
        "waiting": _("waiting"),
        "moving": _("under way"),
        "delivered": _("delivered"),
        "failed": _("failed, refunded"),
        "refused": _("refused, not charged"),
        "cancelled": _("cancelled, not charged"),
    }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is: lines by outcome, and the money of its orders (CNY)."""

    counts: Mapping[str, int] = field(default_factory=dict)
    charged: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Lines that nothing happens to any more."""
        return self.total - self.counts.get("waiting", 0) - self.counts.get("moving", 0)

    @property
    def percent(self) -> int:
        return self.ended * 100 // self.total if self.total else 0

    @property
    def again(self) -> int:
        return sum(self.counts.get(name, 0) for name in ("failed", "refused", "cancelled"))

    @property
    def rows(self) -> list[tuple[str, str, int]]:
        """(outcome, label, lines) of those that there are."""
        labels = outcome_labels()
        return [(name, labels[name], self.counts[name]) for name in OUTCOMES if self.counts[name]]


@dataclass(frozen=True, slots=True)
class ListedBatch:
    """A batch in a list: how many of its lines were placed and refused."""

    batch: Batch
    placed: int
    refused: int

    @property
    def percent(self) -> int:
        lines = self.batch.line_count
        return (self.placed + self.refused) * 100 // lines if lines else 100


def progress_of(batch: Batch) -> Progress:
    """One statement over the batch's own lines, of which there are 5,000 at most."""
    counts: dict[str, Count | Sum] = {
        name: Count("pk", filter=condition) for name, condition in OUTCOMES.items()
    }
    counts |= {"charged": Sum("order__total"), "back": Sum("order__refunded")}
    seen = batch.lines.aggregate(**counts)
    return Progress(
        {name: seen[name] for name in OUTCOMES},
        seen["charged"] or Decimal(0),
        seen["back"] or Decimal(0),
    )


def batches_of(agent: Agent, *, source: str = "", status: str = "") -> QuerySet[Batch]:
    """The agent's batches of both kinds, newest first; play money isn't shown here."""
    found = Batch.objects.filter(agent=agent, is_sandbox=False).order_by("-id")
    if source in ("portal", "api"):
        found = found.filter(key__isnull=source == "portal")
    match status:
        case "working":
            found = found.filter(finished_at=None, paused_at=None)
        case "paused":
            found = found.filter(paused_at__isnull=False)
        case "finished":
            found = found.filter(finished_at__isnull=False)
    return found


def listed(batches: Iterable[Batch]) -> list[ListedBatch]:
    """These batches with their counts: one statement more."""
    shown = list(batches)
    rows = (
        BatchLine.objects.filter(batch__in=shown)
        .order_by()
        .values("batch")
        .annotate(
            placed=Count("order"),
            refused=Count("pk", filter=Q(problem__isnull=False)),
        )
    )
    counts = {row["batch"]: row for row in rows}
    nothing = {"placed": 0, "refused": 0}
    return [
        ListedBatch(
            batch,
            counts.get(batch.pk, nothing)["placed"],
            counts.get(batch.pk, nothing)["refused"],
        )
        for batch in shown
    ]


def lines_of(batch: Batch, *, outcome: str = "", text: str = "") -> QuerySet[BatchLine]:
    """The batch's lines in their order: of one outcome, of a number or a note."""
    found = batch.lines.select_related("order").order_by("place")
    if outcome in OUTCOMES:
        found = found.filter(OUTCOMES[outcome])
    if text:
        number = "".join(text.split())
        found = found.filter(
            Q(asked__account__phone__startswith=number)
            | Q(note__icontains=text)
            | Q(order__order_no=number)
            | Q(client_ref=text)
        )
    return found


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line for a page or a file."""

    line: BatchLine
    goods: str
    number: str
    face_value: Decimal | None
    outcome: str
    label: str
    why: str


def line_rows(lines: Iterable[BatchLine]) -> list[LineRow]:
    """These lines with their goods' names: one statement more."""
    shown = list(lines)
    codes = {str(line.asked.get("sku", "")) for line in shown}
    skus = {sku.code: sku for sku in SKU.objects.filter(code__in=codes).select_related("product")}
    labels = outcome_labels()
    return [_row(line, skus.get(str(line.asked.get("sku", ""))), labels) for line in shown]


def _row(line: BatchLine, sku: SKU | None, labels: Mapping[str, str]) -> LineRow:
    outcome = outcome_of(line)
    account = line.asked.get("account")
    number = str(account.get("phone", "")) if isinstance(account, dict) else ""
    return LineRow(
        line=line,
        goods=f"{sku.product.label} {sku.label}" if sku else str(line.asked.get("sku", "")),
        number=number,
        face_value=sku.face_value if sku else None,
        outcome=outcome,
        label=labels[outcome],
        why=str(line.problem.get("detail", "")) if line.problem else "",
    )


def outcome_of(line: BatchLine) -> str:
    if line.problem is not None:
        return "cancelled" if line.problem.get("code") == "cancelled" else "refused"
    if line.order is None:
        return "waiting"
    if line.order.status not in FINAL_STATUSES:
        return "moving"
    return "failed" if line.order.status == OrderStatus.FAILED else "delivered"


def again_text(batch: Batch) -> str:
    """The lines that came to nothing, as a list that can be started anew."""
    rows = line_rows(lines_of(batch).filter(AGAIN))
    return "\n".join(
        ",".join(
            [row.number, f"{row.face_value.normalize():f}" if row.face_value else "", row.line.note]
        )
        for row in rows
        if row.number
    )
