//! The pipelines of a project, as people look through them.

use crate::authorize::{self, Ref};
use crate::{Result, Tx, create_pipeline, mark, or_refused};
use countersign_domain::access::{Action, Actor};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::commits::{self, Commit};
use countersign_store::pipelines::{self, Filter, Pipeline};
use countersign_store::projects::Project;
use countersign_store::refs;
use countersign_store::users::{self, User};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many branches and tags are offered to choose among.
const MOST_REFS: i64 = 200;

/// One page of the pipelines of a project.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The project.
    pub project: Project,
    /// The pipelines.
    pub rows: Vec<Listed>,
    /// How many there are in all.
    pub total: i64,
    /// Whether the reader may run new ones.
    pub may_run: Result<(), Refusal>,
    /// Whether they may give these variables.
    pub may_give_variables: bool,
    /// Branches and tags there are, by their short names.
    pub refs: Vec<String>,
}

/// A pipeline of a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// Who created it.
    pub by: Option<User>,
    /// What it runs for, if that is known.
    pub commit: Option<Arc<Commit>>,
}

impl Listing {
    /// A short text that changes when something does that is told here.
    pub fn mark(&self) -> String {
        let row = |of: &Listed| (of.pipeline.id, of.pipeline.status, of.pipeline.name.clone(), of.pipeline.finished_at);
        mark::of(&(self.rows.iter().map(row).collect::<Vec<_>>(), self.total, &self.may_run))
    }
}

/// One page of the pipelines of a project, and what the reader needs to run another.
///
/// # Errors
/// The actor may not see them.
pub fn listing(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, filter: &Filter, now: Timestamp) -> Result<Listing> {
    let on = authorize::project(tx, actor, at, Action::ReadDeployments, now)?;
    let (found, total) = pipelines::list(tx, on.project.id, filter)?;
    let ids: Vec<i64> = found.iter().map(|p| p.id.0).collect();
    let commits = if ids.is_empty() { Vec::new() } else { commits::of_pipelines(tx, &ids)? };
    let commits: BTreeMap<String, Arc<Commit>> = commits.into_iter().map(|c| (c.sha.clone(), c)).collect();
    let mut rows = Vec::new();
    for pipeline in found {
        let by = match pipeline.user_id {
            Some(id) => users::record(tx, id)?,
            None => None,
        };
        let commit = commits.get(&pipeline.sha).cloned();
        rows.push(Listed { pipeline, by, commit });
    }
    let may_run = or_refused(create_pipeline::may_create(tx, actor, at, now))?;
    let role = on.project.settings.ci_pipeline_variables_minimum_override_role;
    let may_give_variables = may_run.is_ok() && role.check(on.standing.acting_level()).is_ok();
    let short = |name: &String| {
        let short = name.strip_prefix("refs/heads/").or(name.strip_prefix("refs/tags/"))?;
        Some(short.to_owned())
    };
    let refs = refs::names(tx, on.project.id, MOST_REFS)?.iter().filter_map(short).collect();
    Ok(Listing { project: on.project, rows, total, may_run: may_run.map(drop), may_give_variables, refs })
}
