//! Trigger tokens: kept by the maintainers of a project; each creates pipelines as its owner, who must still be allowed.

use crate::authorize::{self, Ref};
use crate::{Result, Tx, names};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{ProjectId, TriggerId, UserId};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::triggers::{self, NewTrigger, Trigger};
use countersign_store::{Error, users, users::User};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A trigger token with whoever it acts as.
#[derive(Debug, Clone)]
pub struct Owned {
    /// The trigger token.
    pub trigger: Trigger,
    /// Its owner.
    pub owner: Option<User>,
}

/// One page of the trigger tokens of a project, and how many there are in all.
///
/// # Errors
/// The actor is no maintainer.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    (limit, offset): (i64, i64),
    now: Timestamp,
) -> Result<(Vec<Owned>, i64)> {
    let project = managed(tx, actor, at, now)?;
    let (rows, total) = triggers::list(tx, project, limit, offset)?;
    let owners: Vec<i64> = rows.iter().map(|trigger| trigger.owner.0).collect();
    let owners: HashMap<_, _> = users::many(tx, &owners)?.into_iter().map(|user| (user.id, user)).collect();
    let owned = rows.into_iter().map(|trigger| Owned { owner: owners.get(&trigger.owner).cloned(), trigger });
    Ok((owned.collect(), total))
}

/// One trigger token of a project.
///
/// # Errors
/// The actor is no maintainer, or there is no such trigger token.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: TriggerId, now: Timestamp) -> Result<Owned> {
    let trigger = found(tx, actor, at, id, now)?;
    owned(tx, trigger)
}

/// Creates a trigger token that acts as whoever creates it. Its `secret` is made by the caller, who alone can show it,
/// this once.
///
/// # Errors
/// The actor is no maintainer, or the description is not acceptable.
pub fn create(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    description: &str,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<Owned>> {
    let project = managed(tx, actor, at, now)?;
    let owner = actor.user().ok_or(Refusal::Role("signed-in user"))?;
    names::description(description)?;
    let (hash, beginning) = (token::hash(secret), token::beginning(secret));
    let id = triggers::insert(tx, &NewTrigger { project, owner, description, hash, beginning: &beginning }, now)?;
    let made = reload(tx, id)?;
    let event = Event::new(Code::TriggerCreated, subject(&made)).after(image(&made));
    Ok(Ending::done(owned(tx, made)?, event))
}

/// Describes a trigger token otherwise.
///
/// # Errors
/// The actor is no maintainer, there is no such trigger token, or the description is not acceptable.
pub fn update(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: TriggerId,
    description: Option<&str>,
    now: Timestamp,
) -> Result<Ending<Owned>> {
    let old = found(tx, actor, at, id, now)?;
    let Some(description) = description.filter(|text| *text != old.description) else {
        return Ok(Ending::Unchanged(owned(tx, old)?));
    };
    names::description(description)?;
    triggers::describe(tx, id, description, now)?;
    let new = reload(tx, id)?;
    let event = Event::new(Code::TriggerUpdated, subject(&new)).before(image(&old)).after(image(&new));
    Ok(Ending::done(owned(tx, new)?, event))
}

/// Deletes a trigger token: it opens nothing any more.
///
/// # Errors
/// The actor is no maintainer, or there is no such trigger token.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: TriggerId, now: Timestamp) -> Result<Ending<()>> {
    let old = found(tx, actor, at, id, now)?;
    triggers::delete(tx, id)?;
    Ok(Ending::done((), deleted(&old)))
}

/// What is to be recorded of the trigger tokens of somebody who is about to be deleted.
pub(crate) fn of_deleted(tx: &mut Tx<'_>, owner: UserId) -> Result<Vec<Event>> {
    Ok(triggers::owned(tx, owner)?.iter().map(deleted).collect())
}

fn deleted(of: &Trigger) -> Event {
    Event::new(Code::TriggerDeleted, subject(of)).before(image(of))
}

/// Notes that a trigger token created a pipeline. Housekeeping: nobody decides this.
///
/// # Errors
/// The store's.
pub fn touch(tx: &mut Tx<'_>, id: TriggerId, now: Timestamp) -> Result<(), Error> {
    triggers::touch(tx, id, now)
}

fn managed(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<ProjectId> {
    Ok(authorize::project(tx, actor, at, Action::ManageProject, now)?.project.id)
}

fn found(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: TriggerId, now: Timestamp) -> Result<Trigger> {
    let project = managed(tx, actor, at, now)?;
    let found = triggers::get(tx, id)?.filter(|trigger| trigger.project == project);
    Ok(found.ok_or(Refusal::NotFound(Missing::Row))?)
}

fn reload(tx: &mut Tx<'_>, id: TriggerId) -> Result<Trigger, Error> {
    triggers::get(tx, id)?.ok_or_else(|| Error::Corrupt(format!("trigger {id} is gone in its own transaction")))
}

fn owned(tx: &mut Tx<'_>, trigger: Trigger) -> Result<Owned> {
    let owner = users::record(tx, trigger.owner)?;
    Ok(Owned { trigger, owner })
}

fn subject(of: &Trigger) -> Subject {
    Subject::of_project("Trigger", of.id.0, of.project)
}

/// What the audit keeps of a trigger token.
fn image(of: &Trigger) -> Value {
    json!({"owner_id": of.owner, "description": of.description})
}
