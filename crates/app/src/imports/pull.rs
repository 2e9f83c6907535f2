//! Shows how it stands with a project's import, and has it fetched at once.

use super::change::taker;
use super::{event, image};
use crate::authorize::{self, Ref};
use crate::{Config, Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::Code;
use countersign_domain::import::{self, Status};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::imports::{self, Import};

/// The import of a project, for those who manage it.
///
/// # Errors
/// The actor may not, or the project is not fetched from elsewhere.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Import> {
    let project = authorize::project(tx, actor, at, Action::ManageProject, now)?.project.id;
    Ok(imports::get(tx, project)?.ok_or_else(none)?)
}

/// Has a project fetched as soon as a server is free. One that is about to be fetched, or is, stays as it is.
///
/// # Errors
/// As [`show`]; the project is archived; or it would be fetched as the actor, who may not have it fetched from there.
pub fn pull(tx: &mut Tx<'_>, config: &Config, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Ending<Import>> {
    let on = authorize::project(tx, actor, at, Action::ManageProject, now)?;
    on.standing.may(Action::PushCode)?;
    let project = on.project.id;
    let import = imports::get(tx, project)?.ok_or_else(none)?;
    if import.status.is_under_way() {
        return Ok(Ending::Unchanged(import));
    }
    let owner = match import::fetches_in_own_name(import.mirror, import.succeeded_at.is_none()) {
        true => taker(config, actor, &on.standing, &import)?,
        false => import.owner,
    };
    let wished = Import { owner, status: Status::Scheduled, due_at: Some(now), ..import };
    imports::save(tx, &wished, now)?;
    let event = event(Code::ImportRequested, project).after(image(&wished));
    Ok(Ending::done(wished, event))
}

fn none() -> Refusal {
    let text = "The project is not mirrored; set import_url to have it fetched from elsewhere";
    Refusal::BadRequest("import.none", text.into())
}
