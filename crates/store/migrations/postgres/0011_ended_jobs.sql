-- Logs are packed, and removed, in the order in which their jobs ended.
CREATE INDEX jobs_finished_at ON jobs (finished_at, id) WHERE finished_at IS NOT NULL;
