-- What a newer commit on its branch means for a pipeline.
ALTER TABLE pipelines ADD COLUMN on_new_commit TEXT COLLATE "C" NOT NULL DEFAULT 'conservative' CHECK (on_new_commit IN ('conservative', 'interruptible', 'none'));
CREATE INDEX pipelines_open ON pipelines (project_id, ref) WHERE status IN ('created', 'pending', 'running', 'scheduled', 'waiting_for_resource');
