CREATE TABLE executions (
    id BLOB NOT NULL PRIMARY KEY,
    parent BLOB,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    guest BLOB NOT NULL,
    started_ns INTEGER NOT NULL,
    elapsed_ns INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    failed INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    journal_len INTEGER NOT NULL,
    -- 0: the journal as it is, 1: zstd
    codec INTEGER NOT NULL,
    journal BLOB NOT NULL
) STRICT;
CREATE INDEX executions_by_name ON executions (name, id);
CREATE INDEX executions_by_status ON executions (id, status) WHERE status >= 400;
CREATE INDEX executions_failed ON executions (id) WHERE failed = 1;
CREATE TABLE guests (
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    size INTEGER NOT NULL,
    first_seen_ns INTEGER NOT NULL,
    PRIMARY KEY (name, digest)
) STRICT, WITHOUT ROWID;
