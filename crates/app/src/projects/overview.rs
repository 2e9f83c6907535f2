//! What the first page of a project tells: it, and as much of what is in it as the actor may see.

use super::{Shown, show_to_named};
use crate::authorize::Ref;
use crate::environments::{self, Board, WantedBoard};
use crate::git::{NO_OBJECT, RefUpdate};
use crate::git_access::{self, PushVerdict};
use crate::{Result, Tx, or_refused};
use countersign_domain::access::Actor;
use countersign_domain::time::Timestamp;
use countersign_store::projects::Project;
use countersign_store::refs;

/// The most environments that are shown.
const MOST_ENVIRONMENTS: usize = 5;

/// A project as its first page tells of it.
#[derive(Debug, Clone)]
pub struct Overview {
    /// It, or as much of it as an entry lets the actor see.
    pub shown: Shown,
    /// The first of its environments; none if they may see none.
    pub board: Option<Board>,
    /// Where its default branch stands; none if there is none, or the code is not for them.
    pub tip: Option<String>,
    /// Whether they may read its code.
    pub with_code: bool,
    /// Whether nothing is in its repository, and they may push the first commit.
    pub may_begin: bool,
}

impl Overview {
    /// The project.
    pub fn project(&self) -> &Project {
        match &self.shown {
            Shown::Whole(view) => &view.project,
            Shown::Named(project) => project,
        }
    }
}

/// What the first page of a project tells the actor.
///
/// # Errors
/// It is not there, or not for the actor to see.
pub fn overview(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Overview> {
    let shown = show_to_named(tx, actor, at, now)?;
    let wanted = WantedBoard { limit: MOST_ENVIRONMENTS, ..WantedBoard::default() };
    let board = or_refused(environments::board(tx, actor, at, &wanted, now))?.ok();
    let with_code = or_refused(git_access::fetch(tx, actor, at, now))?.is_ok();
    let mut found = Overview { shown, board, tip: None, with_code, may_begin: false };
    found.may_begin = found.project().empty_repo && may_begin(tx, actor, at, &found.project().default_branch, now)?;
    if with_code {
        let (id, branch) = (found.project().id, format!("refs/heads/{}", found.project().default_branch));
        found.tip = refs::get(tx, id, &branch)?;
    }
    Ok(found)
}

/// Whether the actor may push the first commit of a branch.
fn may_begin(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, branch: &str, now: Timestamp) -> Result<bool> {
    let Ok(pusher) = or_refused(git_access::push(tx, actor, at, now))? else { return Ok(false) };
    let name = format!("refs/heads/{branch}");
    let first = RefUpdate { old: NO_OBJECT.to_owned(), new: "1".repeat(NO_OBJECT.len()), name };
    Ok(matches!(pusher.judge(&[first]), PushVerdict::Accepted { .. }))
}
