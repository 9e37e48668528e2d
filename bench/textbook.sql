-- One purchase of one card, as a textbook writes it: nine statements, each prepared, a round trip
-- each. Run by `pgbench --protocol=prepared` with -D wallets=…; bench/textbook.py makes the tables.
\set wallet random(1, :wallets)
\set ref random(1, 1000000000000)
\set upline 1000000 + :wallet % 100
\set master 2000000 + :wallet % 25
BEGIN;
UPDATE wallet SET balance = balance - 95 WHERE id = :wallet;
INSERT INTO orders (wallet_id, client_ref, sku_id, unit_price, total, status)
    VALUES (:wallet, 'r' || :ref::bigint, 1, 95, 95, 'completed') RETURNING id AS order_id \gset
UPDATE card SET order_id = :order_id
    WHERE id = (SELECT id FROM card WHERE sku_id = 1 AND order_id IS NULL
                ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id AS card_id \gset
INSERT INTO entry (reference) VALUES ('order:' || :order_id::bigint) RETURNING id AS entry_id \gset
INSERT INTO posting (entry_id, account_id, amount)
    VALUES (:entry_id, :wallet, -95), (:entry_id, 3000001, 95),
           (:entry_id, 3000002, -80), (:entry_id, 3000003, 80),
           (:entry_id, 3000004, -9), (:entry_id, :upline, 6), (:entry_id, :master, 3);
INSERT INTO commission (order_id, agent_id, amount, due_at)
    VALUES (:order_id, :upline, 6, now() + interval '3 days'),
           (:order_id, :master, 3, now() + interval '3 days');
INSERT INTO timeline (order_id, status) VALUES (:order_id, 'paid'), (:order_id, 'completed');
COMMIT;
