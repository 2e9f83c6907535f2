-- What was deployed last to an environment is asked for with every decision about a deployment.
CREATE INDEX deployments_latest ON deployments (environment_id, finished_at, id) WHERE status = 'success';
