//! Creates a runner.

use crate::authorize::{self, Ref};
use crate::runners::{check, subject};
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::RunnerId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::runners;
use serde_json::json;

/// Whom a runner serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serves {
    /// All projects.
    Instance,
    /// The projects of a group and its subgroups.
    Group(i64),
    /// One project.
    Project(i64),
}

/// A runner somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRunner {
    /// Whom it serves.
    pub serves: Serves,
    /// What it is called.
    pub description: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it takes jobs without tags.
    pub run_untagged: bool,
    /// Whether it gets no jobs for now.
    pub paused: bool,
    /// Whether it is bound to its project.
    pub locked: bool,
    /// Whether it gets only what runs on protected branches and tags.
    pub ref_protected: bool,
    /// The longest it may take for a job, in seconds.
    pub maximum_timeout: Option<i64>,
    /// What those who look after it note about it.
    pub maintenance_note: Option<String>,
}

/// Creates a runner with that token, of which only the hash is kept.
///
/// # Errors
/// The actor may not: administrators create runners for all, owners of a group for it, maintainers of a project for it.
pub fn create_runner(
    tx: &mut Tx<'_>,
    actor: &Actor,
    new: &NewRunner,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<RunnerId>> {
    let (runner_type, group_id, project_id) = match new.serves {
        Serves::Instance if actor.is_admin() => ("instance_type", None, None),
        Serves::Instance => return Err(Refusal::AdminsOnly.into()),
        Serves::Group(id) => {
            let found = authorize::group(tx, actor, &Ref::Id(id), Action::ManageGroup, now)?;
            ("group_type", Some(found.group.group_id()), None)
        }
        Serves::Project(id) => {
            let found = authorize::project(tx, actor, &Ref::Id(id), Action::ManageProject, now)?;
            ("project_type", None, Some(found.project.id))
        }
    };
    check(&new.tags, new.run_untagged)?;
    let row = runners::NewRunner {
        runner_type,
        group_id,
        project_id,
        token_hash: token::hash(secret),
        description: &new.description,
        tags: &new.tags,
        run_untagged: new.run_untagged,
        paused: new.paused,
        locked: new.locked,
        ref_protected: new.ref_protected,
        maximum_timeout: new.maximum_timeout,
        maintenance_note: new.maintenance_note.as_deref(),
        created_by: actor.user(),
    };
    let id = runners::insert(tx, &row, now)?;
    let event = Event::new(Code::RunnerCreated, subject(id, group_id, project_id));
    Ok(Ending::done(id, event.after(json!({"runner_type": runner_type, "description": new.description}))))
}
