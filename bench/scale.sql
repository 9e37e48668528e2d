-- A wholesale shop of the size that the portal is measured at, written set by set: one tree of
-- %(agents)s agents, %(orders)s finished top-ups of the last %(days)s days, with all of their rows
-- and postings, and %(statement)s movements in the root's own wallet. `check_ledger` verifies the result like any other. bench/scale.py has made the
-- root, the tiers, the goods and the policy through the front door.
SET LOCAL session_replication_role = replica;  -- the rows refer to rows that exist
SET LOCAL work_mem = '512MB';
SET LOCAL maintenance_work_mem = '512MB';
SET LOCAL synchronous_commit = off;

-- A number between 0 and 1 that looks random and is the same in every run.
CREATE FUNCTION pg_temp.chance(n bigint, about int) RETURNS double precision LANGUAGE sql IMMUTABLE
AS $$ SELECT (hashint8extended(n, about) & 1073741823) / 1073741824.0 $$;

-- Five levels below each other: few at the top, most at the bottom, some branches much larger.
CREATE TEMP TABLE level ON COMMIT DROP AS
SELECT depth, size, sum(size) OVER (ORDER BY depth) - size AS start
FROM (VALUES (0, 1), (1, greatest(%(agents)s / 2500, 1)), (2, greatest(%(agents)s / 50, 2)),
             (3, greatest(%(agents)s * 3 / 10, 3)),
             (4, %(agents)s - 1 - greatest(%(agents)s / 2500, 1) - greatest(%(agents)s / 50, 2)
                 - greatest(%(agents)s * 3 / 10, 3))) AS level (depth, size);

CREATE TEMP TABLE node ON COMMIT DROP AS
WITH RECURSIVE numbered AS (
    SELECT (level.start + k)::int AS n, level.depth,
           (above.start + floor(above.size * power(pg_temp.chance((level.start + k)::bigint, 1), 1.5)))::int
               AS parent
    FROM level CROSS JOIN LATERAL generate_series(0, level.size - 1) AS k
    LEFT JOIN level AS above ON above.depth = level.depth - 1
), path AS (
    SELECT n, depth, parent, ARRAY[n] AS way FROM numbered WHERE depth = 0
    UNION ALL
    SELECT numbered.n, numbered.depth, numbered.parent, path.way || numbered.n
    FROM numbered JOIN path ON path.n = numbered.parent
)
SELECT n, depth, parent, way, row_number() OVER (ORDER BY way) AS place FROM path;
CREATE UNIQUE INDEX ON node (n);
ANALYZE node;

-- The root exists (n = 0); everybody else gets keys, and the numbering of a walk through the tree:
-- before the i-th node of it, i - 1 have opened, and all but its own uplines have closed.
CREATE TEMP TABLE member ON COMMIT DROP AS
SELECT node.n, depth, parent, way, 2 * place - 1 - depth AS lft,
       2 * place - 1 - depth + 2 * size.below - 1 AS rght,
       CASE WHEN n = 0 THEN %(root)s
            ELSE nextval(pg_get_serial_sequence('kameng_agent', 'id')) END AS agent_id,
       CASE WHEN n = 0 THEN %(root_user)s
            ELSE nextval(pg_get_serial_sequence('users_user', 'id')) END AS user_id,
       CASE WHEN n = 0 THEN %(root_wallet)s
            ELSE nextval(pg_get_serial_sequence('ledger_account', 'id')) END AS wallet_id,
       CASE WHEN n = 0 THEN %(root_payable)s
            ELSE nextval(pg_get_serial_sequence('ledger_account', 'id')) END AS payable_id,
       %(start)s::timestamptz - interval '30 days'
           + n * interval '1 second' * (30 * 86400.0 / %(agents)s) AS approved_at
FROM node JOIN (SELECT upline AS n, count(*) AS below FROM node CROSS JOIN unnest(way) AS upline
                GROUP BY upline) AS size USING (n)
ORDER BY n;
CREATE UNIQUE INDEX ON member (n);
CREATE UNIQUE INDEX ON member (agent_id);
ANALYZE member;
CREATE TEMP TABLE tier ON COMMIT DROP AS
SELECT rank AS depth, id, code, 0.88 + 0.02 * rank AS rate FROM kameng_tier;
CREATE TEMP TABLE uplines ON COMMIT DROP AS
SELECT member.n, array_agg(above.agent_id ORDER BY above.depth DESC) AS ids
FROM member CROSS JOIN unnest(way) AS up (n) JOIN member above ON above.n = up.n
WHERE above.n <> member.n GROUP BY member.n;
ANALYZE uplines;

