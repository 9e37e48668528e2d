"""From a supplier's row to its adapter (settings.SUPPLIER_ADAPTERS)."""

from __future__ import annotations

import json
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from catalog.rotation import SealedColumn
from catalog.sealing import unseal
from suppliers.adapters.base import Adapter, LocalAdapter, SupplierConfig
from suppliers.models import Supplier


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
    )


def adapter_of(supplier: Supplier) -> Adapter:
    """The network adapter that speaks this supplier's protocol."""
    implementation: type[Adapter] = import_string(settings.SUPPLIER_ADAPTERS[supplier.adapter])
    return implementation(config_of(supplier))


@lru_cache(maxsize=8)
def local_adapter(protocol: str) -> LocalAdapter:
    """The adapter of a source in our own database."""
    implementation: type[LocalAdapter] = import_string(settings.SUPPLIER_ADAPTERS[protocol])
    return implementation()
