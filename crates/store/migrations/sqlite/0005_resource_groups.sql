-- Of the jobs that need the same resource, one has it at a time: whatever becomes of that, its status says when it is free.
CREATE TABLE resource_groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    process_mode TEXT NOT NULL CHECK (process_mode IN ('unordered', 'oldest_first', 'newest_first', 'newest_ready_first')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX resource_groups_key ON resource_groups (project_id, key);

ALTER TABLE jobs ADD COLUMN resource_group_id INTEGER REFERENCES resource_groups (id) ON DELETE SET NULL;
CREATE UNIQUE INDEX jobs_resource ON jobs (resource_group_id)
    WHERE status IN ('pending', 'running', 'canceling') AND resource_group_id IS NOT NULL;
CREATE INDEX jobs_upcoming ON jobs (resource_group_id)
    WHERE status IN ('created', 'scheduled', 'waiting_for_resource') AND resource_group_id IS NOT NULL;
CREATE INDEX jobs_await_resource ON jobs (resource_group_id)
    WHERE status = 'waiting_for_resource' AND resource_group_id IS NOT NULL;
