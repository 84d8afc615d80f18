-- The rowid of the row that arrived last. Rows are numbered from here and not by SQLite, which gives a
-- number again when the row that had the highest is deleted: whoever follows would miss the second one.
CREATE TABLE arrivals (last INTEGER NOT NULL) STRICT;
INSERT INTO arrivals SELECT coalesce(max(rowid), 0) FROM executions;
