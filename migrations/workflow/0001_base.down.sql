-- 0001_base, down: drops the eleven tables with all their rows, the trigger function and, if we made it, pg_trgm.
-- Why:    to leave the database as it was before 0001_base.
-- Locks:  ACCESS EXCLUSIVE on each table: waits for every transaction that has touched one.
-- Time:   under 1 s once the locks are held.
-- Undo:   0001_base.up.sql restores the tables, not the rows. Take a backup first.
-- Safe to run on a half-made schema: everything is IF EXISTS.

DROP TABLE IF EXISTS notifications, analytics_events, audit_logs, api_keys, citations, agent_results,
  workflow_executions, agents, workflows, users, organizations;

DROP FUNCTION IF EXISTS bump_row_version();

DO $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_extension e
    WHERE e.extname = 'pg_trgm'
      AND obj_description(e.oid, 'pg_extension') = 'created by @greenlang/migrations workflow/0001_base'
  ) THEN
    DROP EXTENSION pg_trgm;
  END IF;
EXCEPTION
  WHEN dependent_objects_still_exist THEN
    RAISE NOTICE 'pg_trgm stays: something else in this database uses it by now';
END
$$;
