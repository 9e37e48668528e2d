-- The textbook's tables: keys, the indexes that its pages would need, and nothing else. No foreign
-- keys and no triggers, so that it is the faster of two honest textbooks.
CREATE TABLE wallet (
    id bigint PRIMARY KEY,
    balance numeric(20, 4) NOT NULL CHECK (balance >= 0)
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    wallet_id bigint NOT NULL,
    client_ref text NOT NULL,
    sku_id bigint NOT NULL,
    unit_price numeric(20, 4) NOT NULL,
    total numeric(20, 4) NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (wallet_id, client_ref)
);
CREATE TABLE card (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku_id bigint NOT NULL,
    sealed bytea NOT NULL,
    order_id bigint
);
CREATE INDEX card_available ON card (sku_id, id) WHERE order_id IS NULL;
CREATE INDEX card_of_order ON card (order_id) WHERE order_id IS NOT NULL;
CREATE TABLE entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE posting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id bigint NOT NULL,
    account_id bigint NOT NULL,
    amount numeric(20, 4) NOT NULL
);
CREATE INDEX posting_of_entry ON posting (entry_id);
CREATE INDEX posting_of_account ON posting (account_id, id);
CREATE TABLE commission (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL,
    agent_id bigint NOT NULL,
    amount numeric(20, 4) NOT NULL,
    due_at timestamptz NOT NULL,
    UNIQUE (order_id, agent_id)
);
CREATE INDEX commission_of_agent ON commission (agent_id, id);
CREATE TABLE timeline (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL,
    status text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX timeline_of_order ON timeline (order_id);
