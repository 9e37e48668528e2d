"""Every row of a price table that comes, changes or goes leaves a row in the history, which is kept.

Who did it is told by the service, in settings of its transaction (kameng/services/price_changes.py);
what somebody writes past the services is kept without a name.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION kameng_price_actor() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('kameng.price_actor', true), '')::bigint $$;
CREATE FUNCTION kameng_price_change_set() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('kameng.price_change_set', true), '')::bigint $$;

CREATE FUNCTION kameng_note_tier_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kameng_pricechange (
        kind, row_id, sku_id, tier_id, old_value, new_value, actor_id, change_set_id)
    VALUES (
        'tier_price', coalesce(NEW.id, OLD.id), coalesce(NEW.sku_id, OLD.sku_id),
        coalesce(NEW.tier_id, OLD.tier_id), OLD.price, NEW.price, kameng_price_actor(),
        kameng_price_change_set());
    RETURN NULL;
END $$;
CREATE TRIGGER tier_price_is_noted AFTER INSERT OR DELETE ON kameng_tierprice
    FOR EACH ROW EXECUTE FUNCTION kameng_note_tier_price();
CREATE TRIGGER changed_tier_price_is_noted AFTER UPDATE ON kameng_tierprice
    FOR EACH ROW WHEN (OLD.price <> NEW.price)
    EXECUTE FUNCTION kameng_note_tier_price();

CREATE FUNCTION kameng_note_tier_discount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kameng_pricechange (
        kind, row_id, category_id, tier_id, old_value, new_value, actor_id, change_set_id)
    VALUES (
        'tier_discount', coalesce(NEW.id, OLD.id), coalesce(NEW.category_id,
        OLD.category_id), coalesce(NEW.tier_id, OLD.tier_id), OLD.rate, NEW.rate,
        kameng_price_actor(), kameng_price_change_set());
    RETURN NULL;
END $$;
CREATE TRIGGER tier_discount_is_noted AFTER INSERT OR DELETE ON kameng_tierdiscount
    FOR EACH ROW EXECUTE FUNCTION kameng_note_tier_discount();
CREATE TRIGGER changed_tier_discount_is_noted AFTER UPDATE ON kameng_tierdiscount
    FOR EACH ROW WHEN (OLD.rate <> NEW.rate)
    EXECUTE FUNCTION kameng_note_tier_discount();

CREATE FUNCTION kameng_note_contract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kameng_pricechange (
        kind, row_id, sku_id, agent_id, old_value, new_value, old_from, old_until, new_from,
        new_until, actor_id, change_set_id)
    VALUES (
        'contract', coalesce(NEW.id, OLD.id), coalesce(NEW.sku_id, OLD.sku_id),
        coalesce(NEW.agent_id, OLD.agent_id), OLD.price, NEW.price, OLD.valid_from,
        OLD.valid_until, NEW.valid_from, NEW.valid_until, kameng_price_actor(),
        kameng_price_change_set());
    RETURN NULL;
END $$;
CREATE TRIGGER contract_is_noted AFTER INSERT OR DELETE ON kameng_contractprice
    FOR EACH ROW EXECUTE FUNCTION kameng_note_contract();
CREATE TRIGGER changed_contract_is_noted AFTER UPDATE ON kameng_contractprice
    FOR EACH ROW WHEN ((OLD.price, OLD.valid_from, OLD.valid_until)
        IS DISTINCT FROM (NEW.price, NEW.valid_from, NEW.valid_until))
    EXECUTE FUNCTION kameng_note_contract();

CREATE FUNCTION kameng_note_markup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kameng_pricechange (
        kind, row_id, sku_id, category_id, agent_id, old_value, new_value, actor_id,
        change_set_id)
    VALUES (
        'markup', coalesce(NEW.id, OLD.id), coalesce(NEW.sku_id, OLD.sku_id),
        coalesce(NEW.category_id, OLD.category_id), coalesce(NEW.upline_id, OLD.upline_id),
        OLD.rate, NEW.rate, kameng_price_actor(), kameng_price_change_set());
    RETURN NULL;
END $$;
CREATE TRIGGER markup_is_noted AFTER INSERT OR DELETE ON kameng_downlinemarkup
    FOR EACH ROW EXECUTE FUNCTION kameng_note_markup();
CREATE TRIGGER changed_markup_is_noted AFTER UPDATE ON kameng_downlinemarkup
    FOR EACH ROW WHEN (OLD.rate <> NEW.rate)
    EXECUTE FUNCTION kameng_note_markup();

CREATE FUNCTION kameng_note_list_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kameng_pricechange (
        kind, row_id, sku_id, old_value, new_value, actor_id, change_set_id)
    VALUES (
        'list', coalesce(NEW.id, OLD.id), NEW.id, OLD.list_price, NEW.list_price,
        kameng_price_actor(), kameng_price_change_set());
    RETURN NULL;
END $$;
CREATE TRIGGER changed_list_price_is_noted AFTER UPDATE OF list_price ON catalog_sku
    FOR EACH ROW WHEN (OLD.list_price <> NEW.list_price)
    EXECUTE FUNCTION kameng_note_list_price();

CREATE FUNCTION kameng_note_tier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kameng_pricechange (
        kind, row_id, agent_id, old_ref, new_ref, actor_id, change_set_id)
    VALUES (
        'tier', coalesce(NEW.id, OLD.id), NEW.id, OLD.tier_id, NEW.tier_id,
        kameng_price_actor(), kameng_price_change_set());
    RETURN NULL;
END $$;
CREATE TRIGGER changed_tier_is_noted AFTER UPDATE OF tier_id ON kameng_agent
    FOR EACH ROW WHEN (OLD.tier_id <> NEW.tier_id)
    EXECUTE FUNCTION kameng_note_tier();

CREATE FUNCTION kameng_note_upline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kameng_pricechange (
        kind, row_id, agent_id, old_ref, new_ref, actor_id, change_set_id)
    VALUES (
        'upline', coalesce(NEW.id, OLD.id), NEW.id, OLD.parent_id, NEW.parent_id,
        kameng_price_actor(), kameng_price_change_set());
    RETURN NULL;
END $$;
CREATE TRIGGER changed_upline_is_noted AFTER UPDATE OF parent_id ON kameng_agent
    FOR EACH ROW WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id)
    EXECUTE FUNCTION kameng_note_upline();

CREATE FUNCTION kameng_refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of prices is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER price_history_is_kept BEFORE UPDATE OR DELETE ON kameng_pricechange
    FOR EACH ROW EXECUTE FUNCTION kameng_refuse_history_change();
"""
BACKWARDS = """
DROP TRIGGER price_history_is_kept ON kameng_pricechange;
DROP FUNCTION kameng_refuse_history_change();
DROP TRIGGER changed_upline_is_noted ON kameng_agent;
DROP FUNCTION kameng_note_upline();
DROP TRIGGER changed_tier_is_noted ON kameng_agent;
DROP FUNCTION kameng_note_tier();
DROP TRIGGER changed_list_price_is_noted ON catalog_sku;
DROP FUNCTION kameng_note_list_price();
DROP TRIGGER changed_markup_is_noted ON kameng_downlinemarkup;
DROP TRIGGER markup_is_noted ON kameng_downlinemarkup;
DROP FUNCTION kameng_note_markup();
DROP TRIGGER changed_contract_is_noted ON kameng_contractprice;
DROP TRIGGER contract_is_noted ON kameng_contractprice;
DROP FUNCTION kameng_note_contract();
DROP TRIGGER changed_tier_discount_is_noted ON kameng_tierdiscount;
DROP TRIGGER tier_discount_is_noted ON kameng_tierdiscount;
DROP FUNCTION kameng_note_tier_discount();
DROP TRIGGER changed_tier_price_is_noted ON kameng_tierprice;
DROP TRIGGER tier_price_is_noted ON kameng_tierprice;
DROP FUNCTION kameng_note_tier_price();
DROP FUNCTION kameng_price_change_set();
DROP FUNCTION kameng_price_actor();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0016_price_changes"),
    ]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
