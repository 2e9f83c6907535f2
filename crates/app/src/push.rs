//! What a push leads to: the ledger of refs is brought up to date, and pipelines begin.
//!
//! A push is known three ways: from its own request, from the spool, and from comparing the ledger with the repository
//! at a start. The ledger makes each of them harmless after another: what it holds already is done. Only the first two
//! know who pushed, so only they begin pipelines: one that nobody triggered could be approved by whoever pushed it.

mod intents;
mod record;
mod turns;

pub(crate) use intents::settle_if_moved;
pub use turns::Turns;

use crate::configuration::Known;
use crate::git::{GitError, Push, RefUpdate, missed};
use crate::{App, Failure, Tx, configuration};
use countersign_domain::event::By;
use countersign_domain::ids::{PipelineId, ProjectId};
use countersign_store::{Error, Intent, projects, recovery, refs};
use record::Seen;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many refs of one push begin pipelines; the others are noted only.
const MOST_PIPELINES: usize = 4;
/// How many refs without a pipeline are noted in one transaction: a commit takes longer than noting many, but others wait for
/// it to end.
const MOST_AT_ONCE: usize = 100;

/// Why a push could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Failure),
}

impl PushError {
    /// Whether it is for what was pushed, so that trying again cannot help.
    fn is_lasting(&self) -> bool {
        match self {
            PushError::Git(why) => matches!(why, GitError::Invalid(_) | GitError::TooLarge { .. }),
            PushError::Store(why) => matches!(why, Failure::Refused(_)),
        }
    }
}

impl From<Error> for PushError {
    fn from(error: Error) -> PushError {
        PushError::Store(Failure::Store(error))
    }
}

/// Follows one recorded push and removes its entry from the spool; if that is gone once its turn has come, it was followed
/// meanwhile. One that can never be followed only has its refs noted. Blocks: git and the database are waited for.
///
/// # Errors
/// Git or the database failed; the entry stays and is followed later.
pub fn settle(app: &App, push: &Push) -> Result<Vec<PipelineId>, PushError> {
    let project = ProjectId(push.project);
    // The turn ends with the entry: whoever comes next would take a push that was taken back since for a new one.
    let turn = app.pushes.take(project);
    let there = push.file.try_exists().map_err(|why| GitError::io("read the push spool", why))?;
    let made = if there { settle_in_turn(app, push)? } else { Vec::new() };
    drop(turn);
    wake(app, &made);
    Ok(made)
}

fn settle_in_turn(app: &App, push: &Push) -> Result<Vec<PipelineId>, PushError> {
    let follow = |by| follow_in_turn(app, ProjectId(push.project), by, &push.updates);
    let made = match follow(&push.by) {
        Err(why) if why.is_lasting() => {
            let (project, user) = (push.project, push.by.user);
            tracing::error!(project, ?user, %why, "a push can never be followed; its refs are noted without pipelines");
            // What cannot even be noted is found at the next start, when the ledger is compared with the repository.
            follow(&By::default()).or_else(|why| if why.is_lasting() { Ok(Vec::new()) } else { Err(why) })?
        }
        made => made?,
    };
    app.repositories.spool_remove(&push.file)?;
    Ok(made)
}

/// Follows the updates of one push: notes each branch and tag in the ledger, and begins a pipeline, as its pusher, for the
/// first four that were not deleted; nobody begins none. What the ledger holds already is left alone. Blocks.
///
/// # Errors
/// Git or the database failed; some of the updates may be noted already.
pub fn follow(app: &App, project: ProjectId, by: &By, updates: &[RefUpdate]) -> Result<Vec<PipelineId>, PushError> {
    let turn = app.pushes.take(project);
    let made = follow_in_turn(app, project, by, updates)?;
    drop(turn);
    wake(app, &made);
    Ok(made)
}

/// Tells the runners of jobs that began.
fn wake(app: &App, made: &[PipelineId]) {
    if !made.is_empty() {
        app.wake.runners();
    }
}

