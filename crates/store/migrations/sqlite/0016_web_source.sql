-- Pipelines can also be run from a page. SQLite cannot change the words a column allows, so the table is made anew. The
-- numbers it has given out are not given out again.
CREATE TABLE pipelines_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    iid INTEGER NOT NULL,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id INTEGER REFERENCES users (id),
    status TEXT NOT NULL CHECK (status IN ('created', 'pending', 'running', 'success', 'failed', 'canceling', 'canceled', 'skipped', 'manual', 'scheduled', 'waiting_for_resource')),
    source TEXT NOT NULL CHECK (source IN ('push', 'web', 'api', 'trigger')),
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
    finished_at INTEGER,
    on_new_commit TEXT NOT NULL DEFAULT 'conservative' CHECK (on_new_commit IN ('conservative', 'interruptible', 'none'))
) STRICT;
INSERT INTO pipelines_new (
    id, iid, project_id, user_id, status, source, ref, tag, sha, before_sha, yaml_errors, variables, name,
    created_at, updated_at, started_at, finished_at, on_new_commit)
SELECT
    id, iid, project_id, user_id, status, source, ref, tag, sha, before_sha, yaml_errors, variables, name,
    created_at, updated_at, started_at, finished_at, on_new_commit
FROM pipelines;
DELETE FROM sqlite_sequence WHERE name = 'pipelines_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'pipelines_new', seq FROM sqlite_sequence WHERE name = 'pipelines';
DROP TABLE pipelines;
ALTER TABLE pipelines_new RENAME TO pipelines;
CREATE UNIQUE INDEX pipelines_iid ON pipelines (project_id, iid);
CREATE INDEX pipelines_sha ON pipelines (project_id, sha);
CREATE INDEX pipelines_open ON pipelines (project_id, ref) WHERE status IN ('created', 'pending', 'running', 'scheduled', 'waiting_for_resource');
