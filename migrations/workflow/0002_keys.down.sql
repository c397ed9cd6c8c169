-- 0002_keys, down: drops the keys and indexes of 0002_keys; tables and rows stay.
-- Why:    to load in bulk, or before 0001_base goes down.
-- Locks:  ACCESS EXCLUSIVE on each table for a moment; waits for transactions that have touched one.
-- Time:   under 1 s once the locks are held.
-- Undo:   0002_keys.up.sql. It fails if rows that break a key were written in between.
-- Safe to run on a half-made schema: everything is IF EXISTS.

ALTER TABLE IF EXISTS notifications DROP CONSTRAINT IF EXISTS notifications_user_id_users_id_fk;
ALTER TABLE IF EXISTS analytics_events DROP CONSTRAINT IF EXISTS analytics_events_user_id_users_id_fk;
ALTER TABLE IF EXISTS audit_logs DROP CONSTRAINT IF EXISTS audit_logs_user_id_users_id_fk;
ALTER TABLE IF EXISTS api_keys DROP CONSTRAINT IF EXISTS api_keys_user_id_users_id_fk;
ALTER TABLE IF EXISTS citations DROP CONSTRAINT IF EXISTS citations_agent_id_agents_id_fk;
ALTER TABLE IF EXISTS citations DROP CONSTRAINT IF EXISTS citations_workflow_execution_id_workflow_executions_id_fk;
ALTER TABLE IF EXISTS agent_results DROP CONSTRAINT IF EXISTS agent_results_agent_id_agents_id_fk;
ALTER TABLE IF EXISTS agent_results DROP CONSTRAINT IF EXISTS agent_results_workflow_execution_id_workflow_executions_id_fk;
ALTER TABLE IF EXISTS workflow_executions DROP CONSTRAINT IF EXISTS workflow_executions_user_id_users_id_fk;
ALTER TABLE IF EXISTS workflow_executions DROP CONSTRAINT IF EXISTS workflow_executions_workflow_id_workflows_id_fk;
ALTER TABLE IF EXISTS workflows DROP CONSTRAINT IF EXISTS workflows_organization_id_organizations_id_fk;
ALTER TABLE IF EXISTS workflows DROP CONSTRAINT IF EXISTS workflows_user_id_users_id_fk;
ALTER TABLE IF EXISTS users DROP CONSTRAINT IF EXISTS users_organization_id_organizations_id_fk;

DROP INDEX IF EXISTS workflows_description_trgm_idx, workflows_name_trgm_idx;
DROP INDEX IF EXISTS
  notifications_user_id_idx,
  analytics_events_user_id_idx,
  audit_logs_user_id_idx,
  api_keys_user_id_idx,
  citations_agent_id_idx,
  citations_workflow_execution_id_idx,
  agent_results_agent_id_idx,
  agent_results_workflow_execution_id_idx,
  workflow_executions_user_id_idx,
  workflow_executions_workflow_id_idx,
  workflows_organization_id_idx,
  workflows_user_id_idx,
  users_organization_id_idx;

DROP INDEX IF EXISTS users_email_unique;
ALTER TABLE IF EXISTS api_keys DROP CONSTRAINT IF EXISTS api_keys_key_hash_unique;
ALTER TABLE IF EXISTS agents DROP CONSTRAINT IF EXISTS agents_name_version_unique;
ALTER TABLE IF EXISTS organizations DROP CONSTRAINT IF EXISTS organizations_slug_unique;

ALTER TABLE IF EXISTS notifications DROP CONSTRAINT IF EXISTS notifications_pkey;
ALTER TABLE IF EXISTS analytics_events DROP CONSTRAINT IF EXISTS analytics_events_pkey;
ALTER TABLE IF EXISTS audit_logs DROP CONSTRAINT IF EXISTS audit_logs_pkey;
ALTER TABLE IF EXISTS api_keys DROP CONSTRAINT IF EXISTS api_keys_pkey;
ALTER TABLE IF EXISTS citations DROP CONSTRAINT IF EXISTS citations_pkey;
ALTER TABLE IF EXISTS agent_results DROP CONSTRAINT IF EXISTS agent_results_pkey;
ALTER TABLE IF EXISTS workflow_executions DROP CONSTRAINT IF EXISTS workflow_executions_pkey;
ALTER TABLE IF EXISTS agents DROP CONSTRAINT IF EXISTS agents_pkey;
ALTER TABLE IF EXISTS workflows DROP CONSTRAINT IF EXISTS workflows_pkey;
ALTER TABLE IF EXISTS users DROP CONSTRAINT IF EXISTS users_pkey;
ALTER TABLE IF EXISTS organizations DROP CONSTRAINT IF EXISTS organizations_pkey;
