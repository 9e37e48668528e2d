"""The database refuses a status move that the state machine doesn't know, and keeps history.

The same moves stand in orders/state.py; tests/orders/test_state.py holds one against the other.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION orders_refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % can not go from % to %', OLD.order_no, OLD.status, NEW.status
        USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER order_moves_as_allowed BEFORE UPDATE OF status ON orders_order FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status) NOT IN (
        'awaiting_payment>paid', 'awaiting_payment>cancelled', 'cancelled>paid',
        'paid>fulfilling', 'paid>completed', 'paid>failed',
        'fulfilling>completed', 'fulfilling>partially_completed', 'fulfilling>failed'))
    EXECUTE FUNCTION orders_refuse_move();

CREATE FUNCTION orders_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % keeps what was sold as it was sold', OLD.order_no
        USING ERRCODE = 'restrict_violation';
END $$;
-- Only an UPDATE that names one of these columns can change one, so only that is looked at.
CREATE TRIGGER order_keeps_its_terms BEFORE UPDATE OF
    order_no, channel, buyer_key, client_ref, sku_id, quantity, unit_price, total, created_at,
    account, buyer_id, product_name, sku_name, kind, face_value, price_rule, terms, funding,
    wallet_id, callback_url
    ON orders_order FOR EACH ROW
    WHEN ((OLD.order_no, OLD.channel, OLD.buyer_key, OLD.client_ref, OLD.sku_id, OLD.quantity,
           OLD.unit_price, OLD.total, OLD.created_at, OLD.account, OLD.buyer_id, OLD.product_name,
           OLD.sku_name, OLD.kind, OLD.face_value, OLD.price_rule, OLD.terms, OLD.funding,
           OLD.wallet_id, OLD.callback_url)
          IS DISTINCT FROM
          (NEW.order_no, NEW.channel, NEW.buyer_key, NEW.client_ref, NEW.sku_id, NEW.quantity,
           NEW.unit_price, NEW.total, NEW.created_at, NEW.account, NEW.buyer_id, NEW.product_name,
           NEW.sku_name, NEW.kind, NEW.face_value, NEW.price_rule, NEW.terms, NEW.funding,
           NEW.wallet_id, NEW.callback_url))
    EXECUTE FUNCTION orders_refuse_rewrite();
CREATE TRIGGER order_is_never_deleted BEFORE DELETE ON orders_order
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER timeline_is_append_only BEFORE UPDATE OR DELETE ON orders_orderevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_is_append_only BEFORE UPDATE OR DELETE ON orders_fulfilmentevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE orders_order SET (fillfactor = 80);
"""
BACKWARDS = """
ALTER TABLE orders_order RESET (fillfactor);
DROP TRIGGER evidence_is_append_only ON orders_fulfilmentevent;
DROP TRIGGER timeline_is_append_only ON orders_orderevent;
DROP TRIGGER order_is_never_deleted ON orders_order;
DROP TRIGGER order_keeps_its_terms ON orders_order;
DROP FUNCTION orders_refuse_rewrite();
DROP TRIGGER order_moves_as_allowed ON orders_order;
DROP FUNCTION orders_refuse_move();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_tables"),
        ("users", "0002_audit_is_append_only"),
    ]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
