-- The files that jobs leave: at most one of each kind. They lie in the data directory; here is what is known of them.
CREATE TABLE artifacts (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('archive', 'dotenv')),
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    filename TEXT NOT NULL,
    size INTEGER NOT NULL,
    file TEXT NOT NULL,
    variables TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expire_at INTEGER,
    PRIMARY KEY (job_id, kind)
) STRICT;
CREATE INDEX artifacts_expire_at ON artifacts (expire_at);
CREATE INDEX artifacts_project ON artifacts (project_id);
