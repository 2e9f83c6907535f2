//! The environments of a project, with what stands at each and what is on its way there.

use crate::authorize::Ref;
use crate::deployments::{Described, describe};
use crate::gates::Gates;
use crate::{Result, Tx, sight};
use countersign_domain::access::Actor;
use countersign_domain::environment::{State, Tier};
use countersign_domain::ids::EnvironmentId;
use countersign_domain::time::Timestamp;
use countersign_store::deployments;
use countersign_store::environments::{self, Environment};
use countersign_store::fold::fold;
use countersign_store::many::MOST;
use countersign_store::projects::Project;
use std::collections::HashMap;

/// Which environments are wanted on the board.
#[derive(Debug, Clone, Default)]
pub struct WantedBoard {
    /// Part of the name.
    pub text: Option<String>,
    /// Those that are stopped, in place of the others.
    pub stopped: bool,
    /// How many at most; no more than [`MOST`] count.
    pub limit: usize,
    /// How many are left out at the start.
    pub offset: usize,
}

/// The environments of a project that somebody may see: by tier, then by name.
#[derive(Debug, Clone)]
pub struct Board {
    /// The project.
    pub project: Project,
    /// Those of the page.
    pub rows: Vec<Standing>,
    /// How many have that name and are not stopped.
    pub available: usize,
    /// How many have that name and are stopped.
    pub stopped: usize,
}

/// An environment with what stands there.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The environment.
    pub environment: Environment,
    /// Whether it is protected.
    pub protected: bool,
    /// What was deployed there last with success.
    pub current: Option<Described>,
    /// What has not ended, the latest first.
    pub unfinished: Vec<Described>,
}

/// The environments of a project that the actor may see.
///
/// # Errors
/// They may see none.
pub fn board(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, wanted: &WantedBoard, now: Timestamp) -> Result<Board> {
    let seen = sight::project(tx, actor, at, now)?;
    let text = wanted.text.as_deref().map(fold);
    let mut all = environments::list(tx, seen.project.id)?;
    all.retain(|e| seen.sees_environment(e) && text.as_ref().is_none_or(|text| fold(&e.name).contains(text)));
    let count = all.len();
    let stopped = all.iter().filter(|e| e.state == State::Stopped).count();
    all.retain(|e| (e.state == State::Stopped) == wanted.stopped);
    all.sort_by_key(|e| Tier::ALL.iter().position(|tier| *tier == e.tier));
    let page = all.into_iter().skip(wanted.offset).take(wanted.limit.min(MOST)).collect();
    let gates = Gates::of(tx, seen.project.id, actor, now)?;
    let rows = standing(tx, page, &gates)?;
    Ok(Board { project: seen.project, rows, available: count - stopped, stopped })
}

/// Adds to environments what stands there.
fn standing(tx: &mut Tx<'_>, page: Vec<Environment>, gates: &Gates) -> Result<Vec<Standing>> {
    let ids: Vec<i64> = page.iter().map(|e| e.id.0).collect();
    let mut found = deployments::current(tx, &ids)?;
    let finished = found.len();
    found.extend(deployments::unfinished(tx, &ids)?);
    let mut current: HashMap<EnvironmentId, Described> = HashMap::new();
    let mut unfinished: HashMap<EnvironmentId, Vec<Described>> = HashMap::new();
    for (index, described) in describe(tx, found)?.into_iter().enumerate() {
        let at = described.deployment.environment_id;
        match index < finished {
            true => drop(current.insert(at, described)),
            false => unfinished.entry(at).or_default().push(described),
        }
    }
    let each = page.into_iter().map(|environment| Standing {
        protected: gates.at(&environment).is_protected(),
        current: current.remove(&environment.id),
        unfinished: unfinished.remove(&environment.id).unwrap_or_default(),
        environment,
    });
    Ok(each.collect())
}
