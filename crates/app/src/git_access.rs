//! Who may fetch from and push to a repository.

use crate::authorize::{self, Ref};
use crate::git::RefUpdate;
use crate::protected_refs::{self, OnRefs};
use crate::{App, Failure, Result, Tx, authenticate, imports};
use countersign_domain::access::{Action, Actor, Via};
use countersign_domain::ids::ProjectId;
use countersign_domain::protected_ref::{Move, Named, Way};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::projects::Project;

/// The project whose repository the actor may fetch from. A running job may always fetch from its own project: whoever
/// started it by a deploy entry alone sees no code, but the job needs it.
///
/// # Errors
/// There is none that they may know of, or they may not read its code.
pub fn fetch(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Project> {
    if let Via::Job(_, own) = actor.via {
        let project = authorize::find_project(tx, at)?;
        if own == project.id {
            return Ok(project);
        }
    }
    Ok(authorize::project(tx, actor, at, Action::ReadCode, now)?.project)
}

/// Somebody who may push to a project, and what is protected there.
#[derive(Debug, Clone)]
pub struct Pusher {
    on: OnRefs,
}

/// Whether a push may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushVerdict {
    /// It may.
    Accepted {
        /// The branches, by their full names, whose history it must not rewrite.
        only_grow: Vec<String>,
    },
    /// It may not, and nothing of it is stored: full ref names with the reason each is refused.
    Refused(Vec<(String, String)>),
}

impl Pusher {
    /// The project.
    pub fn project(&self) -> &Project {
        &self.on.project
    }

    /// Judges the updates of a push, all or none.
    pub fn judge(&self, updates: &[RefUpdate]) -> PushVerdict {
        let named = || updates.iter().filter_map(|update| Some((update, Named::parse(&update.name)?)));
        let (default, standing) = (&self.on.project.default_branch, &self.on.standing);
        let judged = |(update, at): (&RefUpdate, Named<'_>)| {
            let allowed = self.on.rules.may_move(standing, default, at, step(update), Way::Git);
            Some((update.name.clone(), allowed.err()?.reason()))
        };
        let reasons: Vec<_> = named().filter_map(judged).collect();
        if !reasons.is_empty() {
            return PushVerdict::Refused(reasons);
        }
        let kept = named().filter(|(update, at)| step(update) == Move::Update && self.on.rules.only_grows(*at));
        PushVerdict::Accepted { only_grow: kept.map(|(update, _)| update.name.clone()).collect() }
    }
}

/// Judges the updates of a push by what holds now. A push can take hours: its pusher may have lost the right to, their
/// token may be revoked, and branches may be protected since it began.
pub fn judge(app: &App, actor: &Actor, project: ProjectId, updates: &[RefUpdate]) -> PushVerdict {
    let actor = actor.clone();
    let read = move |tx: &mut Tx<'_>| {
        let now = crate::now();
        let actor = authenticate::refresh(tx, &actor, now)?;
        push(tx, &actor, &Ref::Id(project.0), now)
    };
    let why = match app.store.read_blocking(read) {
        Ok(pusher) => return pusher.judge(updates),
        Err(Failure::Refused(why)) => Some(why.reason())
            .filter(|reason| !reason.is_empty())
            .unwrap_or_else(|| "You may not push to this project any more.".into()),
        Err(Failure::Store(why)) => {
            tracing::error!(%project, %why, "a push could not be judged");
            "The push could not be checked, so it was not accepted.".into()
        }
    };
    PushVerdict::Refused(updates.iter().map(|update| (update.name.clone(), why.clone())).collect())
}

fn step(update: &RefUpdate) -> Move {
    match (update.is_creation(), update.is_deletion()) {
        (_, true) => Move::Delete,
        (true, false) => Move::Create,
        (false, false) => Move::Update,
    }
}

/// Whether the actor may push to the project at all, and as whom.
///
/// # Errors
/// There is none that they may know of, or they may not push.
pub fn push(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Pusher> {
    let on = protected_refs::on(tx, actor, at, Action::PushCode, now)?;
    actor.user().ok_or(Refusal::Role("Developer"))?;
    imports::check_push(tx, on.project.id)?;
    Ok(Pusher { on })
}
