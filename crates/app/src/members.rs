//! Members of groups and projects: the same verbs for both.

mod add;
mod change;
mod person;
mod read;
mod remove;
mod roster;
#[cfg(test)]
mod tests;

pub use add::{NewMembers, Who, add};
pub use change::{Changes, change};
pub use person::{Known, person};
pub use read::{Wanted, list, list_all, show, show_all};
pub(crate) use remove::of_deleted;
pub use remove::remove;
pub use roster::{Access, Roster, roster};

use crate::authorize::{self, Ref};
use crate::{Result, Tx, names};
use countersign_domain::access::{Action, Actor, Home, Level, Place, Standing, Tenure, stays_owned};
use countersign_domain::event::Subject;
use countersign_domain::ids::{GroupId, UserId};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::{Date, Timestamp};
use countersign_store::members::{self, Member};
use countersign_store::users::State;
use countersign_store::{Error, namespaces};
use serde_json::{Value, json};

/// Whose members.
#[derive(Debug, Clone)]
pub enum Target {
    /// A group's.
    Group(Ref),
    /// A project's.
    Project(Ref),
}

/// A group or project whose members the actor may see or manage.
pub(crate) struct On {
    pub(crate) place: Place,
    pub(crate) standing: Standing,
    /// The groups above: a project's group and its ancestors, or a group's ancestors.
    above: Vec<GroupId>,
}

impl On {
    fn subject(&self, user: UserId) -> Subject {
        subject(self.place, user)
    }
}

/// A membership, as the audit records name it.
pub(crate) fn subject(place: Place, user: UserId) -> Subject {
    match place {
        Place::Group(id) => Subject::of_group("Member", user.0, id),
        Place::Project(id) => Subject::of_project("Member", user.0, id),
    }
}

/// Finds the target for somebody who wants to see its members.
pub(crate) fn seen(tx: &mut Tx<'_>, actor: &Actor, target: &Target, now: Timestamp) -> Result<On> {
    found(tx, actor, target, (Action::Read, Action::Read), now)
}

/// Finds the target for somebody who manages its members: owners of a group, maintainers of a project.
pub(crate) fn managed(tx: &mut Tx<'_>, actor: &Actor, target: &Target, now: Timestamp) -> Result<On> {
    found(tx, actor, target, (Action::ManageGroup, Action::ManageProject), now)
}

/// Whether the actor manages the members of a place that they see.
fn manages(on: &On) -> Result<(), Refusal> {
    on.standing.may(match on.place {
        Place::Group(_) => Action::ManageGroup,
        Place::Project(_) => Action::ManageProject,
    })
}

/// The levels that can be given there, lowest first.
fn grantable(on: &On) -> Vec<Level> {
    Level::ALL.into_iter().filter(|level| check_level(on, *level).is_ok()).collect()
}

fn found(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    (on_group, on_project): (Action, Action),
    now: Timestamp,
) -> Result<On> {
    match target {
        Target::Group(at) => {
            let found = authorize::group(tx, actor, at, on_group, now)?;
            let above = found.directory.lineage(found.id()).into_iter().skip(1).collect();
            Ok(On { place: Place::Group(found.id()), standing: found.standing, above })
        }
        Target::Project(at) => {
            let found = authorize::project(tx, actor, at, on_project, now)?;
            let above = match found.project.namespace.home() {
                Home::Group(group) => found.directory.lineage(group),
                Home::Personal(_) => Vec::new(),
            };
            let place = Place::Project(found.project.id);
            Ok(On { place, standing: found.standing, above })
        }
    }
}

/// Levels that can be given: minimal access only on a group at the top; nobody gives more than they have.
fn check_level(on: &On, level: Level) -> Result<(), Refusal> {
    let least = match on.place {
        Place::Group(_) if on.above.is_empty() => Level::Minimal,
        _ => Level::Guest,
    };
    if level < least {
        return Err(names::invalid("access_level", "is not included in the list"));
    }
    above_own(on, level)
}

/// Nobody gives, changes or takes away what is above them.
fn above_own(on: &On, level: Level) -> Result<(), Refusal> {
    if level > on.standing.acting_level() { Err(Refusal::Role(level.name())) } else { Ok(()) }
}

/// A membership below what the person has from a group above would say less than is true.
fn check_inherited(tx: &mut Tx<'_>, on: &On, user: UserId, level: Level, today: Date) -> Result<()> {
    let mut highest: Option<(Level, GroupId)> = None;
    for group in &on.above {
        let found = members::get(tx, Place::Group(*group), user)?;
        let found = found.filter(|m| alive(m.expires_at, today)).map(|m| (m.level, *group));
        highest = highest.into_iter().chain(found).max_by_key(|(level, _)| *level);
    }
    match highest {
        Some((inherited, group)) if inherited > level => {
            let group = namespaces::group(tx, group)?.map(|g| g.name).unwrap_or_default();
            let role = inherited.name();
            let why = format!("should be greater than or equal to {role} inherited membership from group {group}");
            Err(names::invalid("access_level", &why).into())
        }
        _ => Ok(()),
    }
}

/// A group at the top always keeps a person as owner who can act, for as long as it had one before somebody's membership
/// ended, or became `new`.
fn keeps_an_owner(tx: &mut Tx<'_>, on: &On, leaving: &Member, new: Option<&Tenure>, today: Date) -> Result<()> {
    let top = matches!(on.place, Place::Group(_)) && on.above.is_empty();
    if !top {
        return Ok(());
    }
    let others = members::list(tx, on.place)?.into_iter().filter(|m| m.user_id != leaving.user_id);
    let others: Vec<Tenure> = others.map(|m| tenure(&m)).collect();
    match stays_owned(&tenure(leaving), new, &others, today) {
        true => Ok(()),
        false => Err(Refusal::LastOwner.into()),
    }
}

/// What a membership says of whether somebody can act as owner.
pub(crate) fn tenure(of: &Member) -> Tenure {
    Tenure { level: of.level, active: of.state == State::Active, bot: of.bot, expires_at: of.expires_at }
}

/// The bot of a token belongs nowhere else, and for as long as its token does.
fn person_only(bot: bool) -> Result<(), Refusal> {
    if bot { Err(Refusal::BotMember) } else { Ok(()) }
}

fn check_end(expires_at: Option<Date>, today: Date) -> Result<(), Refusal> {
    match expires_at {
        Some(date) if date.has_passed(today) => Err(names::invalid("expires_at", "cannot be a date in the past")),
        _ => Ok(()),
    }
}

fn alive(expires_at: Option<Date>, today: Date) -> bool {
    expires_at.is_none_or(|d| !d.has_passed(today))
}

/// A membership as it is now.
fn reload(tx: &mut Tx<'_>, on: &On, user: UserId) -> Result<Member, Error> {
    let fresh = members::get(tx, on.place, user)?;
    fresh.ok_or_else(|| Error::Corrupt(format!("the membership of user {user} is gone in its own transaction")))
}

/// What the audit keeps of a membership.
pub(crate) fn image(of: &Member) -> Value {
    image_of(of.user_id, of.level, of.expires_at)
}

fn image_of(user: UserId, level: Level, expires_at: Option<Date>) -> Value {
    json!({"user_id": user, "access_level": level.number(), "expires_at": expires_at.map(|d| d.to_string())})
}
