"""One SKU by its code: what the open API looks up for each order, so by a prepared statement."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from django.db import connection, models

from catalog.models import SKU, Product
from database.prepared import Statement


def sku_by_code(code: str) -> SKU | None:
    """The SKU with this code and its product, on sale or not; None when there is none."""
    lookup = _lookup()
    with connection.cursor() as cursor:
        lookup.statement.run(cursor, {"code": code})
        row = cursor.fetchone()
    if row is None:
        return None
    width = len(lookup.sku_fields)
    sku = SKU.from_db(connection.alias, lookup.sku_fields, row[:width])
    sku.product = Product.from_db(connection.alias, lookup.product_fields, row[width:])
    return sku


class _Lookup(NamedTuple):
    statement: Statement
    sku_fields: list[str]
    product_fields: list[str]


@cache
def _lookup() -> _Lookup:
    """The columns are the models' own, so it is built when the models are there."""
    columns = [*_columns(SKU, "sku"), *_columns(Product, "product")]
    return _Lookup(
        Statement(
            "sku_by_code",
            f"SELECT {', '.join(columns)} FROM catalog_sku AS sku"
            " JOIN catalog_product AS product ON product.id = sku.product_id"
            " WHERE sku.code = %(code)s",
        ),
        [field.attname for field in SKU._meta.concrete_fields],
        [field.attname for field in Product._meta.concrete_fields],
    )


def _columns(model: type[models.Model], table: str) -> list[str]:
    return [f'{table}."{field.column}"' for field in model._meta.concrete_fields]
