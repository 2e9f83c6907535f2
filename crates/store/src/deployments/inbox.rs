//! Deployments that may concern somebody, over all projects.

use super::{Deployment, joined, read, select};
use crate::fold::pattern;
use crate::reach::{Viewer, reach_projects};
use crate::{Result, Tx};
use countersign_domain::ids::{DeploymentId, EnvironmentId, ProjectId, UserId};

/// Which blocked deployments are looked through.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Only those after this one: lists go on from there.
    pub after: i64,
    /// Part of the project's path or of the environment's name.
    pub text: Option<String>,
    /// For administrators: also those whose rules name them nowhere.
    pub over_the_rules: bool,
    /// How many at most.
    pub limit: i64,
}

/// The blocked deployments whose rules could name a person, oldest first, without those they have voted on: no more
/// than these can wait for them, but whether each does, the rules tell. A role on a group is no more than that on the
/// projects in it, so that the latter is what is compared. A vote under a name may have lost what it named. An
/// administrator who asks for it is given all.
pub fn may_await(tx: &mut Tx<'_>, whom: &Viewer, search: &Search) -> Result<Vec<(DeploymentId, ProjectId)>> {
    tx.query(
        reach_projects!(
            ", entries(protection, user_id, group_id, level) AS (
               SELECT protected_environment_id, user_id, group_id, access_level FROM approval_rules
               UNION ALL SELECT l.protected_environment_id, l.user_id, l.group_id, l.access_level
                 FROM deploy_access_levels l JOIN protected_environments g ON g.id = l.protected_environment_id
                 WHERE g.required_approval_count > 0
             ), naming(id, needed) AS (
               SELECT protection, CAST(0 AS BIGINT) FROM entries
                 WHERE user_id = $1 OR group_id IN (SELECT id FROM inherited)
               UNION SELECT protection, CASE WHEN level = 60 AND CAST($3 AS BOOLEAN) THEN 0 ELSE level END FROM entries
                 WHERE user_id IS NULL AND group_id IS NULL
             ), under(id, needed) AS (
               SELECT g.group_id, n.needed FROM naming n JOIN protected_environments g ON g.id = n.id
                 WHERE g.group_id IS NOT NULL
               UNION SELECT n.id, u.needed FROM namespaces n JOIN under u ON n.parent_id = u.id
             ) SELECT d.id, d.project_id FROM deployments d JOIN environments e ON e.id = d.environment_id
             JOIN projects p ON p.id = d.project_id LEFT JOIN levels l ON l.id = d.project_id
             WHERE d.status = 'blocked' AND d.id > $4
             AND (CAST($5 AS TEXT) IS NULL OR p.full_path_key LIKE $5 ESCAPE '!' OR LOWER(e.name) LIKE $5 ESCAPE '!')
             AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.deployment_id = d.id AND a.user_id = $1
               AND a.ended_at IS NULL AND a.represented_as IS NULL)
             AND ((CAST($3 AS BOOLEAN) AND CAST($7 AS BOOLEAN))
               OR EXISTS (SELECT 1 FROM naming n JOIN protected_environments g ON g.id = n.id
                 WHERE g.project_id = d.project_id AND g.name = e.name AND (n.needed = 0 OR l.level >= n.needed))
               OR EXISTS (SELECT 1 FROM under u WHERE u.id = p.namespace_id AND (u.needed = 0 OR l.level >= u.needed)))
             ORDER BY d.id LIMIT $6"
        ),
        &[
            whom.user.into(),
            whom.today.into(),
            whom.admin.into(),
            search.after.into(),
            search.text.as_deref().map(pattern).into(),
            search.limit.into(),
            search.over_the_rules.into(),
        ],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The last deployment to an environment that succeeded before another one.
pub fn success_before(tx: &mut Tx<'_>, at: EnvironmentId, id: DeploymentId) -> Result<Option<Deployment>> {
    tx.query_opt(
        select!("WHERE d.environment_id = $1 AND d.status = 'success' AND d.id < $2 ORDER BY d.id DESC LIMIT 1"),
        &[at.into(), id.into()],
        read,
    )
}

/// What a person triggered that has not ended, the latest first.
pub fn triggered(tx: &mut Tx<'_>, by: UserId, limit: i64) -> Result<Vec<Deployment>> {
    tx.query(
        select!("WHERE d.user_id = $1 AND d.status IN ('created', 'blocked', 'running') ORDER BY d.id DESC LIMIT $2"),
        &[by.into(), limit.into()],
        read,
    )
}
