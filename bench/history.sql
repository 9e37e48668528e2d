-- A past of %(count)s more purchases: copies of the real one-card orders of this database, each with
-- all of its rows, for the next cards of the lanes. Written set by set, since through the front door
-- it would take an hour; `check_ledger` verifies the result like any other.
SET LOCAL session_replication_role = replica;  -- the copied rows refer to rows that exist
SET LOCAL work_mem = '256MB';

CREATE TEMP TABLE sample ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY id) - 1 AS n, id, order_no, wallet_id, total
FROM orders_order WHERE quantity = 1 AND status = 'completed';

CREATE TEMP TABLE sample_entry ON COMMIT DROP AS
SELECT sample.id AS order_id, entry.id AS entry_id, entry.kind, step.name AS step, step.place
FROM sample CROSS JOIN (VALUES ('placed', 1), ('completed', 2)) AS step (name, place)
JOIN ledger_entry entry ON entry.reference = 'order:' || sample.order_no || ':' || step.name;

CREATE TEMP TABLE taken ON COMMIT DROP AS
SELECT lane.start + step.k AS n, lane.id AS lane_id, lane.next_position + step.k AS position
FROM (SELECT id, next_position, size - next_position AS unsold,
             sum(size - next_position) OVER (ORDER BY id) - (size - next_position) AS start
      FROM catalog_stocklane WHERE NOT is_exhausted
          AND sku_id = (SELECT id FROM catalog_sku WHERE code = %(sku)s)) AS lane
CROSS JOIN LATERAL generate_series(0, lane.unsold - 1) AS step (k)
WHERE lane.start + step.k < %(count)s;

CREATE TEMP TABLE copied ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('orders_order', 'id')) AS id, taken.n, sample.id AS of_id,
       '25' || lpad(taken.n::text, 18, '0') AS order_no, taken.lane_id, taken.position,
       wallet.id AS wallet_id, sample.total,
       wallet.balance - sum(sample.total) OVER (PARTITION BY wallet.id ORDER BY taken.n) AS balance
FROM taken
JOIN sample ON sample.n = taken.n %% (SELECT count(*) FROM sample)
JOIN ledger_account wallet ON wallet.id = sample.wallet_id
ORDER BY taken.n;

INSERT INTO orders_order (
    id, order_no, channel, buyer_id, buyer_key, client_ref, request_digest, sku_id, product_name,
    sku_name, kind, face_value, account, quantity, unit_price, total, price_rule, terms, callback_url,
    funding, wallet_id, status, delivered_quantity, cost, refunded, needs_attention, created_at,
    pay_before, paid_at, finished_at, next_sweep_at)
SELECT copied.id, copied.order_no, channel, buyer_id, buyer_key, 'history-' || copied.n,
    request_digest, sku_id, product_name, sku_name, kind, face_value, account, quantity, unit_price,
    o.total, price_rule, terms, callback_url, funding, o.wallet_id, status, delivered_quantity, cost, refunded,
    needs_attention, created_at, pay_before, paid_at, finished_at, next_sweep_at
FROM copied JOIN orders_order o ON o.id = copied.of_id ORDER BY copied.n;

INSERT INTO orders_orderevent (order_id, status, code, details, at)
SELECT copied.id, event.status, event.code, event.details, event.at
FROM copied JOIN orders_orderevent event ON event.order_id = copied.of_id
ORDER BY copied.n, event.id;

INSERT INTO orders_fulfilment (
    fulfilment_no, order_id, offer_id, supplier_id, quantity, status, cost, supplier_order_no,
    message, created_at, submitted_at, finished_at, due_at, query_count, late_success_at,
    needs_decision, first_unit, delivered_quantity, is_slow, routing)
SELECT copied.order_no, copied.id, offer_id, supplier_id, quantity, status, cost, supplier_order_no,
    message, created_at, submitted_at, finished_at, due_at, query_count, late_success_at,
    needs_decision, first_unit, delivered_quantity, is_slow, routing
FROM copied JOIN orders_fulfilment f ON f.order_id = copied.of_id ORDER BY copied.n;

INSERT INTO kameng_commission (
    order_id, agent_id, generation, level_difference, generation_share, amount, reversed_amount,
    clawed_back, recovered, was_capped, status, due_at, created_at, settled_at,
    settlement_reference)
SELECT copied.id, agent_id, generation, level_difference, generation_share, amount, reversed_amount,
    clawed_back, recovered, was_capped, status, due_at, created_at, settled_at, settlement_reference
FROM copied JOIN kameng_commission c ON c.order_id = copied.of_id ORDER BY copied.n, c.id;

INSERT INTO catalog_cardallocation (lane_id, first_position, end_position, order_id, created_at)
SELECT lane_id, position, position + 1, id, now() FROM copied ORDER BY n;

CREATE TEMP TABLE copied_entry ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('ledger_entry', 'id')) AS id, copied.n, step.place,
       step.entry_id AS of_id, copied.order_no, step.kind, step.step, copied.balance
FROM copied JOIN sample_entry step ON step.order_id = copied.of_id
ORDER BY copied.n, step.place;

INSERT INTO ledger_entry (id, reference, kind, memo, reverses_id, created_at)
SELECT id, 'order:' || order_no || ':' || step, kind, order_no, NULL, now()
FROM copied_entry ORDER BY id;

INSERT INTO ledger_posting (entry_id, account_id, unit, amount, balance_after)
SELECT copied_entry.id, account_id, unit, amount,
       CASE WHEN balance_after IS NOT NULL THEN copied_entry.balance END
FROM copied_entry JOIN ledger_posting posting ON posting.entry_id = copied_entry.of_id
ORDER BY copied_entry.id, posting.id;

UPDATE ledger_account account SET balance = account.balance - spent.total
FROM (SELECT wallet_id, sum(total) AS total FROM copied GROUP BY wallet_id) AS spent
WHERE account.id = spent.wallet_id;

UPDATE catalog_stocklane lane
SET next_position = sold.upto, is_exhausted = sold.upto = lane.size
FROM (SELECT lane_id, max(position) + 1 AS upto FROM copied GROUP BY lane_id) AS sold
WHERE lane.id = sold.lane_id
