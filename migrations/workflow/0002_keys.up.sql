-- 0002_keys: primary keys, unique keys, foreign keys with their indexes, and trigram search on workflows.
-- Why:    what any team has before it tunes: each look-up by id, by parent or by unique value is an index scan, and
--         the search of workflows by words is not a sequential scan. Tuning indexes are a later migration.
-- Locks:  on each table in turn, ACCESS EXCLUSIVE for a primary or unique key, SHARE for an index (reads go on, writes
--         wait), SHARE ROW EXCLUSIVE on both tables for a foreign key. Run it before the service has traffic.
-- Time:   under 100 ms on empty tables; about 10 s on 1 M rows (2 cores).
-- Undo:   0002_keys.down.sql. No row is lost.
-- Form:   plain statements only, each ended by a semicolon at the end of a line, keys and indexes before foreign keys:
--         a bulk loader may run those of different tables side by side.

ALTER TABLE organizations ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);
ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE workflows ADD CONSTRAINT workflows_pkey PRIMARY KEY (id);
ALTER TABLE agents ADD CONSTRAINT agents_pkey PRIMARY KEY (id);
ALTER TABLE workflow_executions ADD CONSTRAINT workflow_executions_pkey PRIMARY KEY (id);
ALTER TABLE agent_results ADD CONSTRAINT agent_results_pkey PRIMARY KEY (id);
ALTER TABLE citations ADD CONSTRAINT citations_pkey PRIMARY KEY (id);
ALTER TABLE api_keys ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_pkey PRIMARY KEY (id);
ALTER TABLE analytics_events ADD CONSTRAINT analytics_events_pkey PRIMARY KEY (id);
ALTER TABLE notifications ADD CONSTRAINT notifications_pkey PRIMARY KEY (id);

ALTER TABLE organizations ADD CONSTRAINT organizations_slug_unique UNIQUE (slug);
ALTER TABLE agents ADD CONSTRAINT agents_name_version_unique UNIQUE (name, version);
ALTER TABLE api_keys ADD CONSTRAINT api_keys_key_hash_unique UNIQUE (key_hash);
-- One account an address, whatever its case.
CREATE UNIQUE INDEX users_email_unique ON users (lower(email));

CREATE INDEX users_organization_id_idx ON users (organization_id);
CREATE INDEX workflows_user_id_idx ON workflows (user_id);
CREATE INDEX workflows_organization_id_idx ON workflows (organization_id);
CREATE INDEX workflow_executions_workflow_id_idx ON workflow_executions (workflow_id);
CREATE INDEX workflow_executions_user_id_idx ON workflow_executions (user_id);
CREATE INDEX agent_results_workflow_execution_id_idx ON agent_results (workflow_execution_id);
CREATE INDEX agent_results_agent_id_idx ON agent_results (agent_id);
CREATE INDEX citations_workflow_execution_id_idx ON citations (workflow_execution_id);
CREATE INDEX citations_agent_id_idx ON citations (agent_id);
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id);
CREATE INDEX audit_logs_user_id_idx ON audit_logs (user_id);
CREATE INDEX analytics_events_user_id_idx ON analytics_events (user_id);
CREATE INDEX notifications_user_id_idx ON notifications (user_id);

CREATE INDEX workflows_name_trgm_idx ON workflows USING gin (name gin_trgm_ops);
CREATE INDEX workflows_description_trgm_idx ON workflows USING gin (description gin_trgm_ops);

-- Citations do not cascade: they are evidence, removed on purpose or not at all.
ALTER TABLE users ADD CONSTRAINT users_organization_id_organizations_id_fk
  FOREIGN KEY (organization_id) REFERENCES organizations (id);
ALTER TABLE workflows ADD CONSTRAINT workflows_user_id_users_id_fk
  FOREIGN KEY (user_id) REFERENCES users (id);
ALTER TABLE workflows ADD CONSTRAINT workflows_organization_id_organizations_id_fk
  FOREIGN KEY (organization_id) REFERENCES organizations (id);
ALTER TABLE workflow_executions ADD CONSTRAINT workflow_executions_workflow_id_workflows_id_fk
  FOREIGN KEY (workflow_id) REFERENCES workflows (id);
ALTER TABLE workflow_executions ADD CONSTRAINT workflow_executions_user_id_users_id_fk
  FOREIGN KEY (user_id) REFERENCES users (id);
ALTER TABLE agent_results ADD CONSTRAINT agent_results_workflow_execution_id_workflow_executions_id_fk
  FOREIGN KEY (workflow_execution_id) REFERENCES workflow_executions (id) ON DELETE CASCADE;
ALTER TABLE agent_results ADD CONSTRAINT agent_results_agent_id_agents_id_fk
  FOREIGN KEY (agent_id) REFERENCES agents (id);
ALTER TABLE citations ADD CONSTRAINT citations_workflow_execution_id_workflow_executions_id_fk
  FOREIGN KEY (workflow_execution_id) REFERENCES workflow_executions (id);
ALTER TABLE citations ADD CONSTRAINT citations_agent_id_agents_id_fk
  FOREIGN KEY (agent_id) REFERENCES agents (id);
ALTER TABLE api_keys ADD CONSTRAINT api_keys_user_id_users_id_fk
  FOREIGN KEY (user_id) REFERENCES users (id);
ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_user_id_users_id_fk
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE analytics_events ADD CONSTRAINT analytics_events_user_id_users_id_fk
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE notifications ADD CONSTRAINT notifications_user_id_users_id_fk
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
