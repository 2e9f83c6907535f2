//! Notes one moved ref, once, and begins its pipeline.

use crate::configuration::{Prepared, Target};
use crate::create_pipeline::{self, Start};
use crate::flow::Flow;
use crate::git::{NO_OBJECT, RefUpdate};
use crate::{Config, Result, Tx, protected_refs};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{PipelineId, ProjectId, UserId};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::projects::{self, Project};
use countersign_store::{LockTable, recovery, refs, users};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One ref that moved.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Of which project.
    pub(super) project: ProjectId,
    /// Who moved it.
    pub(super) user: Option<UserId>,
    /// From where to where.
    pub(super) update: RefUpdate,
    /// What its pipeline is made of; `None` if it is to have none.
    pub(super) prepared: Option<Prepared>,
    /// Where the branches and tags are now.
    pub(super) actual: Arc<BTreeMap<String, String>>,
}

/// What came of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted {
    /// The pipelines that began, and for which commits.
    pub(super) pipelines: Vec<(PipelineId, String)>,
    /// The branch that clones are to check out from now on.
    pub(super) default_branch: Option<String>,
}

impl Seen {
    /// Whether the ref is still there where it moved to.
    fn is_current(&self) -> bool {
        self.actual.get(&self.update.name).map_or(NO_OBJECT, String::as_str) == self.update.new
    }
}

/// What a pipeline for a moved branch or tag would run for; `None` for other refs.
pub(super) fn at(update: &RefUpdate) -> Option<Target> {
    let branch = update.name.strip_prefix("refs/heads/").map(|name| (name, false));
    let (name, tag) = branch.or_else(|| update.name.strip_prefix("refs/tags/").map(|name| (name, true)))?;
    Some(Target { ref_name: name.into(), tag, sha: update.new.clone(), before_sha: update.old.clone() })
}

/// Notes moved refs of one project in the ledger, each with a record of its own, and begins their pipelines, unless that was
/// done before. The first branch of a project becomes its default branch, unless the one meant to be came with it.
///
/// # Errors
/// The store's; or a pipeline cannot begin.
pub(super) fn record(tx: &mut Tx<'_>, config: &Config, all: &[Seen], now: Timestamp) -> Result<Ending<Noted>> {
    let mut noted = Noted::default();
    let project = match all.first() {
        Some(first) => projects::get(tx, first.project)?,
        None => None,
    };
    let Some(project) = project else { return Ok(Ending::Unchanged(noted)) };
    // One push at a time, whichever server follows it: the ledger must not be read before the last one is in it.
    tx.lock_row(LockTable::Projects, project.id.0)?;
    let mut flow = Flow::new(tx, now);
    for seen in all {
        record_one(&mut flow, config, (&project, seen), &mut noted)?;
    }
    Ok(Ending::from_events(noted, flow.events))
}

fn record_one(
    flow: &mut Flow<'_, '_>,
    config: &Config,
    (project, seen): (&Project, &Seen),
    noted: &mut Noted,
) -> Result<()> {
    let update = &seen.update;
    let known = refs::get(flow.tx, seen.project, &update.name)?.unwrap_or_else(|| NO_OBJECT.into());
    if known == update.new {
        return Ok(());
    }
    // Pushes can be followed out of order; the ledger then only moves to where the ref really is.
    let in_order = known == update.old;
    if !in_order && done_before(flow.tx, seen)? {
        return Ok(());
    }
    if let Some(branch) = first_branch(flow, project, seen)? {
        noted.default_branch = Some(branch);
    }
    if in_order || seen.is_current() {
        let sha = (!update.is_deletion()).then_some(update.new.as_str());
        refs::set(flow.tx, seen.project, &update.name, sha)?;
    }
    let subject = Subject::of_project("Project", seen.project.0, seen.project);
    let event = Event::new(Code::RefUpdated, subject).before(json!({"ref": update.name, "sha": update.old}));
    flow.events.push(event.after(json!({"ref": update.name, "sha": update.new})));
    let Some(prepared) = &seen.prepared else { return Ok(()) };
    let user = match seen.user {
        Some(user) => users::get(flow.tx, user)?.map(|u| u.id),
        None => None,
    };
    let start = Start { project: seen.project, user, source: "push", prepared, variables: &[] };
    let begun = create_pipeline::begin(flow, config, &start)?;
    noted.pipelines.extend(begun.map(|id| (id, prepared.target.sha.clone())));
    Ok(())
}

/// Makes the first branch of a project its default branch, if that is not there; as such it is protected.
fn first_branch(flow: &mut Flow<'_, '_>, project: &Project, seen: &Seen) -> Result<Option<String>> {
    let Some(branch) = seen.update.name.strip_prefix("refs/heads/") else { return Ok(None) };
    let meant = seen.actual.contains_key(&format!("refs/heads/{}", project.default_branch));
    if meant || seen.update.is_deletion() || !seen.is_current() || refs::has_branches(flow.tx, seen.project)? {
        return Ok(None);
    }
    projects::set_default_branch(flow.tx, project.id, branch, flow.now)?;
    let subject = Subject::of_project("Project", project.id.0, project.id);
    let event = Event::new(Code::ProjectUpdated, subject).before(json!({"default_branch": project.default_branch}));
    flow.events.push(event.after(json!({"default_branch": branch})));
    flow.events.extend(protected_refs::default_branch(flow.tx, project.id, branch, flow.now)?);
    Ok(Some(branch.to_owned()))
}

fn done_before(tx: &mut Tx<'_>, seen: &Seen) -> Result<bool> {
    let Some(prepared) = &seen.prepared else { return Ok(false) };
    let target = &prepared.target;
    let at = (target.ref_name.as_str(), target.tag);
    Ok(recovery::was_pushed(tx, seen.project, at, &target.before_sha, &target.sha)?)
}
