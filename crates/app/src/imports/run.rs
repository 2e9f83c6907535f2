//! Fetches a project's repository from elsewhere, as a push by whoever set the address.

use super::{Claimed, about_credentials, about_key};
use crate::authorize::{self, Ref};
use crate::git::{GitError, NO_OBJECT, RefUpdate, Remote, SshFiles, over_ssh, ref_name_refusal};
use crate::{App, Failure, Result, Tx, outgoing, packing, projects, protected_refs, push, secrets};
use countersign_domain::access::{Action, Actor, Person, Via};
use countersign_domain::event::{By, Code};
use countersign_domain::ids::ProjectId;
use countersign_domain::import::{self, Address, Credentials};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_store::imports::{self as kept, End, Import};
use countersign_store::projects::Project;
use countersign_store::users::{self, State};
use countersign_store::{Error, Intent, refs};
use serde_json::json;
use std::net::IpAddr;

/// Why a fetch failed.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    /// It may not be, or cannot be used; text for people to read.
    #[error("{0}")]
    Refused(String),
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Failure),
}

impl From<Error> for FetchError {
    fn from(error: Error) -> FetchError {
        FetchError::Store(Failure::Store(error))
    }
}

impl FetchError {
    /// What is kept of it with the project; the server's own troubles are for its log.
    fn text(&self) -> String {
        match self {
            FetchError::Refused(why) => why.clone(),
            FetchError::Store(Failure::Refused(why)) => why.reason(),
            FetchError::Git(GitError::Io { .. }) | FetchError::Store(_) => {
                "the server could not do it; see its log".into()
            }
            FetchError::Git(why) => why.to_string(),
        }
    }
}

/// What one fetch is about.
struct Fetch {
    import: Import,
    project: Project,
    address: Address,
}

/// Fetches what was taken on, and notes how that ended. Blocks: the other server, git and the database are waited for.
pub fn run(app: &App, claim: Claimed) {
    let ended = match load(app, claim.project) {
        Ok(None) => return,
        Ok(Some(import)) => {
            let mut known_hosts = import.known_hosts.clone();
            let fetched = fetch(app, &import, &mut known_hosts);
            if let Ok(true) = fetched {
                packing::pack(app, claim.project);
            }
            if let Err(FetchError::Git(GitError::GivenUp(_))) = fetched {
                // Whichever server looks next takes it on.
                note(app, claim, move |tx| kept::renew(tx, claim, crate::now()).map(drop));
                return;
            }
            if let Err(why) = &fetched {
                tracing::warn!(project = claim.project.0, %why, "a project could not be fetched from elsewhere");
            }
            end(app, &import, fetched.err().map(|why| why.text()), known_hosts)
        }
        Err(why) => return tracing::error!(project = claim.project.0, %why, "an import could not be read"),
    };
    note(app, claim, move |tx| kept::end(tx, claim, &ended, crate::now()));
}