INSERT INTO users_user SELECT made.* FROM member, jsonb_populate_record(NULL::users_user,
    %(user)s::jsonb || jsonb_build_object('id', user_id, 'username', 'scale' || n,
        'phone', '139' || lpad(n::text, 8, '0'), 'date_joined', approved_at)) AS made
WHERE n > 0 ORDER BY n;
INSERT INTO ledger_account SELECT made.* FROM member
CROSS JOIN LATERAL (VALUES
    (wallet_id, %(wallet)s::jsonb), (payable_id, %(payable)s::jsonb)) AS kind (id, row)
CROSS JOIN jsonb_populate_record(NULL::ledger_account, kind.row || jsonb_build_object(
    'id', kind.id, 'owner_id', user_id, 'created_at', approved_at)) AS made
WHERE n > 0 ORDER BY kind.id;
INSERT INTO kameng_agent SELECT made.* FROM member
JOIN uplines USING (n) JOIN tier USING (depth) JOIN member above ON above.n = member.parent
CROSS JOIN jsonb_populate_record(NULL::kameng_agent, %(agent)s::jsonb || jsonb_build_object(
    'id', member.agent_id, 'user_id', member.user_id, 'parent_id', above.agent_id, 'tier_id', tier.id,
    'name', (ARRAY['广州', '深圳', '杭州', '成都', '武汉', '西安', '福州', '长沙', '郑州', '昆明'])
        [member.n %% 10 + 1]
        || (ARRAY['恒讯', '云卡', '宏达', '聚点', '速充', '联讯', '优卡'])[member.n %% 7 + 1]
        || (ARRAY['数码', '科技', '通讯', '网络', '充值店'])[member.n %% 5 + 1] || member.n,
    'status', CASE WHEN member.n %% 211 = 7 THEN 'suspended' ELSE 'active' END,
    'invite_code', 'S' || lpad(upper(to_hex(member.n)), 7, '0'), 'upline_ids', to_jsonb(uplines.ids),
    'wallet_id', member.wallet_id, 'commission_payable_id', member.payable_id,
    'approved_at', member.approved_at, 'verified_at', member.approved_at,
    'tree_id', %(tree)s, 'level', member.depth, 'lft', member.lft, 'rght', member.rght)) AS made
WHERE member.n > 0 ORDER BY member.n;
UPDATE kameng_agent SET rght = member.rght, approved_at = member.approved_at
FROM member WHERE member.n = 0 AND kameng_agent.id = member.agent_id;

-- A few buy a lot, most a little, anywhere in the tree; in the order of time.
CREATE TEMP TABLE goods ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY sku.id) - 1 AS k, sku.id AS sku_id, sku.face_value,
       sku.name AS sku_name, product.name AS product_name, offer.id AS offer_id, offer.supplier_id
FROM catalog_sku sku JOIN catalog_product product ON product.id = sku.product_id
JOIN suppliers_offer offer ON offer.sku_id = sku.id;
CREATE TEMP TABLE sold ON COMMIT DROP AS
SELECT o.n, nextval(pg_get_serial_sequence('orders_order', 'id')) AS id,
       '25' || lpad(o.n::text, 18, '0') AS order_no, o.at, buyer.n AS buyer, buyer.agent_id,
       buyer.user_id, buyer.wallet_id, tier.code AS tier, goods.sku_id, goods.face_value,
       goods.sku_name, goods.product_name, goods.offer_id, goods.supplier_id,
       goods.face_value * tier.rate AS total, goods.face_value * 0.8 AS cost,
       one.agent_id AS one, one.payable_id AS one_payable, goods.face_value * one_tier.rate AS one_price,
       two.agent_id AS two, two.payable_id AS two_payable, goods.face_value * two_tier.rate AS two_price
FROM (SELECT n, %(start)s::timestamptz + n * (interval '1 day' * %(days)s / %(orders)s) AS at,
             (floor(%(agents)s * power(pg_temp.chance(n, 2), 2.2))::bigint * 7919 + 13)
                 %% (%(agents)s - 1) + 1 AS buyer,
             floor(pg_temp.chance(n, 3) * (SELECT count(*) FROM goods)) AS k
      FROM generate_series(0, %(orders)s - 1) AS n OFFSET 0) AS o
