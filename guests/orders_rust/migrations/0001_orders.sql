CREATE TABLE orders (
    id text PRIMARY KEY NOT NULL,
    sku text NOT NULL,
    quantity bigint NOT NULL,
    email text NOT NULL,
    amount_cents bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('placed', 'mailed')),
    created_at text NOT NULL
);
