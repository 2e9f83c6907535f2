-- Where the bots of access tokens belong, and as what; where that is deleted, they go first.
CREATE TABLE bots (
    user_id INTEGER PRIMARY KEY REFERENCES users (id),
    group_id INTEGER REFERENCES namespaces (id) ON DELETE CASCADE,
    project_id INTEGER REFERENCES projects (id) ON DELETE CASCADE,
    access_level INTEGER NOT NULL,
    CHECK ((group_id IS NULL) <> (project_id IS NULL))
) STRICT;
CREATE INDEX bots_group ON bots (group_id);
CREATE INDEX bots_project ON bots (project_id);

-- Tokens that create pipelines as their owner. Only the hash is stored, and the first characters to tell them apart.
CREATE TABLE triggers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    owner_id INTEGER NOT NULL REFERENCES users (id),
    description TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    beginning TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX triggers_project ON triggers (project_id);
CREATE INDEX triggers_owner ON triggers (owner_id);
