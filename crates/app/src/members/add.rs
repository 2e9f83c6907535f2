//! Adds members.

use super::{On, Target, alive, check_end, check_inherited, check_level, image, managed, person_only, reload};
use crate::{Result, Tx, reassess};
use countersign_domain::access::{Actor, Level, Place};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::UserId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::{Date, Timestamp};
use countersign_store::members::{self, Member};
use countersign_store::namespaces;
use countersign_store::users::{self, User};

/// How a new member is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// By id.
    Id(i64),
    /// By username.
    Username(String),
}

/// Members to be added, all with the same level and end.
#[derive(Debug, Clone)]
pub struct NewMembers {
    /// Who.
    pub who: Vec<Who>,
    /// The level.
    pub level: Level,
    /// The first date on which the memberships are dead.
    pub expires_at: Option<Date>,
}

/// Adds members, all or none.
///
/// # Errors
/// The actor does not manage the members, or gives more than they have; there is no such person, or they are a member
/// already, or have more from a group above, or are a bot; a group above locks its projects' members.
pub fn add(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    new: &NewMembers,
    now: Timestamp,
) -> Result<Ending<Vec<Member>>> {
    let on = managed(tx, actor, target, now)?;
    check_lock(tx, &on)?;
    check_level(&on, new.level)?;
    check_end(new.expires_at, now.date())?;
    let (mut made, mut events) = (Vec::new(), Vec::new());
    for who in &new.who {
        let user = find(tx, who)?;
        person_only(user.bot)?;
        let user = user.id;
        if let Some(old) = members::get(tx, on.place, user)? {
            if alive(old.expires_at, now.date()) {
                return Err(Refusal::MemberExists.into());
            }
            // A dead membership is nobody's: the new one takes its place.
            members::delete(tx, on.place, user)?;
        }
        check_inherited(tx, &on, user, new.level, now.date())?;
        members::insert(tx, on.place, user, new.level, new.expires_at, (actor.user(), now))?;
        let member = reload(tx, &on, user)?;
        events.push(Event::new(Code::MemberAdded, on.subject(user)).after(image(&member)));
        made.push(member);
    }
    let users: Vec<UserId> = made.iter().map(|m| m.user_id).collect();
    for user in users {
        events.extend(reassess::person(tx, user, now)?);
    }
    Ok(Ending::from_events(made, events))
}

/// A group can keep the projects below it from having members of their own.
pub(super) fn check_lock(tx: &mut Tx<'_>, on: &On) -> Result<()> {
    if !matches!(on.place, Place::Project(_)) {
        return Ok(());
    }
    let above: Vec<i64> = on.above.iter().map(|group| group.0).collect();
    match namespaces::many(tx, &above)?.iter().any(|group| group.settings.membership_lock) {
        true => Err(Refusal::SwitchedOff.into()),
        false => Ok(()),
    }
}

fn find(tx: &mut Tx<'_>, who: &Who) -> Result<User> {
    let found = match who {
        Who::Id(id) => users::get(tx, UserId(*id))?,
        Who::Username(name) => users::by_username(tx, name)?,
    };
    Ok(found.ok_or(Refusal::NotFound(Missing::User))?)
}
