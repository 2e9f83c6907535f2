//! Creates a person with their personal namespace.

use super::{email_free, hashed, image, username_free};
use crate::{Result, Tx, authorize, names};
use countersign_domain::access::{Actor, Visibility};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::outcome::Ending;
use countersign_domain::settings::GroupSettings;
use countersign_domain::time::Timestamp;
use countersign_domain::user::Settings;
use countersign_store::users::User;
use countersign_store::{Error, namespaces, users};

/// How a new person will sign in.
#[derive(Clone)]
pub enum Password {
    /// With this password.
    Given(String),
    /// Not at all, until an administrator gives them a password or a token.
    Unusable,
}

/// A person to be created, as asked for.
#[derive(Clone)]
pub struct NewUser {
    /// The unique name.
    pub username: String,
    /// The name people call them.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// How they will sign in.
    pub password: Password,
    /// Whether they administer the instance.
    pub admin: bool,
    /// A note for administrators.
    pub note: Option<String>,
    /// What administrators decide about them.
    pub settings: Settings,
}

/// A person to be created, checked, with the password hashed.
#[derive(Clone)]
pub struct Prepared {
    new: NewUser,
    password_hash: Option<String>,
}

/// Checks what can be checked without the database, and hashes the password. Slow: for a thread that may block.
///
/// # Errors
/// The actor is no administrator, or a field is not acceptable.
pub fn prepare(actor: &Actor, new: NewUser) -> Result<Prepared> {
    authorize::admin(actor)?;
    names::name("name", &new.name)?;
    names::top_path("username", &new.username)?;
    names::email(&new.email)?;
    if let Some(note) = &new.note {
        names::description(note)?;
    }
    let password_hash = match &new.password {
        Password::Unusable => None,
        Password::Given(password) => Some(hashed(password)?),
    };
    let settings = new.settings.checked()?;
    Ok(Prepared { new: NewUser { settings, ..new }, password_hash })
}

/// Creates the person, active, with a personal namespace of the same path.
///
/// # Errors
/// The actor is no administrator; the username, mail address or path is taken.
pub fn create(tx: &mut Tx<'_>, actor: &Actor, prepared: &Prepared, now: Timestamp) -> Result<Ending<User>> {
    authorize::admin(actor)?;
    let new = &prepared.new;
    email_free(tx, &new.email, None)?;
    username_free(tx, &new.username)?;
    let row = users::NewUser {
        username: &new.username,
        name: &new.name,
        email: &new.email,
        password_hash: prepared.password_hash.as_deref(),
        admin: new.admin,
        bot: false,
        note: new.note.as_deref(),
        settings: new.settings,
        created_by: actor.user(),
    };
    let id = users::insert(tx, &row, now)?;
    let namespace = namespaces::NewNamespace {
        parent_id: None,
        owner_id: Some(id),
        name: &new.name,
        path: &new.username,
        full_path: &new.username,
        description: "",
        // What a personal namespace holds is as visible as each project says.
        visibility: Visibility::Public,
        allow_pipeline_trigger_approve_deployment: false,
        settings: GroupSettings::default(),
    };
    namespaces::insert(tx, &namespace, now)?;
    let user = users::get(tx, id)?.ok_or_else(|| Error::Corrupt("a user just created is not there".into()))?;
    let event = Event::new(Code::UserCreated, Subject::instance("User", id.0)).after(image(&user));
    Ok(Ending::done(user, event))
}
