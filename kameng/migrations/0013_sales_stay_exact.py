"""What keeps the added-up sales exact between two runs of the task.

- A refund of an order that had ended, and the commission it took back, leave a row that waits to be
  added up. A purchase that is delivered at once is inserted, never updated, so it pays nothing for
  this.
- A moved agent takes its own purchases from the sums of its old uplines to those of its new ones,
  whoever moves it. The advisory lock is that of `kameng/services/sales.py`.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION kameng_note_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kameng_salescorrection (order_id, refunded)
    VALUES (NEW.id, NEW.refunded - OLD.refunded);
    RETURN NULL;
END $$;
CREATE TRIGGER refund_corrects_sales AFTER UPDATE OF refunded ON orders_order
    FOR EACH ROW WHEN (NEW.refunded IS DISTINCT FROM OLD.refunded AND NEW.channel = 'wholesale'
        AND NEW.status IN ('completed', 'partially_completed') AND OLD.finished_at IS NOT NULL)
    EXECUTE FUNCTION kameng_note_refund();

CREATE FUNCTION kameng_note_taken_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kameng_earnedcorrection (commission_id, taken_back)
    VALUES (NEW.id, NEW.reversed_amount - OLD.reversed_amount);
    RETURN NULL;
END $$;
CREATE TRIGGER taken_back_corrects_earnings AFTER UPDATE OF reversed_amount ON kameng_commission
    FOR EACH ROW WHEN (NEW.reversed_amount IS DISTINCT FROM OLD.reversed_amount)
    EXECUTE FUNCTION kameng_note_taken_back();

CREATE FUNCTION kameng_move_sales() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone bigint[] := ARRAY(SELECT unnest(OLD.upline_ids) EXCEPT SELECT unnest(NEW.upline_ids));
    come bigint[] := ARRAY(SELECT unnest(NEW.upline_ids) EXCEPT SELECT unnest(OLD.upline_ids));
BEGIN
    PERFORM pg_advisory_xact_lock(1935764581);
    UPDATE kameng_salesday AS kept SET
        orders = kept.orders - mine.orders, quantity = kept.quantity - mine.quantity,
        sales = kept.sales - mine.sales, refunds = kept.refunds - mine.refunds
    FROM kameng_salesday AS mine
    WHERE mine.agent_id = NEW.id AND mine.scope = 'own' AND kept.agent_id = ANY (gone)
        AND kept.scope = 'below' AND kept.day = mine.day AND kept.sku_id = mine.sku_id;
    INSERT INTO kameng_salesday AS kept
        (agent_id, scope, day, sku_id, orders, quantity, sales, refunds)
    SELECT above.id, 'below', day, sku_id, orders, quantity, sales, refunds
    FROM unnest(come) AS above (id) CROSS JOIN kameng_salesday AS mine
    WHERE mine.agent_id = NEW.id AND mine.scope = 'own'
    ON CONFLICT (agent_id, scope, day, sku_id) DO UPDATE SET
        orders = kept.orders + excluded.orders, quantity = kept.quantity + excluded.quantity,
        sales = kept.sales + excluded.sales, refunds = kept.refunds + excluded.refunds;
    UPDATE kameng_salesmonth AS kept SET below = kept.below - mine.own
    FROM kameng_salesmonth AS mine
    WHERE mine.agent_id = NEW.id AND kept.agent_id = ANY (gone) AND kept.month = mine.month;
    INSERT INTO kameng_salesmonth AS kept (agent_id, month, own_orders, own, below)
    SELECT above.id, month, 0, 0, own
    FROM unnest(come) AS above (id) CROSS JOIN kameng_salesmonth AS mine
    WHERE mine.agent_id = NEW.id
    ON CONFLICT (agent_id, month) DO UPDATE SET below = kept.below + excluded.below;
    RETURN NULL;
END $$;
CREATE TRIGGER moved_agent_takes_its_sales AFTER UPDATE OF upline_ids ON kameng_agent
    FOR EACH ROW WHEN (NEW.upline_ids IS DISTINCT FROM OLD.upline_ids)
    EXECUTE FUNCTION kameng_move_sales();
"""
BACKWARDS = """
DROP TRIGGER moved_agent_takes_its_sales ON kameng_agent;
DROP FUNCTION kameng_move_sales();
DROP TRIGGER taken_back_corrects_earnings ON kameng_commission;
DROP FUNCTION kameng_note_taken_back();
DROP TRIGGER refund_corrects_sales ON orders_order;
DROP FUNCTION kameng_note_refund();
"""


class Migration(migrations.Migration):
    dependencies = [("kameng", "0012_sales"), ("orders", "0009_order_by_finish")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
