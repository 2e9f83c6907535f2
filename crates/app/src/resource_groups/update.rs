//! Changes in which order the jobs of a resource group run.

use super::find;
use crate::authorize::Ref;
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::outcome::Ending;
use countersign_domain::settings::ProcessMode;
use countersign_domain::time::Timestamp;
use countersign_store::resource_groups::{self, ResourceGroup};
use serde_json::json;

/// Lets the jobs of a resource group run in another order from now on. Who has the resource keeps it.
///
/// # Errors
/// The actor is no developer, or there is no such group.
pub fn update(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    (key, mode): (&str, Option<ProcessMode>),
    now: Timestamp,
) -> Result<Ending<ResourceGroup>> {
    let (on, found) = find(tx, actor, at, (key, Action::RunPipelines), now)?;
    let Some(mode) = mode.filter(|mode| *mode != found.process_mode) else { return Ok(Ending::Unchanged(found)) };
    resource_groups::set_mode(tx, found.id, mode, now)?;
    let subject = Subject::of_project("ResourceGroup", found.id.0, on.project.id);
    let event = Event::new(Code::ResourceGroupUpdated, subject);
    let before = json!({"key": found.key, "process_mode": found.process_mode.as_str()});
    let event = event.before(before).after(json!({"process_mode": mode.as_str()}));
    Ok(Ending::done(ResourceGroup { process_mode: mode, updated_at: now, ..found }, event))
}
