-- A runner made for a project may serve others too; the one it was made for is among them.
CREATE TABLE runner_projects (
    runner_id INTEGER NOT NULL REFERENCES runners (id) ON DELETE CASCADE,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    PRIMARY KEY (runner_id, project_id)
) STRICT;
CREATE INDEX runner_projects_project ON runner_projects (project_id);
INSERT INTO runner_projects (runner_id, project_id) SELECT id, project_id FROM runners WHERE project_id IS NOT NULL;
CREATE INDEX jobs_runner ON jobs (runner_id, id) WHERE runner_id IS NOT NULL;

-- What a machine says of itself, and where it was last heard from.
ALTER TABLE runner_managers ADD COLUMN revision TEXT;
ALTER TABLE runner_managers ADD COLUMN platform TEXT;
ALTER TABLE runner_managers ADD COLUMN architecture TEXT;
ALTER TABLE runner_managers ADD COLUMN executor TEXT;
ALTER TABLE runner_managers ADD COLUMN ip_address TEXT;
