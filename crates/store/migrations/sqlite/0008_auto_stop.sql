-- When an environment stops by itself, and why it did not when its time had come.
ALTER TABLE environments ADD COLUMN auto_stop_at INTEGER;
ALTER TABLE environments ADD COLUMN stays_up TEXT CHECK (stays_up IN ('not_allowed', 'no_job'));
CREATE INDEX environments_auto_stop ON environments (auto_stop_at) WHERE auto_stop_at IS NOT NULL;
CREATE INDEX jobs_environment ON jobs (environment_id) WHERE environment_action = 'stop';
