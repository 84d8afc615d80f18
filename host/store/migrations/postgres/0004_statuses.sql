-- The status is what the client got: also where its guest failed, which had none before.
UPDATE flux.executions SET status = CASE outcome WHEN 'time-limit' THEN 504 WHEN 'host' THEN 503 ELSE 500 END
WHERE kind = 'http' AND status IS NULL AND outcome NOT IN ('returned', 'interrupted');
