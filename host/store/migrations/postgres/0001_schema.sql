-- Where the database's owner made the schema for this role, the role need not be allowed to make one.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'flux') THEN
        CREATE SCHEMA flux;
    END IF;
END $$;
CREATE TABLE flux.records_version (version bigint NOT NULL);
INSERT INTO flux.records_version VALUES (0);
