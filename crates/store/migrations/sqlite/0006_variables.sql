-- CI/CD variables of a project, of a group, or, without either, of the instance. Values are sealed by the server, bound to
-- the row's owner, key, scope and restrictions: what is changed here by hand cannot be opened any more.
CREATE TABLE ci_variables (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER REFERENCES projects (id) ON DELETE CASCADE,
    group_id INTEGER REFERENCES namespaces (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    environment_scope TEXT NOT NULL,
    sealed BLOB NOT NULL,
    variable_type TEXT NOT NULL CHECK (variable_type IN ('env_var', 'file')),
    protected INTEGER NOT NULL,
    masked INTEGER NOT NULL,
    hidden INTEGER NOT NULL,
    raw INTEGER NOT NULL,
    description TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK (project_id IS NULL OR group_id IS NULL)
) STRICT;
CREATE UNIQUE INDEX ci_variables_project ON ci_variables (project_id, key, environment_scope);
CREATE UNIQUE INDEX ci_variables_group ON ci_variables (group_id, key, environment_scope);
CREATE UNIQUE INDEX ci_variables_instance ON ci_variables (key) WHERE project_id IS NULL AND group_id IS NULL;
