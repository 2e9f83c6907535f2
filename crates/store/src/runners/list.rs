//! Lists of runners.

use super::{Runner, runner, select};
use crate::directory::columns_of;
use crate::reach::reach_projects;
use crate::{Result, Tx, Value};
use countersign_domain::access::Place;
use countersign_domain::ids::UserId;
use countersign_domain::runner::Span;
use countersign_domain::time::Date;

/// The most tags that a list asks for.
pub const MOST_TAGS: usize = 10;

/// Among which runners a list looks.
#[derive(Debug, Clone, Copy)]
pub enum Among {
    /// All.
    All,
    /// Those that serve the projects that a person maintains, and those of the groups that they own, on that day.
    ManagedBy(UserId, Date),
    /// Those of a project, of the groups above it or of a group and those above it, and of the instance.
    Around {
        /// The project or group.
        place: Place,
        /// Whether those of the instance are among them.
        instance: bool,
        /// Whether those of groups are among them.
        groups: bool,
    },
}

/// Which runners are listed, the newest first. What is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `instance_type`, `group_type` or `project_type`.
    pub runner_type: Option<&'static str>,
    /// Whether they get no jobs for now.
    pub paused: [Option<bool>; 3],
    /// When they were last heard of.
    pub heard: [Span; 2],
    /// The tags they all have, at most [`MOST_TAGS`].
    pub tags: Vec<String>,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

macro_rules! tagged {
    ($($n:literal),+) => {
        concat!($(" AND (CAST($", $n, " AS TEXT) IS NULL OR replace(r.tags, $", $n, ", '') <> r.tags)"),+)
    };
}

macro_rules! heard {
    ($ever:literal, $after:literal, $until:literal) => {
        concat!(
            " AND (CAST($",
            $ever,
            " AS BIGINT) IS NULL OR $",
            $ever,
            " = CASE WHEN r.contacted_at IS NULL THEN 0 ELSE 1 END) AND (CAST($",
            $after,
            " AS BIGINT) IS NULL OR r.contacted_at > $",
            $after,
            ") AND (CAST($",
            $until,
            " AS BIGINT) IS NULL OR r.contacted_at <= $",
            $until,
            ")"
        )
    };
}

macro_rules! filter {
    ($among:literal) => {
        concat!(
            "WHERE (",
            $among,
            ") AND (CAST($3 AS BIGINT) = 1 OR r.runner_type <> 'instance_type') \
             AND (CAST($4 AS BIGINT) = 1 OR r.runner_type <> 'group_type') \
             AND (CAST($5 AS TEXT) IS NULL OR r.runner_type = $5) \
             AND (CAST($6 AS BIGINT) IS NULL OR $6 = CASE WHEN r.paused THEN 1 ELSE 0 END) \
             AND (CAST($7 AS BIGINT) IS NULL OR $7 = CASE WHEN r.paused THEN 1 ELSE 0 END) \
             AND (CAST($8 AS BIGINT) IS NULL OR $8 = CASE WHEN r.paused THEN 1 ELSE 0 END)",
            heard!("9", "10", "11"),
            heard!("12", "13", "14"),
            tagged!("15", "16", "17", "18", "19", "20", "21", "22", "23", "24")
        )
    };
}

/// How many there are, and one page of them.
macro_rules! statements {
    ($before:ident, $among:literal) => {
        (
            $before!(concat!("SELECT count(*) FROM runners r ", filter!($among))),
            $before!(select!(concat!(filter!($among), " ORDER BY r.id DESC LIMIT $25 OFFSET $26"))),
        )
    };
}

macro_rules! nothing {
    ($tail:expr) => {
        $tail
    };
}

/// `above`: the group `$1` or the one around the project `$2`, and those above it.
macro_rules! above {
    ($tail:expr) => {
        concat!(
            "WITH RECURSIVE above(id) AS (
               SELECT namespace_id FROM projects WHERE id = $2 UNION SELECT id FROM namespaces WHERE id = $1
               UNION SELECT n.parent_id FROM namespaces n JOIN above a ON n.id = a.id WHERE n.parent_id IS NOT NULL) ",
            $tail
        )
    };
}

/// One page of a list, and how many runners it has in all.
pub fn list(tx: &mut Tx<'_>, among: Among, filter: &Filter) -> Result<(Vec<Runner>, i64)> {
    let ((count, page), [first, second], [instance, groups]) = match among {
        Among::All => (
            statements!(nothing, "CAST($1 AS BIGINT) IS NULL AND CAST($2 AS BIGINT) IS NULL"),
            [Value::Int(None), Value::Int(None)],
            [true, true],
        ),
        Among::ManagedBy(user, today) => (
            statements!(
                reach_projects,
                "r.group_id IN (SELECT id FROM reached WHERE level >= 50) \
                 OR r.id IN (SELECT g.runner_id FROM runner_projects g JOIN levels l ON l.id = g.project_id \
                   WHERE l.level >= 40)"
            ),
            [user.into(), today.into()],
            [true, true],
        ),
        Among::Around { place, instance, groups } => (
            statements!(
                above,
                "r.id IN (SELECT runner_id FROM runner_projects WHERE project_id = $2) \
                 OR r.group_id IN (SELECT id FROM above) OR r.runner_type = 'instance_type'"
            ),
            columns_of(place),
            [instance, groups],
        ),
    };
    let mut params = vec![first, second, i64::from(instance).into(), i64::from(groups).into()];
    params.push(filter.runner_type.into());
    params.extend(filter.paused.map(|paused| paused.map(i64::from).into()));
    for span in filter.heard {
        params.extend([span.ever.map(i64::from).into(), span.after.into(), span.until.into()]);
    }
    // As they stand in the list that is kept as JSON.
    let tags = filter.tags.iter().take(MOST_TAGS).filter_map(|tag| serde_json::to_string(tag).ok());
    params.extend(tags.map(Value::from));
    params.resize_with(4 + 1 + 3 + 6 + MOST_TAGS, || Value::Text(None));
    let total = tx.query_one(count, &params, |row| row.get(0))?;
    params.extend([filter.limit.into(), filter.offset.into()]);
    Ok((tx.query(page, &params, runner)?, total))
}
