"""An order that waits for its payment may be paid another way than was chosen first."""

from __future__ import annotations

from django.db import migrations

_COLUMNS = (
    "order_no, channel, buyer_key, client_ref, sku_id, quantity, unit_price, total, created_at,"
    " account, buyer_id, product_name, sku_name, kind, face_value, price_rule, terms, callback_url"
)
_FUNDING = "funding, wallet_id"


def _trigger(name: str, columns: str, *, condition: str = "true") -> str:
    def row(version: str) -> str:
        return ", ".join(f"{version}.{column.strip()}" for column in columns.split(","))

    return f"""
CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON orders_order FOR EACH ROW
    WHEN ({condition} AND ({row("OLD")}) IS DISTINCT FROM ({row("NEW")}))
    EXECUTE FUNCTION orders_refuse_rewrite();
"""


FORWARDS = (
    "DROP TRIGGER order_keeps_its_terms ON orders_order;"
    + _trigger("order_keeps_its_terms", _COLUMNS)
    + _trigger("paid_order_keeps_its_funding", _FUNDING, condition="OLD.paid_at IS NOT NULL")
)
BACKWARDS = (
    "DROP TRIGGER paid_order_keeps_its_funding ON orders_order;"
    "DROP TRIGGER order_keeps_its_terms ON orders_order;"
    + _trigger("order_keeps_its_terms", f"{_COLUMNS}, {_FUNDING}")
)


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_spending")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
