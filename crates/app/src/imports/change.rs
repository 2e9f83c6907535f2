//! Sets from where a project is fetched.

use super::{about_credentials, about_key, event, image};
use crate::authorize::{self, Ref};
use crate::git::{DeployKey, over_ssh};
use crate::projects::{self, NewProject, View};
use crate::{Config, Result, Tx, names};
use countersign_domain::access::{Action, Actor, Standing};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::{ProjectId, UserId};
use countersign_domain::import::{self, Address, Status};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::imports::{self, Import};

/// The most bytes of known hosts that are kept.
const MOST_KNOWN_HOSTS: usize = 64 * 1024;

/// What is wished of a project's import; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// From where it is fetched, with credentials if need be; empty for not from elsewhere any more.
    pub url: Option<String>,
    /// Whether it is fetched again and again.
    pub mirror: Option<bool>,
    /// The keys of the host, as `known_hosts` has them; empty for those it shows next.
    pub ssh_known_hosts: Option<String>,
    /// A new deploy key, should one be needed.
    pub key: Option<DeployKey>,
}

impl Wish {
    /// Whether anything is wished at all.
    pub fn is_empty(&self) -> bool {
        self.url.is_none() && self.mirror.is_none() && self.ssh_known_hosts.is_none()
    }

    /// The address, if it is one over SSH.
    pub fn over_ssh(&self) -> Option<Address> {
        let (address, _) = self.url.as_deref().map(Address::parse)?.ok()?;
        over_ssh(&address).then_some(address)
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

/// Whether a project that is to be fetched over SSH needs a new deploy key, and may have it; asked before one is made.
///
/// # Errors
/// The actor may not have it fetched from there.
pub fn needs_key(
    tx: &mut Tx<'_>,
    config: &Config,
    actor: &Actor,
    (at, address): (&Ref, &Address),
    now: Timestamp,
) -> Result<bool> {
    let on = authorize::project(tx, actor, at, Action::ManageProject, now)?;
    import::may(&on.standing, address, &config.outgoing)?;
    Ok(imports::get(tx, on.project.id)?.is_none_or(|import| import.private_key.is_none()))
}

/// Whether a project that is to be created may be fetched over SSH, for which it needs a deploy key; asked before one is
/// made.
///
/// # Errors
/// As [`projects::may_create`]; or the actor may not have it fetched from there.
pub fn may_begin(
    tx: &mut Tx<'_>,
    config: &Config,
    actor: &Actor,
    (owner, new, address): (Option<UserId>, &NewProject, &Address),
    now: Timestamp,
) -> Result<()> {
    let standing = projects::may_create(tx, actor, owner, new, now)?;
    Ok(import::may(&standing, address, &config.outgoing)?)
}

/// Ends a change of a project that also changes from where it is fetched, as the actor wishes.
///
/// # Errors
/// The actor may not have it fetched from there, or the address, or what goes with it, cannot be used.
pub fn with(
    tx: &mut Tx<'_>,
    config: &Config,
    actor: &Actor,
    (ending, wish): (Ending<View>, &Wish),
    now: Timestamp,
) -> Result<Ending<View>> {
    if wish.is_empty() {
        return Ok(ending);
    }
    let view = match &ending {
        Ending::Done(outcome) => outcome.value(),
        Ending::Unchanged(view) => view,
        Ending::Refused { .. } => return Ok(ending),
    };
    let project = view.project.id;
    let events = change(tx, config, actor, (project, wish), now)?;
    let import = imports::get(tx, project)?;
    Ok(match ending {
        Ending::Done(outcome) => Ending::Done(outcome.with(events).map(|view| View { import, ..view })),
        Ending::Unchanged(view) => Ending::from_events(View { import, ..view }, events),
        refused @ Ending::Refused { .. } => refused,
    })
}

fn change(
    tx: &mut Tx<'_>,
    config: &Config,
    actor: &Actor,
    (project, wish): (ProjectId, &Wish),
    now: Timestamp,
) -> Result<Vec<Event>> {
    let old = imports::get(tx, project)?;
    let new = match (wish.url(), &old) {
        (Some(""), _) => None,
        (Some(url), _) => Some(moved(tx, config, actor, (project, url, wish.key.as_ref()), old.as_ref(), now)?),
        (None, old) => old.clone(),
    };
    let Some(mut new) = new else {
        no_import(wish)?;
        let Some(old) = old else { return Ok(Vec::new()) };
        imports::delete(tx, project)?;
        return Ok(vec![event(Code::ImportDeleted, project).before(image(&old))]);
    };
    if let Some(known) = &wish.ssh_known_hosts {
        check_known_hosts(known)?;
        new.known_hosts.clone_from(known);
    }
    new.mirror = wish.mirror.unwrap_or(new.mirror);
    if let (None, Some(old)) = (wish.url(), &old)
        && import::takes_over((old.mirror, new.mirror), old.known_hosts != new.known_hosts)
    {
        let on = authorize::project(tx, actor, &Ref::Id(project.0), Action::ManageProject, now)?;
        new.owner = taker(config, actor, &on.standing, &new)?;
    }
    if old.as_ref() == Some(&new) {
        return Ok(Vec::new());
    }
    if new.mirror || wish.url.is_some() || new.status.is_under_way() {
        new = Import { status: Status::Scheduled, due_at: Some(now), failures: 0, ..new };
    } else {
        new.due_at = None;
    }
    imports::save(tx, &new, now)?;
    let event = event(Code::ImportUpdated, project).after(image(&new));
    Ok(vec![match &old {
        Some(old) => event.before(image(old)),
        None => event,
    }])
}

/// In whose name it is fetched from now on: the actor's, if they may have it fetched from there.
pub(super) fn taker(config: &Config, actor: &Actor, standing: &Standing, of: &Import) -> Result<UserId> {
    let (address, _) = Address::parse(&of.url)?;
    import::may(standing, &address, &config.outgoing)?;
    Ok(actor.user().ok_or(Refusal::Role("signed-in user"))?)
}

/// The import from another address, or by another person.
fn moved(
    tx: &mut Tx<'_>,
    config: &Config,
    actor: &Actor,
    (project, url, key): (ProjectId, &str, Option<&DeployKey>),
    old: Option<&Import>,
    now: Timestamp,
) -> Result<Import> {
    let on = authorize::project(tx, actor, &Ref::Id(project.0), Action::ManageProject, now)?;
    let (address, credentials) = Address::parse(url)?;
    import::may(&on.standing, &address, &config.outgoing)?;
    let owner = actor.user().ok_or(Refusal::Role("signed-in user"))?;
    let url = address.to_string();
    let same = old.filter(|old| old.url == url);
    let sealed = match credentials {
        Some(of) => {
            let text = serde_json::json!([of.username, of.password]).to_string();
            Some(config.vault.seal(&about_credentials(project, &url), &text)?)
        }
        // Who sends back an address as it is shown does not take away what it needs.
        None => same.and_then(|same| same.credentials.clone()),
    };
    let mut new = match (same, old) {
        (Some(same), _) => Import { owner, credentials: sealed, ..same.clone() },
        (None, old) => Import { mirror: old.is_some_and(|old| old.mirror), ..fresh(project, url, owner, sealed) },
    };
    if let (None, Some(old)) = (same, old) {
        (new.public_key, new.private_key) = (old.public_key.clone(), old.private_key.clone());
    }
    if over_ssh(&address) && new.private_key.is_none() {
        let key = key.ok_or_else(|| names::invalid("import_url", "needs a deploy key, which could not be made"))?;
        new.private_key = Some(config.vault.seal(&about_key(project), &key.private)?);
        new.public_key = Some(key.public.clone());
    }
    Ok(new)
}

fn fresh(project: ProjectId, url: String, owner: UserId, credentials: Option<Vec<u8>>) -> Import {
    Import {
        project,
        url,
        owner,
        mirror: false,
        credentials,
        public_key: None,
        private_key: None,
        known_hosts: String::new(),
        status: Status::Scheduled,
        error: None,
        failures: 0,
        due_at: None,
        attempt: 0,
        started_at: None,
        ended_at: None,
        succeeded_at: None,
    }
}

/// Without an address there is nothing to follow.
fn no_import(wish: &Wish) -> Result<(), Refusal> {
    if wish.mirror == Some(true) {
        return Err(names::invalid("mirror", "needs import_url, which says what to follow"));
    }
    match &wish.ssh_known_hosts {
        Some(hosts) if !hosts.is_empty() => Err(names::invalid("ssh_known_hosts", "needs import_url")),
        _ => Ok(()),
    }
}

fn check_known_hosts(text: &str) -> Result<(), Refusal> {
    let printable = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    match text.len() <= MOST_KNOWN_HOSTS && printable {
        true => Ok(()),
        false => Err(names::invalid("ssh_known_hosts", "must be lines as ssh-keyscan prints them, at most 64 KiB")),
    }
}
