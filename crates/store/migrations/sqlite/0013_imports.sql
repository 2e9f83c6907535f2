-- Projects whose repository is fetched from elsewhere, and how it stands with that. What is secret is sealed.
CREATE TABLE project_imports (
    project_id INTEGER PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    owner_id INTEGER NOT NULL REFERENCES users (id),
    mirror INTEGER NOT NULL,
    credentials BLOB,
    public_key TEXT,
    private_key BLOB,
    known_hosts TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('scheduled', 'started', 'finished', 'failed')),
    error TEXT,
    failures INTEGER NOT NULL,
    due_at INTEGER,
    attempt INTEGER NOT NULL,
    lease_until INTEGER,
    started_at INTEGER,
    ended_at INTEGER,
    succeeded_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX project_imports_due_at ON project_imports (due_at);
