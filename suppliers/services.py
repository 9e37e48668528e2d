"""Writes of suppliers: buying card stock, opening and closing, changing secrets.

Each is one transaction with its audit record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.imports import ImportReport, Progress, import_cards
from catalog.models import SKU
from catalog.sealing import seal
from suppliers.errors import NoStockSupplier, UnknownSupplier
from suppliers.health.pausing import end_by_person, lock_supplier
from suppliers.health.reasons import given
from suppliers.models import STOCK_ADAPTER, Offer, Supplier
from suppliers.registry import config_of, secrets_context
from users import audit
from users.models import User

STOCK_PRIORITY = 1  # what is paid for and lies here goes out first


@transaction.atomic
def buy_stock(
    *,
    sku: SKU,
    source: BinaryIO,
    supplier_code: str,
    unit_cost: Decimal,
    skip_bad: bool = False,
    source_name: str = "",
    actor: User | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import cards that were bought from a supplier, and see that local stock offers the SKU.

    As `catalog.imports.import_cards`; the SKU's offer of local stock is made if there is none, and
    shows the last cost. Raises UnknownSupplier, NoStockSupplier, ImportRefused.
    """
    supplier = Supplier.objects.filter(code=supplier_code).first()
    if supplier is None:
        raise UnknownSupplier(
            _("There is no supplier %(code)s. Nothing was imported.") % {"code": supplier_code}
        )
    stock = supplier if supplier.is_stock else _stock_supplier()
    report = import_cards(
        sku=sku,
        source=source,
        supplier_code=supplier.code,
        unit_cost=unit_cost,
        skip_bad=skip_bad,
        source_name=source_name,
        actor=actor,
        on_progress=on_progress,
    )
    if report.lot is not None:
        Offer.objects.update_or_create(
            supplier=stock,
            sku=sku,
            defaults={"cost": unit_cost},
            create_defaults={"cost": unit_cost, "priority": STOCK_PRIORITY},
        )
    return report


def _stock_supplier() -> Supplier:
    stock = Supplier.objects.filter(adapter=STOCK_ADAPTER).order_by("pk").first()
    if stock is None:
        raise NoStockSupplier
    return stock


@transaction.atomic
def close_supplier(*, supplier: Supplier, actor: User | None, reason: str) -> None:
    """Send nothing more to a supplier; what was sent is still followed up. Safe to repeat."""
    reason = given(reason)
    supplier.is_open = False
    supplier.closed_reason = reason[:200]
    supplier.save(update_fields=["is_open", "closed_reason"])
    audit.record(
        actor=actor, action="supplier.close", target=f"supplier:{supplier.code}", reason=reason
    )


@transaction.atomic
def open_supplier(*, supplier: Supplier, actor: User | None, reason: str) -> None:
    """Let orders go to a supplier again; a pause from before ends too. Safe to repeat."""
    reason = given(reason)
    end_by_person(lock_supplier(supplier.pk), actor=actor, reason=reason)
    supplier.is_open = True
    supplier.closed_reason = ""
    supplier.save(update_fields=["is_open", "closed_reason"])
    audit.record(
        actor=actor, action="supplier.open", target=f"supplier:{supplier.code}", reason=reason
    )


@transaction.atomic
def set_secrets(
    *, supplier: Supplier, secrets: Mapping[str, str], actor: User | None, reason: str = ""
) -> None:
    """Replace a supplier's secrets; the audit record names them and never holds them."""
    supplier.sealed_secrets = seal(
        json.dumps(dict(secrets)).encode(), context=secrets_context(supplier.code)
    )
    supplier.save(update_fields=["sealed_secrets"])
    audit.record(
        actor=actor,
        action="supplier.secrets",
        target=f"supplier:{supplier.code}",
        reason=reason,
        names=", ".join(sorted(secrets)),
    )


@transaction.atomic
def change_secrets(
    *, supplier: Supplier, changes: Mapping[str, str], actor: User | None, reason: str = ""
) -> None:
    """Replace some of a supplier's secrets and keep the others; an empty text forgets one.

    Locks the supplier. The audit record names what was changed and never holds it.
    """
    locked = Supplier.objects.select_for_update(no_key=True).get(pk=supplier.pk)
    secrets = {**config_of(locked).secrets, **changes}
    kept = {name: value for name, value in secrets.items() if value}
    sealed = seal(json.dumps(kept).encode(), context=secrets_context(supplier.code))
    Supplier.objects.filter(pk=supplier.pk).update(sealed_secrets=sealed)
    supplier.sealed_secrets = sealed
    audit.record(
        actor=actor,
        action="supplier.secrets",
        target=f"supplier:{supplier.code}",
        reason=reason,
        names=", ".join(sorted(changes)),
    )
