//! Deletes the record of a deployment.

use crate::authorize::{self, Ref};
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::deployment::check_delete;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::DeploymentId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::{deployments, environments};
use serde_json::json;

/// Deletes a deployment's record, with its votes; the audit keeps what happened.
///
/// # Errors
/// The actor may not, it still runs or waits, or it is what the environment has now.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: DeploymentId, now: Timestamp) -> Result<Ending<()>> {
    let project = authorize::project(tx, actor, at, Action::DeleteDeployments, now)?.project.id;
    let found = deployments::get(tx, project, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    // Locked before it is judged, so that no report comes between.
    let case = deployments::for_decision(tx, found.id, None, now.date())?;
    let found = case.ok_or(Refusal::NotFound(Missing::Row))?.deployment;
    let is_last_success = environments::last_success(tx, found.environment_id)? == Some(id);
    check_delete(found.status, is_last_success)?;
    deployments::delete(tx, id)?;
    let before = json!({"status": found.status.as_str(), "environment": found.environment_name, "sha": found.sha});
    let event = Event::new(Code::DeploymentDeleted, Subject::of_project("Deployment", id.0, project));
    Ok(Ending::done((), event.before(before)))
}
