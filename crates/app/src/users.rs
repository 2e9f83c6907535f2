//! People: created, changed and shut out by administrators.

mod account;
mod create;
mod delete;
mod read;
mod state;
#[cfg(test)]
mod tests;
mod update;

pub use account::{Account, account};
pub use create::{NewUser, Password, Prepared, create, prepare};
pub(crate) use delete::bots_within;
pub use delete::{Deleted, delete};
pub use read::{list, me, memberships, show};
pub use state::{Admission, admit, change_state};
pub use update::{Changes, PreparedChanges, prepare_changes, update};

use crate::{Result, Tx, secrets};
use countersign_domain::ids::UserId;
use countersign_domain::refusal::Refusal;
use countersign_domain::session::check_password;
use countersign_domain::user::State;
use countersign_store::users::{self, User};
use countersign_store::{Error, Failure, namespaces};
use serde_json::{Value, json};

/// Somebody always administers the instance: an active administrator does not leave before another is there.
fn keep_an_administrator(tx: &mut Tx<'_>, leaving: &User) -> Result<()> {
    match bound(tx, leaving)? {
        Some(why) => Err(why.into()),
        None => Ok(()),
    }
}

/// Why somebody may not cease to be an active administrator; none if they may, or are none.
fn bound(tx: &mut Tx<'_>, leaving: &User) -> Result<Option<Refusal>, Error> {
    let acts = leaving.admin && leaving.state == State::Active;
    Ok((acts && !users::another_admin(tx, leaving.id)?).then_some(Refusal::LastAdministrator))
}

/// The hash of a password that is to be somebody's. Slow.
fn hashed(password: &str) -> Result<String> {
    check_password(password)?;
    secrets::hash_password(password).map_err(|why| Failure::Store(Error::Unavailable(why.to_string())))
}

/// Nobody else than `own` has that mail address.
fn email_free(tx: &mut Tx<'_>, email: &str, own: Option<UserId>) -> Result<()> {
    let other = users::by_email(tx, email)?.filter(|u| Some(u.id) != own);
    if other.is_some() { Err(Refusal::UserTaken("Email").into()) } else { Ok(()) }
}

/// Nobody else has that username, and nothing lies at that path.
fn username_free(tx: &mut Tx<'_>, username: &str) -> Result<()> {
    if namespaces::path_taken(tx, username)? { Err(Refusal::UserTaken("Username").into()) } else { Ok(()) }
}

/// What the audit keeps of a user.
fn image(of: &User) -> Value {
    json!({
        "username": of.username,
        "name": of.name,
        "email": of.email,
        "admin": of.admin,
        "note": of.note,
        "external": of.settings.external,
        "private_profile": of.settings.private_profile,
        "can_create_group": of.settings.can_create_group,
        "projects_limit": of.settings.projects_limit,
    })
}
