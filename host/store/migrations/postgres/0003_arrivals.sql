-- The transaction that brought a row: whoever follows asks for those that were not over when it looked
-- last. Null in rows of before, which nobody follows.
ALTER TABLE flux.executions ADD COLUMN arrived xid8;
ALTER TABLE flux.executions ALTER COLUMN arrived SET DEFAULT pg_current_xact_id();
CREATE INDEX executions_by_arrival ON flux.executions (arrived, id) WHERE arrived IS NOT NULL;
