//! What administrators set for the whole instance while it runs.

use crate::{Result, Tx, authorize};
use countersign_domain::access::{Actor, Level};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_store::{Error, settings};
use serde_json::{Value, json};

/// Where the store keeps the role.
const MIN_ROLE: &str = "group_protection_min_role";

/// The settings of the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The least role that manages the protected environments of groups: maintainer or owner.
    pub group_protection_min_role: Level,
}

/// The least role that manages the protected environments of groups: what the server was started with, unless
/// administrators raised it since.
///
/// # Errors
/// The store's.
pub fn group_protection_min_role(tx: &mut Tx<'_>, configured: Level) -> Result<Level, Error> {
    let raised = settings::get(tx, MIN_ROLE)?.is_some_and(|role| role == "owner");
    Ok(if raised { Level::Owner } else { configured })
}

/// The settings, for administrators. `configured` is the role that the server was started with.
///
/// # Errors
/// The actor is no administrator.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, configured: Level) -> Result<Settings> {
    authorize::admin(actor)?;
    Ok(Settings { group_protection_min_role: group_protection_min_role(tx, configured)? })
}

/// Changes the settings; a role that is not given stays. What the server was started with is the least: it can be
/// raised here, not lowered.
///
/// # Errors
/// The actor is no administrator, or the role is below the least.
pub fn update(tx: &mut Tx<'_>, actor: &Actor, configured: Level, role: Option<Level>) -> Result<Ending<Settings>> {
    let before = show(tx, actor, configured)?;
    let after = Settings { group_protection_min_role: role.unwrap_or(before.group_protection_min_role) };
    if after == before {
        return Ok(Ending::Unchanged(before));
    }
    if after.group_protection_min_role < configured {
        let why = "cannot be lower than what the server was started with";
        return Err(Refusal::Field(MIN_ROLE.into(), why.into()).into());
    }
    settings::set(tx, MIN_ROLE, word(after.group_protection_min_role))?;
    let event = Event::new(Code::SettingsUpdated, Subject::instance("Settings", 1));
    Ok(Ending::done(after, event.before(image(before)).after(image(after))))
}

/// The role's word, as stored and shown.
pub fn word(role: Level) -> &'static str {
    if role >= Level::Owner { "owner" } else { "maintainer" }
}

fn image(of: Settings) -> Value {
    json!({ MIN_ROLE: word(of.group_protection_min_role) })
}