fn note(app: &App, claim: Claimed, job: impl Fn(&mut Tx<'_>) -> Result<(), Error> + Send + Sync + 'static) {
    let noted: Result<()> = app.store.housekeeping_blocking(move |tx| Ok(job(tx)?));
    if let Err(why) = noted {
        tracing::error!(project = claim.project.0, %why, "how a fetch ended could not be noted; it is done again");
    }
}

fn load(app: &App, project: ProjectId) -> Result<Option<Import>, Error> {
    app.store.read_blocking(move |tx| kept::get(tx, project))
}

fn end(app: &App, of: &Import, error: Option<String>, known_hosts: String) -> End {
    let failures = if error.is_some() { of.failures.saturating_add(1) } else { 0 };
    let pause = import::pause_ms(app.config.imports.every_ms(), failures);
    End { error, failures, known_hosts, due_at: of.mirror.then(|| crate::now().plus_ms(pause)) }
}

/// Fetches; whether anything moved.
fn fetch(app: &App, import: &Import, known_hosts: &mut String) -> Result<bool, FetchError> {
    let of = allowed(app, import)?;
    let pinned = match of.address.host() {
        None => Vec::new(),
        Some(host) => outgoing::resolve(&app.config.outgoing, host).map_err(FetchError::Refused)?,
    };
    let credentials = credentials(app, import)?;
    let ssh = ssh(app, &of, &pinned)?;
    let closing = app.wake.closing();
    let given_up = || *closing.borrow();
    let remote = Remote {
        address: &of.address,
        pinned: &pinned,
        credentials: credentials.as_ref(),
        ssh: ssh.as_ref(),
        bytes: app.config.imports.bytes,
        time: app.config.imports.time,
        given_up: &given_up,
    };
    projects::ensure_repository(&app.repositories, &of.project)?;
    let there = app.repositories.remote_refs(of.project.id.0, &remote)?;
    if let Some(ssh) = &ssh {
        *known_hosts = ssh.known_hosts()?;
    }
    let here = app.repositories.refs(of.project.id.0)?;
    let first = import.succeeded_at.is_none();
    let default = match first && here.is_empty() && !there.is_empty() {
        true => app.repositories.remote_default_branch(of.project.id.0, &remote)?,
        false => None,
    };
    let default = default.filter(|branch| there.contains_key(&format!("refs/heads/{branch}")));
    let branch = default.as_deref().unwrap_or(&of.project.default_branch);
    let usable = |name: &str| ref_name_refusal(name).is_none();
    let plan = import::plan(&here, &there, (import.mirror, branch), usable);
    let plan = plan.map_err(|why| FetchError::Refused(format!("the other repository {why}")))?;
    if !plan.skipped.is_empty() {
        let names = plan.skipped.iter().take(10).cloned().collect::<Vec<_>>().join(" ");
        tracing::warn!(
            project = of.project.id.0,
            skipped = plan.skipped.len(),
            names,
            "names that cannot be used here"
        );
    }
    if plan.moves.is_empty() {
        return Ok(false);
    }
    let mut wanted: Vec<&str> = plan.moves.iter().filter_map(|moved| moved.there.as_deref()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if !wanted.is_empty() {
        app.repositories.fetch_objects(of.project.id.0, &remote, &wanted)?;
    }
    if let Some(branch) = default.filter(|branch| *branch != of.project.default_branch) {
        adopt(app, &of.project, &branch)?;
    }
    // What is there when a project begins to follow is no news, so that nothing is deployed for it.
    let by = if first { By::default() } else { By { user: Some(import.owner), ..By::default() } };
    // What goes makes room for what comes: a branch `a` for a branch `a/b`.
    let (gone, moved): (Vec<_>, Vec<_>) = plan.moves.iter().map(update).partition(RefUpdate::is_deletion);
    for part in [gone, moved].iter().filter(|part| !part.is_empty()) {
        apply(app, of.project.id, &by, part)?;
    }
    Ok(true)
}

fn update(of: &import::Ref) -> RefUpdate {
    let side = |sha: &Option<String>| sha.clone().unwrap_or_else(|| NO_OBJECT.to_owned());
    RefUpdate { old: side(&of.here), new: side(&of.there), name: of.name.clone() }
}

/// Whether it may be fetched still, by whoever set that.
fn allowed(app: &App, import: &Import) -> Result<Fetch, FetchError> {
    let (of, config) = (import.clone(), app.config.clone());
    let look = move |tx: &mut Tx<'_>| -> Result<Fetch> {
        let now = crate::now();
        let owner = users::get(tx, of.owner)?.filter(|user| user.state == State::Active);
        let owner = owner.ok_or(Refusal::NotFound(Missing::User))?;
        let external = owner.settings.external;
        let person = Person { id: owner.id, admin: owner.admin, bot: owner.bot, active: true, external };
        let actor = Actor { person: Some(person), via: Via::Token(Vec::new()), by: By::default() };
        let on = authorize::project(tx, &actor, &Ref::Id(of.project.0), Action::Read, now)?;
        let (address, _) = Address::parse(&of.url)?;
        import::may(&on.standing, &address, &config.outgoing)?;
        Ok(Fetch { import: of.clone(), project: on.project, address })
    };
    app.store.read_blocking(look).map_err(|why| match why {
        Failure::Refused(Refusal::Archived) => FetchError::Refused(Refusal::Archived.reason()),
        Failure::Refused(Refusal::Field(_, why)) => FetchError::Refused(format!("import_url {why}")),
        Failure::Refused(_) => FetchError::Refused(
            "whoever set import_url may not do so any more; a maintainer must set it again".to_owned(),
        ),
        why => FetchError::Store(why),
    })
}

fn credentials(app: &App, import: &Import) -> Result<Option<Credentials>, Error> {
    let Some(sealed) = &import.credentials else { return Ok(None) };
    let text = app.config.vault.open(&about_credentials(import.project, &import.url), sealed)?;
    let read = serde_json::from_str::<(String, String)>(&text);
    let (username, password) =
        read.map_err(|_| Error::Corrupt("the credentials of an import cannot be read".into()))?;
    Ok(Some(Credentials { username, password }))
}

fn ssh(app: &App, of: &Fetch, pinned: &[IpAddr]) -> Result<Option<SshFiles>, FetchError> {
    let (true, Some(sealed), Some(at)) = (over_ssh(&of.address), &of.import.private_key, pinned.first()) else {
        return Ok(None);
    };
    let key = app.config.vault.open(&about_key(of.import.project), sealed)?;
    Ok(Some(app.repositories.ssh_files(&of.address, *at, &key, &of.import.known_hosts)?))
}

/// Makes the other side's default branch the project's, which is empty yet. It is protected from then on.
fn adopt(app: &App, project: &Project, branch: &str) -> Result<(), FetchError> {
    let (id, before, to, now) = (project.id, project.default_branch.clone(), branch.to_owned(), crate::now());
    let set = move |tx: &mut Tx<'_>| -> Result<Ending<bool>> {
        if refs::has_branches(tx, id)? {
            return Ok(Ending::Unchanged(false));
        }
        countersign_store::projects::set_default_branch(tx, id, &to, now)?;
        let event = super::event(Code::ProjectUpdated, id).before(json!({"default_branch": before}));
        let mut events = vec![event.after(json!({"default_branch": to}))];
        events.extend(protected_refs::default_branch(tx, id, &to, now)?);
        Ok(Ending::from_events(true, events))
    };
    if app.store.write_blocking(By::default(), now, Intent::Edit, set)? {
        app.repositories.set_default_branch(project.id.0, branch)?;
    }
    Ok(())
}

/// Moves branches and tags and follows that as a push. The spool knows of it before they move.
fn apply(app: &App, project: ProjectId, by: &By, updates: &[RefUpdate]) -> Result<(), FetchError> {
    let id = secrets::digits().map_err(|why| FetchError::Refused(why.to_string()))?;
    let intended = app.repositories.spool_intend(&id, by, project.0, updates)?;
    if let Err(why) = app.repositories.move_refs(project.0, updates) {
        // Git may have been stopped after it had moved them.
        if let Err(error) = push::settle_if_moved(app, &intended) {
            tracing::error!(project = project.0, %error, "what a failed fetch left in the spool stays");
        }
        return Err(why.into());
    }
    let entry = app.repositories.spool_confirm(intended)?;
    if let Err(error) = push::settle(app, &entry) {
        tracing::error!(project = project.0, %error, "a fetch could not be followed; it is tried again later");
    }
    Ok(())
}
