-- Every row that refers to one which can be deleted is found by that: it goes along, or lets go, at each deletion.
-- A person has one standing vote on a deployment, and any number that ended.
DROP INDEX approvals_standing;
CREATE UNIQUE INDEX approvals_deployment ON approvals
    (deployment_id, user_id, (CASE WHEN ended_at IS NULL THEN 0 ELSE id END));
DROP INDEX jobs_environment;
CREATE INDEX jobs_environment ON jobs (environment_id, environment_action) WHERE environment_id IS NOT NULL;
DROP INDEX jobs_upcoming;
CREATE INDEX jobs_resource_group ON jobs (resource_group_id, status) WHERE resource_group_id IS NOT NULL;
-- Of the jobs that ever needed a resource few wait for it. These are found by the condition of the query that asks for them.
DROP INDEX jobs_await_resource;
CREATE INDEX jobs_await_resource ON jobs (resource_group_id) WHERE status = 'waiting_for_resource';
CREATE INDEX runners_project ON runners (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX runners_group ON runners (group_id) WHERE group_id IS NOT NULL;