JOIN member buyer ON buyer.n = o.buyer JOIN tier ON tier.depth = buyer.depth
JOIN goods ON goods.k = o.k
JOIN member one ON one.n = buyer.parent JOIN tier one_tier ON one_tier.depth = one.depth
LEFT JOIN member two ON two.n = one.parent LEFT JOIN tier two_tier ON two_tier.depth = two.depth
ORDER BY o.n;
ANALYZE sold;

INSERT INTO orders_order (
    id, order_no, channel, buyer_id, buyer_key, client_ref, request_digest, sku_id, product_name,
    sku_name, kind, face_value, account, quantity, unit_price, total, price_rule, terms, callback_url,
    funding, wallet_id, status, delivered_quantity, cost, refunded, needs_attention, created_at,
    paid_at, finished_at)
SELECT id, order_no, 'wholesale', user_id, 'u' || user_id, 'scale-' || n, md5(n::text), sku_id,
    product_name, sku_name, 'topup', face_value,
    jsonb_build_object('phone', '138' || lpad((n %% 100000000)::text, 8, '0')), 1, total, total,
    'tier_discount', jsonb_build_object('agent', agent_id, 'tier', tier, 'policy', %(policy)s::jsonb,
        'uplines', jsonb_build_array(
            jsonb_build_object('agent', one, 'price', one_price::text, 'payable', one_payable))
        || CASE WHEN two IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(
            jsonb_build_object('agent', two, 'price', two_price::text, 'payable', two_payable)) END),
    '', 'wallet', wallet_id, 'completed', 1, cost, 0, false, at, at, at + interval '2 seconds'
FROM sold ORDER BY n;
INSERT INTO orders_orderevent (order_id, status, code, details, at)
SELECT id, step.status, step.status, '{}', at + step.later
FROM sold CROSS JOIN (VALUES ('paid', interval '0'), ('completed', interval '2 seconds'))
    AS step (status, later) ORDER BY n, step.later;
INSERT INTO orders_fulfilment (
    fulfilment_no, order_id, offer_id, supplier_id, quantity, status, cost, supplier_order_no,
    message, created_at, submitted_at, submit_ended_at, finished_at, query_count, needs_decision,
    first_unit, delivered_quantity, is_slow)
SELECT 'F' || order_no, id, offer_id, supplier_id, 1, 'succeeded', cost, 'X' || n, '', at, at, at,
    at + interval '2 seconds', 0, false, 0, 1, false
FROM sold ORDER BY n;

-- Commissions: older ones are settled, one payout an agent and month.
CREATE TEMP TABLE share ON COMMIT DROP AS
SELECT sold.n, sold.id AS order_id, part.generation, part.agent_id, part.payable_id,
       part.difference, part.by_rate, part.difference + part.by_rate AS amount, sold.at,
       CASE WHEN sold.at < %(start)s::timestamptz + interval '1 day' * (%(days)s - 4)
            THEN least(date_trunc('month', sold.at) + interval '1 month',
                       %(start)s::timestamptz + interval '1 day' * (%(days)s - 1)) END AS settled_at
FROM sold CROSS JOIN LATERAL (VALUES
    (1, one, one_payable, total - one_price, trunc(total * 0.01, 4)),
    (2, two, two_payable, one_price - two_price, trunc(total * 0.005, 4)))
    AS part (generation, agent_id, payable_id, difference, by_rate)
WHERE part.agent_id IS NOT NULL;
ANALYZE share;
INSERT INTO kameng_commission (
    order_id, agent_id, generation, level_difference, generation_share, amount, reversed_amount,
    clawed_back, recovered, was_capped, status, due_at, created_at, settled_at, settlement_reference)
SELECT order_id, agent_id, generation, difference, by_rate, amount, 0, 0, 0, false,
    CASE WHEN settled_at IS NULL THEN 'pending' ELSE 'settled' END, at + interval '72 hours', at,
    settled_at, CASE WHEN settled_at IS NULL THEN ''
        ELSE 'commission:' || agent_id || ':' || to_char(settled_at, 'YYYYMMDD') END
FROM share ORDER BY n, generation;

-- The journal, in the order of time: deposits, orders (two entries each), payouts, a statement.
CREATE TEMP TABLE journal ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY at, step, key)
           + (SELECT coalesce(max(id), 0) FROM ledger_entry) AS id, *
