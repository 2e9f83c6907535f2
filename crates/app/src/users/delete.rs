//! Deletes a person.

use super::{image, keep_an_administrator};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, groups, projects, reassess, tokens, triggers};
use countersign_domain::access::{Actor, Place};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{GroupId, ProjectId, ProtectionId, UserId};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::protection::Scope;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::{bots, members, namespaces, protections, users};
use serde_json::json;

/// What went with a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The projects whose repositories are to be removed, after the change is durable.
    pub projects: Vec<ProjectId>,
}

/// Deletes a person with their memberships, tokens and own projects. What they did stays on record without their name:
/// votes, deployments and jobs are evidence. Entries of protections that name them stay, orphaned, and keep blocking.
/// With `groups_too`, the groups go that nobody else owns.
///
/// # Errors
/// The actor is no administrator; there is no such person; nobody else would administer the instance; they are the only
/// owner of a group and that is not to go.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, id: UserId, groups_too: bool, now: Timestamp) -> Result<Ending<Deleted>> {
    authorize::admin(actor)?;
    let user = users::get(tx, id)?.ok_or(Refusal::NotFound(Missing::User))?;
    keep_an_administrator(tx, &user)?;
    let owned = members::solely_owned(tx, id, now.date())?;
    if !owned.is_empty() && !groups_too {
        return Err(Refusal::OnlyOwner(owned.into_iter().map(|(_, path)| path).collect()).into());
    }
    let mut gone = Gone { projects: Vec::new(), events: Vec::new() };
    for (group, _) in owned {
        gone.with_group(tx, actor, group, now)?;
    }
    for project in own_projects(tx, id)? {
        gone.with_project(tx, actor, project, now)?;
    }
    let orphaned = orphaned(tx, id)?;
    let ended = ended(tx, id, now)?;
    users::delete(tx, &user, now)?;
    let event = Event::new(Code::UserDeleted, Subject::instance("User", id.0)).before(image(&user));
    let more = reassess::everything(tx, now)?;
    let Gone { projects, events } = gone;
    Ok(Ending::Done(Outcome::new(Deleted { projects }, event).with(events).with(orphaned).with(ended).with(more)))
}

/// Deletes the bots of the access tokens of a project, or of a group and all below it, which are about to be deleted
/// themselves.
pub(crate) fn bots_within(tx: &mut Tx<'_>, place: Place, now: Timestamp) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for bot in bots::within(tx, place)? {
        let Some(user) = users::get(tx, bot.user)? else { continue };
        events.extend(orphaned(tx, user.id)?);
        events.extend(ended(tx, user.id, now)?);
        users::delete(tx, &user, now)?;
        events.push(Event::new(Code::UserDeleted, Subject::instance("User", user.id.0)).before(image(&user)));
    }
    Ok(events)
}

/// What somebody has that ends with them, each recorded where it was: memberships, tokens and trigger tokens.
fn ended(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<Vec<Event>> {
    let mut events = crate::members::of_deleted(tx, user, now)?;
    events.extend(tokens::of_deleted(tx, user, now)?);
    events.extend(triggers::of_deleted(tx, user)?);
    Ok(events)
}

/// What goes with somebody, and what is to be recorded of it.
struct Gone {
    projects: Vec<ProjectId>,
    events: Vec<Event>,
}

impl Gone {
    fn with_group(&mut self, tx: &mut Tx<'_>, actor: &Actor, group: GroupId, now: Timestamp) -> Result<()> {
        let ending = groups::delete(tx, actor, &Ref::Id(group.0), None, now)?;
        let deleted = self.noted(ending);
        self.projects.extend(deleted.into_iter().flat_map(|d| d.projects));
        Ok(())
    }

    fn with_project(&mut self, tx: &mut Tx<'_>, actor: &Actor, project: ProjectId, now: Timestamp) -> Result<()> {
        let ending = projects::delete(tx, actor, &Ref::Id(project.0), None, now)?;
        let deleted = self.noted(ending);
        self.projects.extend(deleted);
        Ok(())
    }

    fn noted<T>(&mut self, ending: Ending<T>) -> Option<T> {
        match ending {
            Ending::Done(outcome) => {
                let (value, events) = outcome.into_parts();
                self.events.extend(events);
                Some(value)
            }
            Ending::Unchanged(_) | Ending::Refused { .. } => None,
        }
    }
}

fn own_projects(tx: &mut Tx<'_>, of: UserId) -> Result<Vec<ProjectId>> {
    match namespaces::personal(tx, of)? {
        Some(own) => Ok(namespaces::below(tx, GroupId(own.id.0))?.projects),
        None => Ok(Vec::new()),
    }
}

/// The protections that are left with an entry that names nobody any more.
fn orphaned(tx: &mut Tx<'_>, named: UserId) -> Result<Vec<Event>> {
    let event = |(id, scope): (ProtectionId, Scope)| {
        let subject = match scope {
            Scope::Group(group) => Subject::of_group("ProtectedEnvironment", id.0, group),
            Scope::Project(project) => Subject::of_project("ProtectedEnvironment", id.0, project),
        };
        Event::new(Code::ProtectionOrphaned, subject).before(json!({"user_id": named}))
    };
    Ok(protections::naming_user(tx, named)?.into_iter().map(event).collect())
}
