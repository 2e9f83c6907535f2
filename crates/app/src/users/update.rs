//! Changes what administrators keep of a person.

use super::{Password, email_free, hashed, image, keep_an_administrator, username_free};
use crate::{Result, Tx, authorize, names, reassess};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{GroupId, UserId};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_domain::user::Settings;
use countersign_store::users::{self, User};
use countersign_store::{Error, namespaces, sessions};
use serde_json::Value;

/// What is to change; what is `None` stays.
#[derive(Clone, Default)]
pub struct Changes {
    /// The unique name, and with it the address of what they have of their own.
    pub username: Option<String>,
    /// The name people call them.
    pub name: Option<String>,
    /// The mail address.
    pub email: Option<String>,
    /// How they sign in.
    pub password: Option<Password>,
    /// Whether they administer the instance.
    pub admin: Option<bool>,
    /// A note for administrators; the inner `None` for none.
    pub note: Option<Option<String>>,
    /// Whether they are external.
    pub external: Option<bool>,
    /// Whether others see no more of their profile than their name.
    pub private_profile: Option<bool>,
    /// Whether they may create groups at the top.
    pub can_create_group: Option<bool>,
    /// How many projects they may have in their own namespace.
    pub projects_limit: Option<i64>,
}

/// Changes that were checked as far as that goes without the database, with the password hashed.
#[derive(Clone)]
pub struct PreparedChanges {
    changes: Changes,
    /// The new hash; the inner `None` for a password that cannot be guessed because there is none.
    password_hash: Option<Option<String>>,
}

/// Checks what can be checked without the database, and hashes the password. Slow: for a thread that may block.
///
/// # Errors
/// The actor is no administrator, or a field is not acceptable.
pub fn prepare_changes(actor: &Actor, changes: Changes) -> Result<PreparedChanges> {
    authorize::admin(actor)?;
    if let Some(name) = &changes.name {
        names::name("name", name)?;
    }
    if let Some(email) = &changes.email {
        names::email(email)?;
    }
    if let Some(Some(note)) = &changes.note {
        names::description(note)?;
    }
    let password_hash = match &changes.password {
        None => None,
        Some(Password::Unusable) => Some(None),
        Some(Password::Given(password)) => Some(Some(hashed(password)?)),
    };
    Ok(PreparedChanges { changes, password_hash })
}

/// Changes a person. A new username moves the addresses of their own projects.
///
/// # Errors
/// The actor is no administrator; there is no such person; a name or address is taken; nobody else would administer the
/// instance.
pub fn update(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: UserId,
    prepared: &PreparedChanges,
    now: Timestamp,
) -> Result<Ending<User>> {
    authorize::admin(actor)?;
    let old = users::get(tx, id)?.ok_or(Refusal::NotFound(Missing::User))?;
    let new = changed(&old, &prepared.changes)?;
    if old.bot {
        check_bot(&old, &new, prepared)?;
    }
    if new == old && prepared.password_hash.is_none() {
        return Ok(Ending::Unchanged(old));
    }
    if old.admin && !new.admin {
        keep_an_administrator(tx, &old)?;
    }
    email_free(tx, &new.email, Some(id))?;
    let renamed = (&new.username, &new.name) != (&old.username, &old.name);
    if renamed {
        rename(tx, &old, &new, now)?;
    }
    users::save(tx, &new, now)?;
    if let Some(hash) = &prepared.password_hash {
        users::set_password(tx, id, hash.as_deref(), actor.user() != Some(id))?;
    }
    if prepared.password_hash.is_some() || new.admin != old.admin {
        sessions::end_all(tx, id, None)?;
    }
    let mut after = image(&new);
    if let (Value::Object(after), true) = (&mut after, prepared.password_hash.is_some()) {
        after.insert("password".into(), "changed".into());
    }
    let event = Event::new(Code::UserUpdated, Subject::instance("User", id.0)).before(image(&old)).after(after);
    // Votes are given under the names of people, by others too.
    let more = match (renamed, new.admin != old.admin) {
        (true, _) => reassess::everything(tx, now)?,
        (false, true) => reassess::person(tx, id, now)?,
        (false, false) => Vec::new(),
    };
    let user = users::get(tx, id)?.ok_or_else(|| Error::Corrupt("a user just changed is not there".into()))?;
    Ok(Ending::Done(Outcome::new(user, event).with(more)))
}

/// What a bot is allowed comes from its token, and so does how it proves who it is.
fn check_bot(old: &User, new: &User, prepared: &PreparedChanges) -> Result<(), Refusal> {
    let kept = (&old.username, old.admin, old.settings) == (&new.username, new.admin, new.settings);
    if kept && prepared.password_hash.is_none() {
        return Ok(());
    }
    Err(Refusal::BotAccount("Only the name, mail address and note of a bot change; its access token says what it may"))
}

fn changed(old: &User, changes: &Changes) -> Result<User, Refusal> {
    let mut new = old.clone();
    if let Some(username) = changes.username.as_ref().filter(|u| **u != old.username) {
        names::top_path("username", username)?;
        new.username.clone_from(username);
    }
    new.name = changes.name.clone().unwrap_or(new.name);
    new.email = changes.email.clone().unwrap_or(new.email);
    new.admin = changes.admin.unwrap_or(old.admin);
    new.note = changes.note.clone().unwrap_or(new.note);
    let settings = Settings {
        external: changes.external.unwrap_or(old.settings.external),
        private_profile: changes.private_profile.unwrap_or(old.settings.private_profile),
        can_create_group: changes.can_create_group.unwrap_or(old.settings.can_create_group),
        projects_limit: changes.projects_limit.unwrap_or(old.settings.projects_limit),
    };
    new.settings = settings.checked()?;
    Ok(new)
}

/// The personal namespace goes by its owner's names, and the addresses of the projects in it with it.
fn rename(tx: &mut Tx<'_>, old: &User, new: &User, now: Timestamp) -> Result<()> {
    if new.username != old.username && !new.username.eq_ignore_ascii_case(&old.username) {
        username_free(tx, &new.username)?;
    }
    let Some(mut own) = namespaces::personal(tx, old.id)? else { return Ok(()) };
    if new.username != old.username {
        let paths = (own.full_path.as_str(), new.username.as_str());
        namespaces::move_subtree(tx, GroupId(own.id.0), None, &new.username, paths)?;
    }
    own.name.clone_from(&new.name);
    own.path.clone_from(&new.username);
    Ok(namespaces::save(tx, &own, now)?)
}
