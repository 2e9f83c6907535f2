//! Changes a membership.

use super::{
    Target, above_own, alive, check_end, check_inherited, check_level, image, keeps_an_owner, managed, person_only,
    reload, tenure,
};
use crate::{Result, Tx, reassess};
use countersign_domain::access::{Actor, Level, Tenure};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::UserId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::{Date, Timestamp};
use countersign_store::members::{self, Member};

/// What is to change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The level.
    pub level: Option<Level>,
    /// The first date on which the membership is dead; the inner `None` for never.
    pub expires_at: Option<Option<Date>>,
}

/// Changes a direct membership.
///
/// # Errors
/// The actor does not manage the members, or the level before or after is above their own; there is no such membership, or it is a bot's;
/// the person has more from a group above; a group would lose its last owner, or would have none from an earlier date on.
pub fn change(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    user: UserId,
    changes: &Changes,
    now: Timestamp,
) -> Result<Ending<Member>> {
    let on = managed(tx, actor, target, now)?;
    let found = members::get(tx, on.place, user)?.filter(|m| alive(m.expires_at, now.date()));
    let old = found.ok_or(Refusal::NotFound(Missing::Row))?;
    above_own(&on, old.level)?;
    person_only(old.bot)?;
    let level = changes.level.unwrap_or(old.level);
    let expires_at = changes.expires_at.unwrap_or(old.expires_at);
    if (level, expires_at) == (old.level, old.expires_at) {
        return Ok(Ending::Unchanged(old));
    }
    check_level(&on, level)?;
    check_end(expires_at, now.date())?;
    check_inherited(tx, &on, user, level, now.date())?;
    keeps_an_owner(tx, &on, &old, Some(&Tenure { level, expires_at, ..tenure(&old) }), now.date())?;
    members::save(tx, on.place, user, level, expires_at)?;
    let member = reload(tx, &on, user)?;
    let event = Event::new(Code::MemberUpdated, on.subject(user)).before(image(&old)).after(image(&member));
    let more = reassess::person(tx, user, now)?;
    Ok(Ending::Done(Outcome::new(member, event).with(more)))
}
