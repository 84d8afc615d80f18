CREATE TABLE flux.guest_bytes (
    digest bytea NOT NULL PRIMARY KEY,
    -- Both are null as long as no node could bring the guest.
    size bigint,
    -- zstd
    bytes bytea
);
ALTER TABLE flux.guest_bytes ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE TABLE flux.executions (
    id uuid NOT NULL PRIMARY KEY,
    parent uuid,
    kind text NOT NULL,
    name text NOT NULL,
    -- Two nodes work here at once: one may not delete what the other's next execution names.
    guest bytea NOT NULL REFERENCES flux.guest_bytes,
    started_ns bigint NOT NULL,
    elapsed_ns bigint NOT NULL,
    outcome text NOT NULL,
    status integer,
    failed boolean NOT NULL,
    calls bigint NOT NULL,
    journal_len bigint NOT NULL,
    node text NOT NULL,
    -- 0: the journal as it is, 1: zstd
    codec integer NOT NULL,
    journal bytea NOT NULL
);
CREATE INDEX executions_by_name ON flux.executions (name, id);
CREATE INDEX executions_by_status ON flux.executions (id, status) WHERE status >= 400;
CREATE INDEX executions_failed ON flux.executions (id) WHERE failed;
CREATE INDEX executions_by_guest ON flux.executions (guest, id);
CREATE TABLE flux.guests (
    name text NOT NULL,
    digest bytea NOT NULL,
    size bigint NOT NULL,
    first_seen_ns bigint NOT NULL,
    PRIMARY KEY (name, digest)
);
