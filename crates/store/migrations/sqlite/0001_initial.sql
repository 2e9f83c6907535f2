-- People and bots. Who is deleted keeps their row, without a name, for what they did.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    password_hash TEXT,
    password_by_another INTEGER NOT NULL,
    admin INTEGER NOT NULL,
    bot INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'blocked', 'deactivated', 'banned', 'deleted')),
    note TEXT,
    external INTEGER NOT NULL,
    private_profile INTEGER NOT NULL,
    can_create_group INTEGER NOT NULL,
    projects_limit INTEGER NOT NULL,
    created_by INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_activity_on TEXT
) STRICT;

-- Only the hash of a token is stored. Tokens that came to replace one another belong to the family of the first.
CREATE TABLE personal_access_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id),
    family_id INTEGER,
    name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    description TEXT,
    hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    expires_at TEXT,
    revoked INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX personal_access_tokens_user ON personal_access_tokens (user_id);
CREATE INDEX personal_access_tokens_family ON personal_access_tokens (family_id);

-- Who is signed in to the pages, with which browser. Only the hash of a cookie is stored; what has ended is deleted.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id),
    hash BLOB NOT NULL UNIQUE,
    address TEXT,
    agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);

-- Attempts to sign in that failed, by the hash of the name given, whether there is such a person or not.
CREATE TABLE sign_in_attempts (
    name_hash BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;

-- Groups, and the personal namespaces of users.
CREATE TABLE namespaces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('group', 'user')),
    parent_id INTEGER REFERENCES namespaces (id) ON DELETE CASCADE,
    owner_id INTEGER REFERENCES users (id),
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    full_path TEXT NOT NULL,
    full_path_key TEXT NOT NULL UNIQUE,
    search_key TEXT NOT NULL,
    description TEXT NOT NULL,
    visibility TEXT NOT NULL CHECK (visibility IN ('private', 'internal', 'public')),
    allow_pipeline_trigger_approve_deployment INTEGER NOT NULL,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX namespaces_parent ON namespaces (parent_id);
CREATE UNIQUE INDEX namespaces_owner ON namespaces (owner_id);

CREATE TABLE projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    creator_id INTEGER REFERENCES users (id),
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    full_path TEXT NOT NULL,
    full_path_key TEXT NOT NULL UNIQUE,
    search_key TEXT NOT NULL,
    description TEXT,
    visibility TEXT NOT NULL CHECK (visibility IN ('private', 'internal', 'public')),
    default_branch TEXT NOT NULL,
    allow_pipeline_trigger_approve_deployment INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    topics TEXT NOT NULL,
    topics_key TEXT NOT NULL,
    shared_runners_enabled INTEGER NOT NULL,
    group_runners_enabled INTEGER NOT NULL,
    settings TEXT NOT NULL,
    build_timeout INTEGER NOT NULL,
    pipelines_created INTEGER NOT NULL,
    deployments_created INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL
) STRICT;
CREATE INDEX projects_namespace ON projects (namespace_id);

