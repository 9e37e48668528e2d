"""Allocations are append-only, lanes only move forward, a SKU has its product's delivery kind."""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE TRIGGER allocation_is_append_only BEFORE UPDATE OR DELETE ON catalog_cardallocation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION catalog_lane_moves_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'lane % can only move forward', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER lane_moves_forward BEFORE UPDATE ON catalog_stocklane FOR EACH ROW
    WHEN (NEW.next_position < OLD.next_position OR NEW.sku_id <> OLD.sku_id
          OR NEW.size < OLD.size)
    EXECUTE FUNCTION catalog_lane_moves_forward();

-- (product, kind) of a SKU must be one of a product's: no SKU is sold another way than its product.
ALTER TABLE catalog_product ADD CONSTRAINT product_kind_key UNIQUE (id, kind);
ALTER TABLE catalog_sku ADD CONSTRAINT sku_has_product_kind
    FOREIGN KEY (product_id, kind) REFERENCES catalog_product (id, kind) ON UPDATE CASCADE
    DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE catalog_stocklane SET (fillfactor = 50);
"""
BACKWARDS = """
ALTER TABLE catalog_stocklane RESET (fillfactor);
ALTER TABLE catalog_sku DROP CONSTRAINT sku_has_product_kind;
ALTER TABLE catalog_product DROP CONSTRAINT product_kind_key;
DROP TRIGGER lane_moves_forward ON catalog_stocklane;
DROP FUNCTION catalog_lane_moves_forward();
DROP TRIGGER allocation_is_append_only ON catalog_cardallocation;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_tables"),
        ("users", "0002_audit_is_append_only"),
    ]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
