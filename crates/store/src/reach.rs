//! What a person reaches, as SQL for lists. The rule itself is `countersign_domain::access::Directory`; a test in the
//! application compares the two.

use countersign_domain::ids::UserId;
use countersign_domain::time::Date;

/// For whom a list is made.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    /// The person; `None` for anonymous requests.
    pub user: Option<UserId>,
    /// Whether they see everything.
    pub admin: bool,
    /// The date on which memberships and invitations are judged.
    pub today: Date,
}

/// `reached`: the groups that person `$1` reaches on date `$2` with the levels, by membership, inheritance or
/// invitation; `inherited`: by membership and inheritance alone.
macro_rules! reach {
    ($($tail:expr),+) => {
        concat!(
            "WITH RECURSIVE mine(id, level) AS (
               SELECT group_id, access_level FROM members
               WHERE user_id = $1 AND group_id IS NOT NULL AND (expires_at IS NULL OR expires_at > $2)
             ), granted(id, level) AS (
               SELECT id, level FROM mine
               UNION SELECT s.group_id, CASE WHEN s.access_level < m.level THEN s.access_level ELSE m.level END
                 FROM shares s JOIN mine m ON m.id = s.invited_group_id
                 WHERE s.group_id IS NOT NULL AND (s.expires_at IS NULL OR s.expires_at > $2)
             ), reached(id, level) AS (
               SELECT id, level FROM granted
               UNION SELECT n.id, r.level FROM namespaces n JOIN reached r ON n.parent_id = r.id
             ), inherited(id, level) AS (
               SELECT id, level FROM mine
               UNION SELECT n.id, i.level FROM namespaces n JOIN inherited i ON n.parent_id = i.id
             ) ",
            $($tail),+
        )
    };
}
pub(crate) use reach;

/// The same with `levels`: each group reached, with the highest level.
macro_rules! reach_groups {
    ($($tail:expr),+) => {
        $crate::reach::reach!(", levels(id, level) AS (SELECT id, MAX(level) FROM reached GROUP BY id) ", $($tail),+)
    };
}
pub(crate) use reach_groups;

/// The same with `levels`: each project reached, with the highest level.
macro_rules! reach_projects {
    ($($tail:expr),+) => {
        $crate::reach::reach!(
            ", ways(id, level) AS (
               SELECT p.id, r.level FROM projects p JOIN reached r ON r.id = p.namespace_id
               UNION SELECT project_id, access_level FROM members
                 WHERE user_id = $1 AND project_id IS NOT NULL AND (expires_at IS NULL OR expires_at > $2)
               UNION SELECT s.project_id, CASE WHEN s.access_level < i.level THEN s.access_level ELSE i.level END
                 FROM shares s JOIN inherited i ON i.id = s.invited_group_id
                 WHERE s.project_id IS NOT NULL AND (s.expires_at IS NULL OR s.expires_at > $2)
               UNION SELECT p.id, 50 FROM projects p JOIN namespaces n ON n.id = p.namespace_id WHERE n.owner_id = $1
             ), levels(id, level) AS (SELECT id, MAX(level) FROM ways WHERE level >= 10 GROUP BY id) ",
            $($tail),+
        )
    };
}
pub(crate) use reach_projects;

/// Whether the viewer (`$1`, `$2`, and as administrator `$3`) sees group `n`, on which they have the level `l.level`.
macro_rules! sees_group {
    () => {
        "(CAST($3 AS BOOLEAN) OR l.level >= 5 OR n.visibility = 'public' \
          OR (n.visibility = 'internal' \
             AND EXISTS (SELECT 1 FROM users v WHERE v.id = $1 AND NOT v.external)))"
    };
}
pub(crate) use sees_group;

/// Project `$2`, or all projects below group `$1`.
macro_rules! projects_in {
    () => {
        "SELECT id FROM projects WHERE id = $2 OR namespace_id IN (
           WITH RECURSIVE below(id) AS (SELECT id FROM namespaces WHERE id = $1
             UNION SELECT n.id FROM namespaces n JOIN below b ON n.parent_id = b.id) SELECT id FROM below)"
    };
}
pub(crate) use projects_in;
