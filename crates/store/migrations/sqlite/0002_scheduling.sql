-- Jobs wait for a time, for a resource and for what they need; they may run for a time of their own. SQLite cannot change
-- the words a column allows, so both tables are made anew. The numbers they have given out are not given out again.
CREATE TABLE pipelines_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    iid INTEGER NOT NULL,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id INTEGER REFERENCES users (id),
    status TEXT NOT NULL CHECK (status IN ('created', 'pending', 'running', 'success', 'failed', 'canceling', 'canceled', 'skipped', 'manual', 'scheduled', 'waiting_for_resource')),
    source TEXT NOT NULL CHECK (source IN ('push', 'api', 'trigger')),
    ref TEXT NOT NULL,
    tag INTEGER NOT NULL,
    sha TEXT NOT NULL,
    before_sha TEXT NOT NULL,
    yaml_errors TEXT,
    variables TEXT NOT NULL,
    name TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER
) STRICT;
INSERT INTO pipelines_new (
    id, iid, project_id, user_id, status, source, ref, tag, sha, before_sha, yaml_errors, variables, name,
    created_at, updated_at, started_at, finished_at)
SELECT
    id, iid, project_id, user_id, status, source, ref, tag, sha, before_sha, yaml_errors, variables, name,
    created_at, updated_at, started_at, finished_at
FROM pipelines;
DELETE FROM sqlite_sequence WHERE name = 'pipelines_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'pipelines_new', seq FROM sqlite_sequence WHERE name = 'pipelines';
DROP TABLE pipelines;
ALTER TABLE pipelines_new RENAME TO pipelines;
CREATE UNIQUE INDEX pipelines_iid ON pipelines (project_id, iid);
CREATE INDEX pipelines_sha ON pipelines (project_id, sha);

CREATE TABLE jobs_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    pipeline_id INTEGER NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    stage TEXT NOT NULL,
    stage_index INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('created', 'pending', 'running', 'success', 'failed', 'canceling', 'canceled', 'skipped', 'manual', 'scheduled', 'waiting_for_resource')),
    run_when TEXT NOT NULL CHECK (run_when IN ('on_success', 'on_failure', 'manual', 'always', 'delayed')),
    allow_failure INTEGER NOT NULL,
    user_id INTEGER REFERENCES users (id),
    environment_id INTEGER REFERENCES environments (id) ON DELETE SET NULL,
    environment_action TEXT,
    environment_url TEXT,
    asked_tier TEXT,
    tier_refused INTEGER NOT NULL,
    tags TEXT NOT NULL,
    script TEXT NOT NULL,
    options TEXT NOT NULL,
    needs TEXT,
    start_in INTEGER,
    scheduled_at INTEGER,
    timeout INTEGER,
    failure_reason TEXT,
    retried INTEGER NOT NULL,
    played INTEGER NOT NULL,
    gated INTEGER NOT NULL,
    runner_id INTEGER REFERENCES runners (id) ON DELETE SET NULL,
    runner_manager_id INTEGER,
    token_hash BLOB UNIQUE,
    attempt INTEGER NOT NULL,
    exit_code INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    queued_at INTEGER,
    started_at INTEGER,
    acknowledged_at INTEGER,
    contacted_at INTEGER,
    finished_at INTEGER,
    erased_at INTEGER
) STRICT;
INSERT INTO jobs_new (options,
    id, project_id, pipeline_id, name, stage, stage_index, status, run_when, allow_failure, user_id,
    environment_id, environment_action, environment_url, asked_tier, tier_refused, tags, script,
    failure_reason, retried, played, gated, runner_id, runner_manager_id, token_hash, attempt, exit_code,
    created_at, updated_at, queued_at, started_at, acknowledged_at, contacted_at, finished_at, erased_at)
SELECT '{}',
    id, project_id, pipeline_id, name, stage, stage_index, status, run_when, allow_failure, user_id,
    environment_id, environment_action, environment_url, asked_tier, tier_refused, tags, script,
    failure_reason, retried, played, gated, runner_id, runner_manager_id, token_hash, attempt, exit_code,
    created_at, updated_at, queued_at, started_at, acknowledged_at, contacted_at, finished_at, erased_at
FROM jobs;
DELETE FROM sqlite_sequence WHERE name = 'jobs_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'jobs_new', seq FROM sqlite_sequence WHERE name = 'jobs';
DROP TABLE jobs;
ALTER TABLE jobs_new RENAME TO jobs;
CREATE INDEX jobs_pipeline ON jobs (pipeline_id);
CREATE INDEX jobs_project ON jobs (project_id, id);
CREATE INDEX jobs_waiting ON jobs (id) WHERE status = 'pending';
CREATE INDEX jobs_claimed ON jobs (id) WHERE status IN ('running', 'canceling');
CREATE INDEX jobs_scheduled ON jobs (scheduled_at) WHERE status = 'scheduled';
