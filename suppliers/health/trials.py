"""Letting a few orders through to a paused supplier, and no more."""

from __future__ import annotations

from django.db.models import F

from suppliers.models import SupplierPause


def take_trial_slot(*, supplier_id: int) -> bool:
    """Take one of the places of a supplier on trial; False when none is left.

    Runs in the transaction that commits an order to the supplier: if that rolls back, the place is
    free again. Locks the pause, after everything else of an order.
    """
    taken = SupplierPause.objects.filter(
        supplier=supplier_id, ended_at=None, trial_slots__gt=0
    ).update(trial_slots=F("trial_slots") - 1)
    return bool(taken)
