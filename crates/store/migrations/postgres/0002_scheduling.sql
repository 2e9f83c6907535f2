-- Jobs wait for a time, for a resource and for what they need; they may run for a time of their own.
ALTER TABLE pipelines DROP CONSTRAINT pipelines_status_check;
ALTER TABLE pipelines ADD CONSTRAINT pipelines_status_check CHECK (status IN ('created', 'pending', 'running', 'success', 'failed', 'canceling', 'canceled', 'skipped', 'manual', 'scheduled', 'waiting_for_resource'));

ALTER TABLE jobs DROP CONSTRAINT jobs_status_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_status_check CHECK (status IN ('created', 'pending', 'running', 'success', 'failed', 'canceling', 'canceled', 'skipped', 'manual', 'scheduled', 'waiting_for_resource'));
ALTER TABLE jobs DROP CONSTRAINT jobs_run_when_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_run_when_check CHECK (run_when IN ('on_success', 'on_failure', 'manual', 'always', 'delayed'));
ALTER TABLE jobs ADD COLUMN options TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE jobs ALTER COLUMN options DROP DEFAULT;
ALTER TABLE jobs ADD COLUMN needs TEXT COLLATE "C";
ALTER TABLE jobs ADD COLUMN start_in BIGINT;
ALTER TABLE jobs ADD COLUMN scheduled_at BIGINT;
ALTER TABLE jobs ADD COLUMN timeout BIGINT;
CREATE INDEX jobs_scheduled ON jobs (scheduled_at) WHERE status = 'scheduled';
