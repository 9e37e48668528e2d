"""From a supplier's row to its adapter (settings.SUPPLIER_ADAPTERS)."""

from __future__ import annotations

import json
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from catalog.sealing import unseal
from database.sealing import SealedColumn
from outbound.limits import Line
from suppliers.adapters.base import Adapter, LocalAdapter, SupplierConfig
from suppliers.models import STOCK_ADAPTER, Supplier


def secrets_context(supplier_code: str) -> bytes:
    """What a supplier's sealed secrets are bound to: they don't open in another row."""
    return f"supplier:{supplier_code}".encode()


SECRETS = SealedColumn(
    table="suppliers_supplier",
    column="sealed_secrets",
    context_column="code",
    context=secrets_context,
)


def config_of(supplier: Supplier) -> SupplierConfig:
    """The adapter's view of a supplier, secrets opened."""
    secrets: dict[str, str] = {}
    if supplier.sealed_secrets:
        plain = unseal(bytes(supplier.sealed_secrets), context=secrets_context(supplier.code))
        secrets = json.loads(plain)
    return SupplierConfig(
        code=supplier.code,
        base_url=supplier.base_url,
        options=supplier.options,
        secrets=secrets,
        connect_timeout_seconds=supplier.connect_timeout_seconds,
        read_timeout_seconds=supplier.read_timeout_seconds,
        line=line_of(supplier),
        callback_url=f"{settings.BASE_URL}/callbacks/suppliers/{supplier.code}/",
    )


def line_of(supplier: Supplier) -> Line:
    """What we may do to a supplier: its limits and its circuit breaker."""
    return Line(
        name=f"supplier:{supplier.code}",
        calls_per_second=float(supplier.calls_per_second),
        calls_at_once=supplier.calls_at_once,
        breaker_after=supplier.breaker_after,
        breaker_open_seconds=supplier.breaker_open_seconds,
    )


def adapter_of(supplier: Supplier) -> Adapter:
    """The network adapter that speaks this supplier's protocol."""
    return protocol_of(supplier.adapter)(config_of(supplier))


def protocol_of(code: str) -> type[Adapter]:
    """The implementation of a protocol over the network; raises KeyError."""
    implementation: type[Adapter] = import_string(settings.SUPPLIER_ADAPTERS[code])
    return implementation


def protocols() -> dict[str, type[Adapter]]:
    """All protocols over the network, by code: what a supplier can be of, besides local stock."""
    return {code: protocol_of(code) for code in settings.SUPPLIER_ADAPTERS if code != STOCK_ADAPTER}


@lru_cache(maxsize=8)
def local_adapter(protocol: str) -> LocalAdapter:
    """The adapter of a source in our own database."""
    implementation: type[LocalAdapter] = import_string(settings.SUPPLIER_ADAPTERS[protocol])
    return implementation()