-- Direct memberships, of a group or of a project.
CREATE TABLE members (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER REFERENCES namespaces (id) ON DELETE CASCADE,
    project_id INTEGER REFERENCES projects (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id),
    access_level INTEGER NOT NULL,
    expires_at TEXT,
    created_by INTEGER,
    created_at INTEGER NOT NULL,
    CHECK ((group_id IS NULL) <> (project_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX members_group ON members (group_id, user_id);
CREATE UNIQUE INDEX members_project ON members (project_id, user_id);
CREATE INDEX members_user ON members (user_id);

-- Groups invited to a group or to a project.
CREATE TABLE shares (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER REFERENCES namespaces (id) ON DELETE CASCADE,
    project_id INTEGER REFERENCES projects (id) ON DELETE CASCADE,
    invited_group_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    access_level INTEGER NOT NULL,
    expires_at TEXT,
    created_at INTEGER NOT NULL,
    CHECK ((group_id IS NULL) <> (project_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX shares_group ON shares (group_id, invited_group_id);
CREATE UNIQUE INDEX shares_project ON shares (project_id, invited_group_id);
CREATE INDEX shares_invited ON shares (invited_group_id);

CREATE TABLE environments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    tier TEXT NOT NULL CHECK (tier IN ('production', 'staging', 'testing', 'development', 'other')),
    state TEXT NOT NULL CHECK (state IN ('available', 'stopping', 'stopped')),
    external_url TEXT,
    description TEXT,
    auto_stop_setting TEXT NOT NULL CHECK (auto_stop_setting IN ('always', 'with_action')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX environments_name ON environments (project_id, name);
CREATE UNIQUE INDEX environments_slug ON environments (project_id, slug);

-- Protected environments, of a project (by name) or of a group (by tier).
CREATE TABLE protected_environments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER REFERENCES projects (id) ON DELETE CASCADE,
    group_id INTEGER REFERENCES namespaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    required_approval_count INTEGER NOT NULL,
    run_after_approval TEXT NOT NULL CHECK (run_after_approval IN ('automatic', 'manual')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK ((group_id IS NULL) <> (project_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX protected_environments_project ON protected_environments (project_id, name);
CREATE UNIQUE INDEX protected_environments_group ON protected_environments (group_id, name);

-- Both kinds of entries name a user, a group or a role. What they name may be deleted: the entry stays and blocks.
CREATE TABLE deploy_access_levels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    protected_environment_id INTEGER NOT NULL REFERENCES protected_environments (id) ON DELETE CASCADE,
    user_id INTEGER,
    group_id INTEGER,
    access_level INTEGER,
    group_inheritance_type INTEGER NOT NULL,
    last_known_name TEXT NOT NULL
) STRICT;
CREATE INDEX deploy_access_levels_protection ON deploy_access_levels (protected_environment_id);

CREATE TABLE approval_rules (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    protected_environment_id INTEGER NOT NULL REFERENCES protected_environments (id) ON DELETE CASCADE,
    user_id INTEGER,
    group_id INTEGER,
    access_level INTEGER,
    group_inheritance_type INTEGER NOT NULL,
    last_known_name TEXT NOT NULL,
    required_approvals INTEGER NOT NULL CHECK (required_approvals >= 1)
) STRICT;
CREATE INDEX approval_rules_protection ON approval_rules (protected_environment_id);

-- Protected branches and tags: a name, or a pattern with `*`.
CREATE TABLE protected_refs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('branch', 'tag')),
    name TEXT NOT NULL,
    allow_force_push INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX protected_refs_name ON protected_refs (project_id, kind, name);

CREATE TABLE protected_ref_levels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    protected_ref_id INTEGER NOT NULL REFERENCES protected_refs (id) ON DELETE CASCADE,
    access_right TEXT NOT NULL CHECK (access_right IN ('push', 'merge', 'unprotect', 'create')),
    access_level INTEGER NOT NULL CHECK (access_level IN (0, 30, 40, 60))
) STRICT;
CREATE INDEX protected_ref_levels_of ON protected_ref_levels (protected_ref_id);

-- What pages and replies show of the commits that pipelines and deployments name.
CREATE TABLE commits (
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    sha TEXT NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_email TEXT NOT NULL,
    authored_at INTEGER NOT NULL,
    committer_name TEXT NOT NULL,
    committer_email TEXT NOT NULL,
    committed_at INTEGER NOT NULL,
    parent_shas TEXT NOT NULL,
    PRIMARY KEY (project_id, sha)
) STRICT;

-- The refs as last seen, so that a push whose pipeline was lost in a crash is found at the next start.
CREATE TABLE repository_refs (
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    sha TEXT NOT NULL,
    PRIMARY KEY (project_id, name)
) STRICT;

CREATE TABLE pipelines (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    iid INTEGER NOT NULL,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id INTEGER REFERENCES users (id),
    status TEXT NOT NULL CHECK (status IN ('created', 'pending', 'running', 'success', 'failed', 'canceling', 'canceled', 'skipped', 'manual')),
    source TEXT NOT NULL CHECK (source IN ('push', 'api', 'trigger')),
    ref TEXT NOT NULL,
    tag INTEGER NOT NULL,
    sha TEXT NOT NULL,
    before_sha TEXT NOT NULL,
    yaml_errors TEXT,
    variables TEXT NOT NULL,
    name TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX pipelines_iid ON pipelines (project_id, iid);
CREATE INDEX pipelines_sha ON pipelines (project_id, sha);

CREATE TABLE runners (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    runner_type TEXT NOT NULL CHECK (runner_type IN ('instance_type', 'group_type', 'project_type')),
    group_id INTEGER REFERENCES namespaces (id) ON DELETE CASCADE,
    project_id INTEGER REFERENCES projects (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE,
    description TEXT NOT NULL,
    tags TEXT NOT NULL,
    run_untagged INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    locked INTEGER NOT NULL,
    maximum_timeout INTEGER,
    created_by INTEGER,
    created_at INTEGER NOT NULL,
    contacted_at INTEGER
) STRICT;

-- The machines that share a runner's token.
CREATE TABLE runner_managers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    runner_id INTEGER NOT NULL REFERENCES runners (id) ON DELETE CASCADE,
    system_id TEXT NOT NULL,
    version TEXT NOT NULL,
    features TEXT NOT NULL,
    contacted_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX runner_managers_system ON runner_managers (runner_id, system_id);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    pipeline_id INTEGER NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    stage TEXT NOT NULL,
    stage_index INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('created', 'pending', 'running', 'success', 'failed', 'canceling', 'canceled', 'skipped', 'manual')),
    run_when TEXT NOT NULL CHECK (run_when IN ('on_success', 'manual', 'always')),
    allow_failure INTEGER NOT NULL,
    user_id INTEGER REFERENCES users (id),
    environment_id INTEGER REFERENCES environments (id) ON DELETE SET NULL,
    environment_action TEXT,
    environment_url TEXT,
    asked_tier TEXT,
    tier_refused INTEGER NOT NULL,
    tags TEXT NOT NULL,
    script TEXT NOT NULL,
    failure_reason TEXT,
    retried INTEGER NOT NULL,
    played INTEGER NOT NULL,
    gated INTEGER NOT NULL,
    runner_id INTEGER REFERENCES runners (id) ON DELETE SET NULL,
    runner_manager_id INTEGER,
    token_hash BLOB UNIQUE,
    attempt INTEGER NOT NULL,
    exit_code INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    queued_at INTEGER,
    started_at INTEGER,
    acknowledged_at INTEGER,
    contacted_at INTEGER,
    finished_at INTEGER,
    erased_at INTEGER
) STRICT;
CREATE INDEX jobs_pipeline ON jobs (pipeline_id);
CREATE INDEX jobs_project ON jobs (project_id, id);
CREATE INDEX jobs_waiting ON jobs (id) WHERE status = 'pending';
CREATE INDEX jobs_claimed ON jobs (id) WHERE status IN ('running', 'canceling');

CREATE TABLE deployments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    iid INTEGER NOT NULL,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    environment_id INTEGER NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    job_id INTEGER UNIQUE REFERENCES jobs (id) ON DELETE SET NULL,
    user_id INTEGER REFERENCES users (id),
    pipeline_creator_id INTEGER,
    ref TEXT NOT NULL,
    tag INTEGER NOT NULL,
    sha TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('created', 'running', 'success', 'failed', 'canceled', 'skipped', 'blocked')),
    final INTEGER NOT NULL,
    unapproved INTEGER NOT NULL,
    asked_tier TEXT,
    tier_refused INTEGER NOT NULL,
    summary TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    claimed_at INTEGER,
    finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX deployments_iid ON deployments (project_id, iid);
CREATE INDEX deployments_environment ON deployments (environment_id, status);
CREATE INDEX deployments_updated ON deployments (project_id, updated_at);
CREATE INDEX deployments_blocked ON deployments (id) WHERE status = 'blocked';
CREATE INDEX deployments_triggered ON deployments (user_id, id);
CREATE INDEX deployments_pending ON deployments (project_id) WHERE status IN ('created', 'blocked');

-- Votes are never deleted: one that was withdrawn or replaced is history.
CREATE TABLE approvals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    deployment_id INTEGER NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id),
    status TEXT NOT NULL CHECK (status IN ('approved', 'rejected')),
    comment TEXT,
    represented_as TEXT,
    over_the_rules INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX approvals_standing ON approvals (deployment_id, user_id) WHERE ended_at IS NULL;
CREATE INDEX approvals_user ON approvals (user_id) WHERE ended_at IS NULL;

-- What happened, in a chain of hashes.
CREATE TABLE audit_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    occurred_at INTEGER NOT NULL,
    code TEXT NOT NULL,
    user_id INTEGER,
    token_id INTEGER,
    address TEXT,
    subject_kind TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    project_id INTEGER,
    group_id INTEGER,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    sudo_user_id INTEGER,
    idempotency_key TEXT,
    seq INTEGER UNIQUE,
    previous_hash BLOB,
    hash BLOB
) STRICT;
CREATE INDEX audit_events_project ON audit_events (project_id);
CREATE INDEX audit_events_group ON audit_events (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX audit_events_idempotency ON audit_events (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX audit_events_actor ON audit_events (user_id, occurred_at);

-- What the server must remember of itself.
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The number under which transactions remember who is who and which rules apply. A trigger draws a new one whenever a row
-- changes of a table that is remembered from; a table that is read for what is remembered needs its three triggers.
CREATE TABLE policy_stamp (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    stamp INTEGER NOT NULL
) STRICT;
INSERT INTO policy_stamp (id, stamp) VALUES (1, random());
CREATE TRIGGER users_insert_policy AFTER INSERT ON users
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER users_update_policy AFTER UPDATE ON users
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER users_delete_policy AFTER DELETE ON users
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER personal_access_tokens_insert_policy AFTER INSERT ON personal_access_tokens
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER personal_access_tokens_update_policy AFTER UPDATE ON personal_access_tokens
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER personal_access_tokens_delete_policy AFTER DELETE ON personal_access_tokens
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER namespaces_insert_policy AFTER INSERT ON namespaces
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER namespaces_update_policy AFTER UPDATE ON namespaces
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER namespaces_delete_policy AFTER DELETE ON namespaces
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER members_insert_policy AFTER INSERT ON members
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER members_update_policy AFTER UPDATE ON members
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER members_delete_policy AFTER DELETE ON members
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER shares_insert_policy AFTER INSERT ON shares
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER shares_update_policy AFTER UPDATE ON shares
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER shares_delete_policy AFTER DELETE ON shares
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER protected_environments_insert_policy AFTER INSERT ON protected_environments
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER protected_environments_update_policy AFTER UPDATE ON protected_environments
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER protected_environments_delete_policy AFTER DELETE ON protected_environments
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER deploy_access_levels_insert_policy AFTER INSERT ON deploy_access_levels
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER deploy_access_levels_update_policy AFTER UPDATE ON deploy_access_levels
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER deploy_access_levels_delete_policy AFTER DELETE ON deploy_access_levels
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER approval_rules_insert_policy AFTER INSERT ON approval_rules
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER approval_rules_update_policy AFTER UPDATE ON approval_rules
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER approval_rules_delete_policy AFTER DELETE ON approval_rules
BEGIN UPDATE policy_stamp SET stamp = random(); END;
-- A project counts its pipelines and deployments, which is nothing to remember by.
CREATE TRIGGER projects_insert_policy AFTER INSERT ON projects
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER projects_delete_policy AFTER DELETE ON projects
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER projects_update_policy AFTER UPDATE ON projects
WHEN OLD.pipelines_created = NEW.pipelines_created AND OLD.deployments_created = NEW.deployments_created
BEGIN UPDATE policy_stamp SET stamp = random(); END;
-- Whether a project has any ref.
CREATE TRIGGER repository_refs_insert_policy AFTER INSERT ON repository_refs
BEGIN UPDATE policy_stamp SET stamp = random(); END;
CREATE TRIGGER repository_refs_delete_policy AFTER DELETE ON repository_refs
BEGIN UPDATE policy_stamp SET stamp = random(); END;
