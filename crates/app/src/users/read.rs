//! Shows people.

use crate::{Result, Tx, authorize};
use countersign_domain::access::Actor;
use countersign_domain::ids::UserId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::members::{self, Membership, MembershipFilter};
use countersign_store::users::{self, Filter, User};

/// One page of the people and bots, and how many there are in all. Whoever may not search the accounts
/// finds nobody by their mail address, and is not told who administers the instance, is external or has no project.
///
/// # Errors
/// The actor is anonymous.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, filter: &Filter) -> Result<(Vec<User>, i64)> {
    signed_in(actor)?;
    let searches = actor.searches_accounts();
    let filter = Filter {
        by_email: searches,
        admin: filter.admin.filter(|_| searches),
        external: filter.external.filter(|_| searches),
        without_projects: filter.without_projects.filter(|_| searches),
        ..filter.clone()
    };
    Ok(users::list(tx, &filter)?)
}

/// One person or bot.
///
/// # Errors
/// The actor is anonymous, or there is nobody with that id.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, id: UserId) -> Result<User> {
    signed_in(actor)?;
    Ok(users::get(tx, id)?.ok_or(Refusal::NotFound(Missing::User))?)
}

/// The actor themselves, with their account: a job's token opens none.
///
/// # Errors
/// The actor is a job, or anonymous.
pub fn me(tx: &mut Tx<'_>, actor: &Actor) -> Result<User> {
    authorize::own_token(actor)?;
    let id = actor.user().ok_or(Refusal::NotFound(Missing::User))?;
    show(tx, actor, id)
}

/// One page of a person's direct memberships in groups and projects, and how many there are in all.
///
/// # Errors
/// The actor is no administrator, or there is no such person.
pub fn memberships(
    tx: &mut Tx<'_>,
    actor: &Actor,
    of: UserId,
    filter: MembershipFilter,
    now: Timestamp,
) -> Result<(Vec<Membership>, i64)> {
    authorize::admin(actor)?;
    users::get(tx, of)?.ok_or(Refusal::NotFound(Missing::User))?;
    Ok(members::of_user(tx, of, filter, now.date())?)
}

fn signed_in(actor: &Actor) -> Result<(), Refusal> {
    if actor.is_job() { Ok(()) } else { authorize::own_token(actor) }
}