FROM (
    SELECT 0 AS step, member.n AS key, 'deposit' AS kind, 'scale:deposit:' || member.n AS reference,
           '' AS memo, %(start)s::timestamptz - interval '1 hour' AS at
    FROM member
    UNION ALL
    SELECT 1, n, 'order_placed', 'order:' || order_no || ':placed', order_no, at FROM sold
    UNION ALL
    SELECT 2, n, 'order_completed', 'order:' || order_no || ':completed', order_no,
           at + interval '2 seconds' FROM sold
    UNION ALL
    SELECT 3, agent_id, 'commission_settled',
           'commission:' || agent_id || ':' || to_char(settled_at, 'YYYYMMDD'), count(*)::text,
           settled_at
    FROM share WHERE settled_at IS NOT NULL GROUP BY agent_id, settled_at
    UNION ALL  -- the long statement of the root: every fourth movement takes a little back
    SELECT 4, k, CASE WHEN k %% 4 = 3 THEN 'adjustment' ELSE 'deposit' END, 'scale:statement:' || k,
           'transfer ' || k, %(start)s::timestamptz + k * (interval '1 day' * %(days)s / %(statement)s)
    FROM generate_series(0, %(statement)s - 1) AS k
) AS steps;
CREATE INDEX ON journal (step, key);
ANALYZE journal;
INSERT INTO ledger_entry (id, reference, kind, memo, reverses_id, created_at)
SELECT id, reference, kind, memo, NULL, at FROM journal ORDER BY id;
SELECT setval(pg_get_serial_sequence('ledger_entry', 'id'), max(id)) FROM ledger_entry;

CREATE TEMP TABLE wallet_line ON COMMIT DROP AS
SELECT entry_id, wallet_id, amount, sum(amount) OVER (PARTITION BY wallet_id ORDER BY entry_id) AS balance
FROM (
    SELECT journal.id AS entry_id, member.wallet_id,
           1000 + ceil(coalesce(spent.total, 0) * 1.2) AS amount
    FROM journal JOIN member ON member.n = journal.key
    LEFT JOIN (SELECT buyer, sum(total) AS total FROM sold GROUP BY buyer) AS spent
        ON spent.buyer = member.n
    WHERE journal.step = 0
    UNION ALL
    SELECT journal.id, sold.wallet_id, -sold.total
    FROM journal JOIN sold ON sold.n = journal.key WHERE journal.step = 1
    UNION ALL
    SELECT journal.id, member.wallet_id, sum(share.amount)
    FROM journal JOIN share ON share.agent_id = journal.key AND share.settled_at = journal.at
    JOIN member ON member.agent_id = share.agent_id
    WHERE journal.step = 3 GROUP BY journal.id, member.wallet_id
    UNION ALL
    SELECT id, %(root_wallet)s, CASE WHEN key %% 4 = 3 THEN -0.5 ELSE 1 END
    FROM journal WHERE step = 4
) AS lines;
ANALYZE wallet_line;

INSERT INTO ledger_posting (entry_id, account_id, unit, amount, balance_after)
SELECT entry_id, account_id, 'CNY', amount, balance FROM (
    SELECT entry_id, 0 AS place, wallet_id AS account_id, amount, balance FROM wallet_line
    UNION ALL  -- where it comes from or goes to, of deposits, payments and payouts
    SELECT journal.id, 1, CASE journal.step WHEN 1 THEN %(escrow)s
               WHEN 3 THEN earner.payable_id ELSE %(bank)s END, -wallet_line.amount, NULL
    FROM journal JOIN wallet_line ON wallet_line.entry_id = journal.id
    LEFT JOIN member AS earner ON journal.step = 3 AND earner.agent_id = journal.key
    UNION ALL
    SELECT journal.id, line.place, line.account_id, line.amount, NULL
    FROM journal JOIN sold ON sold.n = journal.key CROSS JOIN LATERAL (VALUES
        (0, %(escrow)s, -sold.total), (1, %(revenue)s, sold.total),
        (2, %(cost)s, -sold.cost), (3, %(supplier)s, sold.cost)) AS line (place, account_id, amount)
    WHERE journal.step = 2
    UNION ALL
    SELECT journal.id, 4, %(expense)s, -sum(share.amount), NULL
    FROM journal JOIN share ON share.n = journal.key WHERE journal.step = 2 GROUP BY journal.id
    UNION ALL
    SELECT journal.id, 4 + share.generation, share.payable_id, share.amount, NULL
    FROM journal JOIN share ON share.n = journal.key WHERE journal.step = 2
) AS lines ORDER BY entry_id, place;
UPDATE ledger_account account SET balance = sums.balance
FROM (SELECT wallet_id, sum(amount) AS balance FROM wallet_line GROUP BY wallet_id) AS sums
WHERE account.id = sums.wallet_id
