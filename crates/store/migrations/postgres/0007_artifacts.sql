-- The files that jobs leave: at most one of each kind. They lie in the data directory; here is what is known of them.
CREATE TABLE artifacts (
    job_id BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('archive', 'dotenv')),
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    filename TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    variables TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expire_at BIGINT,
    PRIMARY KEY (job_id, kind)
);
CREATE INDEX artifacts_expire_at ON artifacts (expire_at);
CREATE INDEX artifacts_project ON artifacts (project_id);
