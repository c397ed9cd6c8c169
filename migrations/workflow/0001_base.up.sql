-- 0001_base: the eleven tables of the workflow database, without keys.
-- Why:    the schema every example, benchmark and test of the family works on. Primary keys, unique keys, foreign
--         keys and their indexes are 0002_keys, so that a bulk load can run between the two.
-- Locks:  none on anything that exists; the tables are new. CREATE EXTENSION needs the CREATE right on the database.
-- Time:   under 100 ms.
-- Undo:   0001_base.down.sql. It drops the tables with all their rows.
-- Where:  the first schema of search_path. Run it as one transaction (one simple query is one).
-- Rows:   a table whose rows are updated by the service carries row_version and updated_at; the trigger
--         bump_row_version sets both on every UPDATE, so a reader can order two versions of a row.

-- Trigram search. The comment marks the extension as ours: the way down removes no one else's.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
    CREATE EXTENSION pg_trgm;
    COMMENT ON EXTENSION pg_trgm IS 'created by @greenlang/migrations workflow/0001_base';
  END IF;
END
$$;

CREATE FUNCTION bump_row_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.row_version := OLD.row_version + 1;
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

CREATE TABLE organizations (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name varchar(255) NOT NULL,
  slug varchar(100) NOT NULL,
  organization_type varchar(50) NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  settings jsonb NOT NULL DEFAULT '{}',
  row_version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE users (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  email varchar(255) NOT NULL,
  username varchar(255),
  role varchar(50) NOT NULL DEFAULT 'member',
  is_active boolean NOT NULL DEFAULT true,
  email_verified boolean NOT NULL DEFAULT false,
  last_login timestamptz,
  password_hash varchar(255),
  first_name varchar(100),
  last_name varchar(100),
  display_name varchar(255),
  mfa_enabled boolean NOT NULL DEFAULT false,
  failed_login_attempts integer NOT NULL DEFAULT 0,
  locked_until timestamptz,
  preferences jsonb NOT NULL DEFAULT '{}',
  row_version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT users_role_check CHECK (role IN ('owner', 'admin', 'member', 'viewer'))
);

CREATE TABLE workflows (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  name varchar(255) NOT NULL,
  description text,
  category varchar(100),
  status varchar(32) NOT NULL DEFAULT 'draft',
  is_public boolean NOT NULL DEFAULT false,
  version varchar(32) NOT NULL DEFAULT '1.0.0',
  definition jsonb NOT NULL DEFAULT '{}',
  row_version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT workflows_status_check CHECK (status IN ('draft', 'active', 'paused', 'archived'))
);

CREATE TABLE agents (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name varchar(255) NOT NULL,
  type varchar(50) NOT NULL,
  category varchar(100),
  version varchar(32) NOT NULL DEFAULT '1.0.0',
  description text,
  tags jsonb NOT NULL DEFAULT '[]',
  is_enabled boolean NOT NULL DEFAULT true,
  capabilities jsonb NOT NULL DEFAULT '{}',
  row_version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE workflow_executions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  workflow_id uuid NOT NULL,
  user_id uuid NOT NULL,
  status varchar(32) NOT NULL DEFAULT 'pending',
  error_message text,
  input jsonb NOT NULL DEFAULT '{}',
  output jsonb,
  started_at timestamptz,
  completed_at timestamptz,
  row_version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT workflow_executions_status_check
    CHECK (status IN ('pending', 'queued', 'running', 'completed', 'failed', 'error', 'cancelled'))
);

CREATE TABLE agent_results (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  workflow_execution_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  status varchar(32) NOT NULL DEFAULT 'pending',
  execution_time_ms integer,
  result jsonb,
  error text,
  attempt integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agent_results_status_check
    CHECK (status IN ('pending', 'running', 'completed', 'error', 'skipped'))
);

CREATE TABLE citations (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  workflow_execution_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  ef_cid varchar(128),
  citation_type varchar(50) NOT NULL,
  source varchar(255) NOT NULL,
  title text NOT NULL,
  url text,
  content_hash char(64),
  details jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT citations_citation_type_check
    CHECK (citation_type IN ('emission_factor', 'regulatory', 'methodology', 'scientific', 'company_data', 'guidance',
      'database'))
);

CREATE TABLE api_keys (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  key_hash varchar(255) NOT NULL,
  key_prefix varchar(10) NOT NULL,
  name varchar(255) NOT NULL,
  scopes jsonb NOT NULL DEFAULT '[]',
  rate_limit integer,
  is_active boolean NOT NULL DEFAULT true,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE audit_logs (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid,
  action varchar(100) NOT NULL,
  resource_type varchar(100),
  resource_id varchar(255),
  ip_address inet,
  result varchar(32) NOT NULL DEFAULT 'success',
  metadata jsonb NOT NULL DEFAULT '{}',
  user_agent text,
  session_id varchar(64),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT audit_logs_result_check CHECK (result IN ('success', 'denied', 'failure'))
);

CREATE TABLE analytics_events (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  event_type varchar(100) NOT NULL,
  user_id uuid,
  session_id varchar(64),
  properties jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE notifications (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  notification_type varchar(50) NOT NULL,
  title varchar(255) NOT NULL,
  body text,
  is_read boolean NOT NULL DEFAULT false,
  read_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER organizations_row_version BEFORE UPDATE ON organizations
  FOR EACH ROW EXECUTE FUNCTION bump_row_version();
CREATE TRIGGER users_row_version BEFORE UPDATE ON users
  FOR EACH ROW EXECUTE FUNCTION bump_row_version();
CREATE TRIGGER workflows_row_version BEFORE UPDATE ON workflows
  FOR EACH ROW EXECUTE FUNCTION bump_row_version();
CREATE TRIGGER agents_row_version BEFORE UPDATE ON agents
  FOR EACH ROW EXECUTE FUNCTION bump_row_version();
CREATE TRIGGER workflow_executions_row_version BEFORE UPDATE ON workflow_executions
  FOR EACH ROW EXECUTE FUNCTION bump_row_version();
