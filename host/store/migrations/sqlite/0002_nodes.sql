-- Which node recorded it; empty before nodes had names.
ALTER TABLE executions ADD COLUMN node TEXT NOT NULL DEFAULT '';
-- Whether an execution names a guest still, which retention asks.
CREATE INDEX executions_by_guest ON executions (guest, id);
