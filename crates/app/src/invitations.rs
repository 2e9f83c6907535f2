//! What inviting a group to a group and to a project have in common.

use crate::{Result, Tx, names, sight};
use countersign_domain::access::{Actor, Directory, Level, Place, Standing, Via};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::GroupId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::{Date, Timestamp};
use countersign_store::directory::{self, People};
use countersign_store::namespaces::{self, Below};
use countersign_store::shares::{self, Share};
use serde_json::{Value, json};

/// An invitation to be made, as asked for.
#[derive(Debug, Clone)]
pub struct Invite {
    /// The group to invite.
    pub group: GroupId,
    /// The most its members get.
    pub level: Level,
    /// The first date on which it is dead.
    pub expires_at: Option<Date>,
}

/// Adds an invitation; what the audit keeps of it.
pub(crate) fn add(
    tx: &mut Tx<'_>,
    actor: &Actor,
    directory: &Directory,
    place: Place,
    invite: &Invite,
    now: Timestamp,
) -> Result<Value> {
    if invite.level < Level::Guest {
        return Err(names::invalid("group_access", "must be 10, 15, 20, 30, 40 or 50").into());
    }
    if invite.expires_at.is_some_and(|d| d.has_passed(now.date())) {
        return Err(names::invalid("expires_at", "must be in the future").into());
    }
    let invited = namespaces::group(tx, invite.group)?.ok_or(Refusal::NotFound(Missing::Group))?;
    let beside = directory::load(tx, now.date(), Place::Group(invite.group), People::One(actor.user()))?;
    let standing = beside.standing(actor, Place::Group(invite.group), invited.visibility);
    if !standing.sees() {
        return Err(Refusal::NotFound(Missing::Group).into());
    }
    let member = actor.is_admin() || actor.via == Via::Server || standing.level >= Level::Guest;
    if !member {
        return Err(Refusal::Role("Guest (in the invited group)").into());
    }
    unrelated(directory, place, invite.group)?;
    if let Some(old) = shares::get(tx, place, invite.group)? {
        if old.expires_at.is_none_or(|d| !d.has_passed(now.date())) {
            return Err(Refusal::AlreadyShared.into());
        }
        // A dead invitation is nobody's: the new one takes its place.
        shares::delete(tx, place, invite.group)?;
    }
    shares::insert(tx, place, invite.group, invite.level, invite.expires_at, now)?;
    Ok(json!({
        "group_id": invite.group,
        "group_access": invite.level.number(),
        "expires_at": invite.expires_at.map(|d| d.to_string()),
    }))
}

/// Ends an invitation; what the audit keeps of it.
pub(crate) fn remove(tx: &mut Tx<'_>, place: Place, invited: GroupId) -> Result<Value> {
    let found = shares::get(tx, place, invited)?.ok_or(Refusal::NotFound(Missing::Row))?;
    shares::delete(tx, place, invited)?;
    Ok(image(&found))
}

/// What is to be recorded where groups were invited that are about to be deleted with all in `below`.
pub(crate) fn of_deleted(tx: &mut Tx<'_>, below: &Below) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for group in &below.groups {
        for share in shares::of_invited(tx, *group)? {
            let (goes_too, subject) = match share.place {
                Place::Group(id) => (below.groups.contains(&id), Subject::of_group("Group", id.0, id)),
                Place::Project(id) => (below.projects.contains(&id), Subject::of_project("Project", id.0, id)),
            };
            if !goes_too {
                events.push(Event::new(Code::ShareRemoved, subject).before(image(&share)));
            }
        }
    }
    Ok(events)
}

fn image(of: &Share) -> Value {
    json!({
        "group_id": of.group_id,
        "group_access": of.level.number(),
        "expires_at": of.expires_at.map(|d| d.to_string()),
    })
}

/// A group cannot be invited where its members are already.
fn unrelated(directory: &Directory, place: Place, invited: GroupId) -> Result<(), Refusal> {
    let (line, why) = match place {
        Place::Project(id) => {
            let why = "Project cannot be shared with the group it is in or one of its ancestors.";
            (directory.groups_above(id), why)
        }
        Place::Group(id) => (directory.lineage(id), "Group cannot be shared with itself or one of its ancestors."),
    };
    if line.contains(&invited) { Err(names::invalid("base", why)) } else { Ok(()) }
}

/// Takes the invitations out of a place's that are not to be shown to an actor who stands so towards it.
pub(crate) fn hide(
    tx: &mut Tx<'_>,
    actor: &Actor,
    standing: &Standing,
    shares: &mut Vec<Share>,
    now: Timestamp,
) -> Result<()> {
    let seen = sight::groups(tx, actor, shares.iter().map(|s| s.group_id), now)?;
    shares.retain(|s| standing.shows_invitation(seen.contains(&s.group_id)));
    Ok(())
}
