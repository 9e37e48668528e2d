"""Asking suppliers for their price lists: by the clock, by a button, and taking what comes.

A run is a row before anything is asked, so that a lost hint, a killed worker and a list that isn't
believed can all be seen afterwards. Nothing is held open over the network.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from outbound.hints import after_commit
from suppliers.adapters.base import SupplierProduct
from suppliers.alerts import services as alerts
from suppliers.health.reasons import given
from suppliers.models import AlertCause, ListRun, Offer, RunResult, Supplier, SupplierGoods
from suppliers.pricelists.guarding import guard
from suppliers.pricelists.knowing import remember
from suppliers.pricelists.proposing import propose
from suppliers.pricelists.reading import ListRefused, read_list
from suppliers.pricelists.storing import store_list
from suppliers.registry import adapter_of
from users import audit
from users.models import User

log = structlog.get_logger(__name__)

FETCH_AFTER = timedelta(hours=1)
# A supplier that never gave a list (its protocol may have none) is asked now and then only.
FETCH_UNKNOWN_AFTER = timedelta(hours=6)
HINT_AGAIN_AFTER = timedelta(minutes=1)
LOST_AFTER = timedelta(minutes=15)
MISSES_TO_TELL = 3


@transaction.atomic
def ask_for_list(
    *,
    supplier: Supplier,
    actor: User | None = None,
    takes_shorter: bool = False,
    reason: str = "",
) -> ListRun:
    """Have a worker fetch the list soon; return the run that shows what comes of it.

    `takes_shorter` takes a list however short it is: a person says so, with a reason. Raises
    ReasonNeeded.
    """
    run = ListRun.objects.create(
        supplier=supplier,
        actor=actor,
        takes_shorter=takes_shorter,
        reason=given(reason)[:200] if takes_shorter else reason[:200],
    )
    if actor is not None:
        audit.record(
            actor=actor,
            action="pricelist.take_shorter" if takes_shorter else "pricelist.fetch",
            target=f"supplier:{supplier.code}",
            reason=reason,
        )
    _hint(run)
    return run


def _hint(run: ListRun) -> None:
    after_commit("suppliers.tasks.fetch_list", run.pk, run.supplier_id)


@transaction.atomic
def fetch_due_lists() -> int:
    """Ask each open supplier whose list is due, and see after runs that got lost; return how many
    lists were asked for."""
    now = timezone.now()
    ListRun.objects.filter(finished_at=None, started_at__lte=now - LOST_AFTER).update(
        result=RunResult.LOST, finished_at=now
    )
    for run in ListRun.objects.filter(started_at=None, asked_at__lte=now - HINT_AGAIN_AFTER):
        _hint(run)
    runs = ListRun.objects.filter(supplier=OuterRef("pk"))
    is_known = SupplierGoods.objects.filter(supplier=OuterRef("pk"))
    due = (
        Supplier.objects.watched()
        .filter(is_open=True)
        .annotate(
            is_known=Exists(is_known),
            was_asked=Exists(runs.filter(asked_at__gt=now - FETCH_AFTER)),
            was_asked_lately=Exists(runs.filter(asked_at__gt=now - FETCH_UNKNOWN_AFTER)),
        )
        .filter(Q(is_known=True, was_asked=False) | Q(is_known=False, was_asked_lately=False))
        .select_for_update(skip_locked=True, no_key=True)
    )
    asked = [ask_for_list(supplier=supplier) for supplier in due]
    return len(asked)


def fetch_list(*, run_id: int) -> None:
    """Fetch one list and take it. Safe to run twice or at once: one of them does it."""
    now = timezone.now()
    if not ListRun.objects.filter(pk=run_id, started_at=None).update(started_at=now):
        return
    run = ListRun.objects.select_related("supplier").get(pk=run_id)
    products = adapter_of(run.supplier).products()
    take_list(run=run, products=products)


@transaction.atomic
def take_list(*, run: ListRun, products: list[SupplierProduct] | None) -> None:
    """Store what came, propose what follows of it, take out what must not be sold.

    None changes nothing, as does a list that isn't believed, or one that was asked for before the
    last one that was taken. Locks the supplier.
    """
    supplier = Supplier.objects.select_for_update(no_key=True).get(pk=run.supplier_id)
    if products is None:
        _finish(run, RunResult.NO_ANSWER)
        _tell_of_misses(supplier)
        return
    newer = ListRun.objects.filter(
        supplier=supplier, result=RunResult.TAKEN, started_at__gt=run.started_at
    )
    if newer.exists():
        _finish(run, RunResult.OUTDATED)
        return
    known = SupplierGoods.objects.filter(supplier=supplier, gone_at=None)
    try:
        found = read_list(
            products,
            known=list(known.values_list("ref", flat=True)),
            takes_shorter=run.takes_shorter,
        )
    except ListRefused as refused:
        run.listed = len(products)
        _finish(run, RunResult(refused.problem))
        facts = {"problem": refused.problem, **refused.facts}
        alerts.begin(AlertCause.LIST, supplier=supplier, facts=facts)
        return
    # Before the list changes what they stand for.
    remember(
        Offer.objects.filter(supplier=supplier).exclude(supplier_ref=""),
        {goods.ref: goods for goods in SupplierGoods.objects.filter(supplier=supplier)},
    )
    store_list(supplier, found, run, now=timezone.now())
    _finish(run, RunResult.TAKEN)
    alerts.end(AlertCause.LIST, supplier=supplier)
    propose(supplier)
    guard(supplier_id=supplier.pk)


def _finish(run: ListRun, result: RunResult) -> None:
    run.result = result
    run.finished_at = timezone.now()
    run.save()
    log.info("price_list", supplier=run.supplier.code, result=result, listed=run.listed)


def _tell_of_misses(supplier: Supplier) -> None:
    """Some misses in a row of a supplier that used to give its list."""
    runs = ListRun.objects.filter(supplier=supplier).exclude(finished_at=None)
    taken = runs.filter(result=RunResult.TAKEN).order_by("-id").first()
    if taken is None:
        return
    misses = runs.filter(pk__gt=taken.pk, result=RunResult.NO_ANSWER).count()
    if misses >= MISSES_TO_TELL:
        alerts.begin(
            AlertCause.LIST,
            supplier=supplier,
            facts={"problem": "no_answer", "count": str(misses)},
        )
