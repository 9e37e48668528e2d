"""A supplier that can be brought to hang on every call; runs beside the product under test."""

from __future__ import annotations

from suppliers.models import HealthRule, Offer, Supplier

STALLING, STALLING_SKU = "fulu-a", "cmcc-10"
HEALTHY = {"cmcc-20": "fulu-b", "cmcc-30": "dtone"}


def prepare(base_url: str) -> None:
    """Send one supplier's calls to `base_url`, with nothing but the worker's own fairness between.

    Without a breaker, a limit of calls or a pause it goes on being called, and hangs each time.
    """
    Supplier.objects.filter(code=STALLING).update(
        base_url=base_url,
        read_timeout_seconds=30,
        breaker_after=0,
        calls_at_once=0,
        calls_per_second=0,
    )
    for supplier in Supplier.objects.filter(code__in=(STALLING, *HEALTHY.values())):
        HealthRule.objects.update_or_create(
            supplier=supplier, defaults={"pauses_automatically": False}
        )
    for sku, code in ({STALLING_SKU: STALLING} | HEALTHY).items():
        Offer.objects.filter(sku__code=sku).exclude(supplier__code=code).update(is_open=False)
