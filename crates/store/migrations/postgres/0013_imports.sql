-- Projects whose repository is fetched from elsewhere, and how it stands with that. What is secret is sealed.
CREATE TABLE project_imports (
    project_id BIGINT PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    url TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES users (id),
    mirror BOOLEAN NOT NULL,
    credentials BYTEA,
    public_key TEXT COLLATE "C",
    private_key BYTEA,
    known_hosts TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('scheduled', 'started', 'finished', 'failed')),
    error TEXT COLLATE "C",
    failures BIGINT NOT NULL,
    due_at BIGINT,
    attempt BIGINT NOT NULL,
    lease_until BIGINT,
    started_at BIGINT,
    ended_at BIGINT,
    succeeded_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX project_imports_due_at ON project_imports (due_at);