fn follow_in_turn(app: &App, project: ProjectId, by: &By, updates: &[RefUpdate]) -> Result<Vec<PipelineId>, PushError> {
    if !app.repositories.exists(project.0) {
        // The project was deleted after the push.
        return Ok(Vec::new());
    }
    let (user, vault) = (by.user, app.config.vault.clone());
    let look = move |tx: &mut Tx<'_>| match projects::get(tx, project)? {
        Some(row) => Known::load(tx, &vault, row, user, "push").map(Some),
        None => Ok(None),
    };
    let Some(known) = app.store.read_blocking(look)? else { return Ok(Vec::new()) };
    let actual = Arc::new(app.repositories.refs(project.0)?);
    let (mut made, mut begun, mut plain) = (Vec::new(), 0, Vec::new());
    for update in updates {
        let Some(at) = record::at(update) else { continue };
        // A pipeline that nobody triggered could be approved by whoever pushed it.
        let wanted = by.user.is_some() && !update.is_deletion() && begun < MOST_PIPELINES;
        begun += usize::from(!update.is_deletion());
        let prepared = match wanted {
            true => configuration::prepare(&app.repositories, &app.config, &known, at)?,
            false => None,
        };
        let actual = Arc::clone(&actual);
        let seen = Seen { project, user: by.user, update: update.clone(), prepared, actual };
        // A pipeline may be refused, which must not take back what was noted before.
        if seen.prepared.is_some() {
            note(app, by, std::mem::take(&mut plain), &mut made)?;
            note(app, by, vec![seen], &mut made)?;
            continue;
        }
        plain.push(seen);
        if plain.len() >= MOST_AT_ONCE {
            note(app, by, std::mem::take(&mut plain), &mut made)?;
        }
    }
    note(app, by, plain, &mut made)?;
    if begun > MOST_PIPELINES && by.user.is_some() {
        tracing::warn!(
            project = project.0,
            refs = begun,
            "a push of many refs began pipelines for the first four only"
        );
    }
    Ok(made)
}

/// Notes moved refs of one project in one transaction, and adds the pipelines that began.
fn note(app: &App, by: &By, seen: Vec<Seen>, made: &mut Vec<PipelineId>) -> Result<(), PushError> {
    let Some(project) = seen.first().map(|first| first.project) else { return Ok(()) };
    let (config, now) = (app.config.clone(), crate::now());
    let record = move |tx: &mut Tx<'_>| record::record(tx, &config, &seen, now);
    let noted = app.store.write_blocking(by.clone(), now, Intent::Decide, record)?;
    if let Some(branch) = noted.default_branch
        && let Err(error) = app.repositories.set_default_branch(project.0, &branch)
    {
        tracing::error!(project = project.0, %error, "the repository still has its former default branch");
    }
    for (id, sha) in noted.pipelines {
        app.repositories.keep(project.0, id.0, &sha)?;
        made.push(id);
    }
    Ok(())
}

/// Follows what is in the spool. One entry that fails does not hold up the others. Blocks.
///
/// # Errors
/// The spool cannot be read.
pub fn settle_spool(app: &App) -> Result<(), PushError> {
    settle_all(app, &app.repositories.spool_entries()?);
    Ok(())
}

/// Follows recorded pushes one after the other. Blocks.
pub(crate) fn settle_all(app: &App, pushes: &[Push]) {
    for push in pushes {
        if let Err(error) = settle(app, push) {
            tracing::error!(project = push.project, %error, "a push could not be followed; it is tried again later");
        }
    }
}

/// At a start: follows what is in the spool and the commits that were cut short, brings the ledger up to date with what
/// nobody recorded, and makes sure that the commits of open pipelines are kept. To be run before pushes are accepted.
/// Blocks.
///
/// # Errors
/// The spool or the database cannot be read.
pub fn recover_pushes(app: &App) -> Result<(), PushError> {
    intents::recover(app)?;
    settle_spool(app)?;
    let left = app.repositories.spool_entries()?;
    for project in app.store.read_blocking(recovery::projects)? {
        if let Err(error) = recover_project(app, project, &left) {
            tracing::error!(project = project.0, %error, "the refs of a project could not be compared");
        }
    }
    for open in app.store.read_blocking(recovery::open_pipelines)? {
        if app.repositories.keeps(open.project_id.0, open.id.0) {
            continue;
        }
        if let Err(error) = app.repositories.keep(open.project_id.0, open.id.0, &open.sha) {
            tracing::warn!(pipeline = open.id.0, %error, "the commit of an open pipeline cannot be kept");
        }
    }
    Ok(())
}

/// Notes the refs of a project that moved without a record of who moved them. No pipeline begins. Refs of pushes that
/// are `left` in the spool are passed over: their entries know who pushed, and are followed later.
fn recover_project(app: &App, project: ProjectId, left: &[Push]) -> Result<(), PushError> {
    if !app.repositories.exists(project.0) {
        return Ok(());
    }
    let turn = app.pushes.take(project);
    let actual = app.repositories.refs(project.0)?;
    let ledger: BTreeMap<String, String> = app.store.read_blocking(move |tx| refs::all(tx, project))?;
    let waits = |name: &str| {
        let mut own = left.iter().filter(|push| push.project == project.0).flat_map(|push| &push.updates);
        own.any(|update| update.name == name)
    };
    let missed: Vec<_> = missed(&ledger, &actual).into_iter().filter(|update| !waits(&update.name)).collect();
    follow_in_turn(app, project, &By::default(), &missed)?;
    drop(turn);
    if !missed.is_empty() {
        let names: Vec<_> = missed.iter().map(|update| update.name.as_str()).collect();
        tracing::warn!(
            project = project.0,
            refs = names.join(" "),
            "refs moved without a record of who moved them; no pipelines began: POST /projects/:id/pipeline starts one"
        );
    }
    Ok(())
}
