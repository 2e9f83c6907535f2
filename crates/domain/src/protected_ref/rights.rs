//! What people may do with branches and tags, given all protections of a project.

use super::{Kind, Least, Named, ProtectedRef, Right};
use crate::access::{Level, Standing};
use crate::refusal::{Refusal, Result};
use std::collections::BTreeSet;

/// What somebody wants to do with a branch or tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Make it.
    Create,
    /// Let it name another commit.
    Update,
    /// Remove it.
    Delete,
}

/// How they do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By `git push`.
    Git,
    /// Over the API.
    Api,
}

/// All protections of one project's branches and tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefRules {
    /// The protections.
    pub all: Vec<ProtectedRef>,
}

impl RefRules {
    fn covering(&self, at: Named<'_>) -> impl Iterator<Item = &ProtectedRef> {
        self.all.iter().filter(move |p| p.covers(at))
    }

    /// Whether a branch or tag is protected.
    pub fn protects(&self, at: Named<'_>) -> bool {
        self.covering(at).next().is_some()
    }

    /// Whether somebody has a right on a branch or tag; everybody, where it is not protected.
    pub fn grants(&self, standing: &Standing, at: Named<'_>, right: Right) -> bool {
        !self.protects(at) || self.covering(at).any(|p| p.grants(standing, right))
    }

    /// Whether protections let developers do something with a branch or tag.
    pub fn is_open_to_developers(&self, at: Named<'_>, right: Right) -> bool {
        self.covering(at).any(|p| p.is_open_to_developers(right))
    }

    /// Whether the history of a branch may only grow, whoever pushes.
    pub fn only_grows(&self, at: Named<'_>) -> bool {
        at.kind == Kind::Branch && self.protects(at) && !self.covering(at).any(|p| p.allow_force_push)
    }

    /// Whether somebody who may run pipelines may do so for this branch or tag: where it is protected, it takes the
    /// right to push or merge, or to create the tag.
    ///
    /// # Errors
    /// It is protected against them.
    pub fn may_run(&self, standing: &Standing, at: Named<'_>) -> Result<()> {
        let rights: &[Right] = match at.kind {
            Kind::Branch => &[Right::Push, Right::Merge],
            Kind::Tag => &[Right::Create],
        };
        if rights.iter().any(|right| self.grants(standing, at, *right)) {
            return Ok(());
        }
        Err(self.protected(at, "run pipelines and jobs for", rights))
    }

    /// Whether somebody who may push may move a branch or tag as they want to. That the history of a protected branch
    /// only grows is for git to check: see [`RefRules::only_grows`].
    ///
    /// # Errors
    /// It is protected against them; or it is the default branch, which stays.
    pub fn may_move(
        &self,
        standing: &Standing,
        default_branch: &str,
        at: Named<'_>,
        step: Move,
        way: Way,
    ) -> Result<()> {
        if step == Move::Delete && at == Named::branch(default_branch) {
            return Err(Refusal::DefaultBranch);
        }
        if !self.protects(at) {
            return Ok(());
        }
        match (at.kind, step) {
            (_, Move::Delete) => may_delete(standing, at, way),
            (Kind::Branch, _) if self.grants(standing, at, Right::Push) => Ok(()),
            (Kind::Branch, _) => Err(self.protected(at, "push to", &[Right::Push])),
            (Kind::Tag, Move::Create) if self.grants(standing, at, Right::Create) => Ok(()),
            (Kind::Tag, Move::Create) => Err(self.protected(at, "create", &[Right::Create])),
            (Kind::Tag, Move::Update) => {
                let text = format!("The protected tag '{}' cannot be changed; create another one", at.name);
                Err(Refusal::ProtectedRef(text))
            }
        }
    }

    fn protected(&self, at: Named<'_>, what: &str, rights: &[Right]) -> Refusal {
        let levels = self.covering(at).flat_map(|p| &p.levels).filter(|l| rights.contains(&l.right));
        let least: BTreeSet<Least> = levels.map(|l| l.least).filter(|l| *l != Least::Nobody).collect();
        let who: Vec<_> = least.into_iter().map(Least::description).collect();
        let who = if who.is_empty() { "nobody".to_owned() } else { who.join(", ") };
        let (kind, name) = (at.kind.as_str(), at.name);
        Refusal::ProtectedRef(format!("You are not allowed to {what} the protected {kind} '{name}': {who} may"))
    }
}

/// Protected branches and tags are deleted on purpose or not at all: by maintainers, and not by a push.
fn may_delete(standing: &Standing, at: Named<'_>, way: Way) -> Result<()> {
    let (kind, name) = (at.kind.as_str(), at.name);
    if standing.acting_level() < Level::Maintainer {
        let text = format!("You are not allowed to delete the protected {kind} '{name}': Maintainers may");
        return Err(Refusal::ProtectedRef(text));
    }
    if way == Way::Git {
        let text = format!("The protected {kind} '{name}' can be deleted over the API only, not by a push");
        return Err(Refusal::ProtectedRef(text));
    }
    Ok(())
}
