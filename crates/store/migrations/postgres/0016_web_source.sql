-- Pipelines can also be run from a page.
ALTER TABLE pipelines DROP CONSTRAINT pipelines_source_check;
ALTER TABLE pipelines ADD CONSTRAINT pipelines_source_check CHECK (source IN ('push', 'web', 'api', 'trigger'));
