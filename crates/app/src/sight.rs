//! What an actor may see of a project's deployments: all of them, or those that an entry lets them (semantics,
//! section 3: *Sight*); and which groups they see.

use crate::authorize::{self, Ref};
use crate::{Denied, Failure, Result, Tx, or_refused};
use countersign_domain::access::{Action, Actor, Directory, Place, Standing};
use countersign_domain::environment::{Tier, tiers};
use countersign_domain::event::Subject;
use countersign_domain::ids::{DeploymentId, GroupId, UserId};
use countersign_domain::protection::{Protection, Sight};
use countersign_domain::refusal::{Kind, Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{self, Case, Deployment, Mark};
use countersign_store::environments::Environment;
use countersign_store::projects::Project;
use countersign_store::reach::Viewer;
use countersign_store::{directory, namespaces, protections};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// A project as an actor may see it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The project.
    pub project: Project,
    /// Whether they see everything; otherwise only what `named` lets them.
    pub whole: bool,
    named: Option<Named>,
}

#[derive(Debug, Clone)]
struct Named {
    user: UserId,
    directory: Directory,
    protections: Arc<Vec<Protection>>,
}

impl Seen {
    /// What the actor may see of an environment of that name, under the tiers it counts as.
    pub fn sight(&self, name: &str, stored: Tier, asked: Option<Tier>, refused: bool) -> Sight {
        let Some(named) = &self.named else { return Sight::None };
        let tiers = tiers(name, Some(stored), asked, refused);
        let covering = named.protections.iter().filter(|p| p.covers(name, &tiers));
        covering.map(|p| named.directory.sight(named.user, p)).max().unwrap_or(Sight::None)
    }

    /// Whether the actor may see a deployment.
    pub fn sees(&self, of: &Deployment) -> bool {
        self.whole || self.sight_of(of) > Sight::None
    }

    /// Whether the actor may see a deployment of which only that is known.
    pub(crate) fn sees_marked(&self, of: &Mark) -> bool {
        self.whole
            || self.sight(&of.environment_name, of.environment_tier, of.asked_tier, of.tier_refused) > Sight::None
    }

    /// Whether the actor may see an environment.
    pub fn sees_environment(&self, of: &Environment) -> bool {
        self.whole || self.sight(&of.name, of.tier, None, false) > Sight::None
    }

    /// Whether the actor may see the status of a deployment's job: with everything, or by a deploy entry.
    pub fn sees_job_of(&self, of: &Deployment) -> bool {
        self.whole || self.sight_of(of) == Sight::Deploy
    }

    fn sight_of(&self, of: &Deployment) -> Sight {
        self.sight(&of.environment_name, of.environment_tier, of.asked_tier, of.tier_refused)
    }
}

/// Finds a project for somebody who wants to read its deployments or environments.
///
/// # Errors
/// They may see neither all of it nor any environment of it.
pub fn project(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Seen> {
    look(tx, actor, at, now).map(|(seen, _)| seen)
}

/// As [`project`], with the directory of the project, in which the actor is.
fn look(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<(Seen, Directory)> {
    let refusal = match authorize::project(tx, actor, at, Action::ReadDeployments, now) {
        Ok(found) => return Ok((Seen { project: found.project, whole: true, named: None }, found.directory)),
        Err(Failure::Refused(why)) => why,
        Err(other) => return Err(other),
    };
    let (Some(user), false) = (actor.user(), actor.is_job()) else { return Err(refusal.into()) };
    let project = authorize::find_project(tx, at)?;
    let today = now.date();
    let people = directory::People::One(Some(user));
    let directory = directory::load(tx, today, Place::Project(project.id), people)?;
    let protections = protections::of_project(tx, project.id)?;
    if protections.iter().all(|p| directory.sight(user, p) == Sight::None) {
        return Err(refusal.into());
    }
    let named = Named { user, directory: directory.clone(), protections };
    Ok((Seen { project, whole: false, named: Some(named) }, directory))
}

/// Finds a deployment for somebody who wants to read it.
///
/// # Errors
/// There is none, or none that they may see.
pub fn deployment(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: DeploymentId, now: Timestamp) -> Result<(Seen, Case)> {
    let (seen, directory) = look(tx, actor, at, now)?;
    let found = deployments::get(tx, seen.project.id, id)?;
    case(tx, seen, directory, found)
}

/// As [`deployment`], for somebody who decides about it: it stays as it is until they have. Whoever may know of the
/// project, but of none of its deployments, is denied.
///
/// # Errors
/// As [`deployment`].
pub fn for_decision(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: DeploymentId,
    now: Timestamp,
) -> Result<Result<(Seen, Case), Denied>> {
    let (seen, directory) = match or_refused(look(tx, actor, at, now))? {
        Ok(found) => found,
        Err(why) if why.kind() == Kind::Forbidden => return Ok(Err(denied(tx, at, id, why, now)?)),
        Err(why) => return Err(why.into()),
    };
    let found = match deployments::get(tx, seen.project.id, id)? {
        Some(found) => deployments::locked(tx, found)?,
        None => None,
    };
    case(tx, seen, directory, found).map(Ok)
}

/// The attempt on a deployment by somebody who may not know whether there is one.
fn denied(tx: &mut Tx<'_>, at: &Ref, id: DeploymentId, why: Refusal, now: Timestamp) -> Result<Denied> {
    let project = authorize::find_project(tx, at)?.id;
    let protected = match deployments::get(tx, project, id)? {
        Some(found) => deployments::gate(tx, &found, &[], now.date())?.is_protected(),
        None => false,
    };
    Ok(Denied { why, subject: Subject::of_project("Deployment", id.0, project), protected })
}

fn case(tx: &mut Tx<'_>, seen: Seen, directory: Directory, found: Option<Deployment>) -> Result<(Seen, Case)> {
    let found = found.filter(|d| seen.sees(d)).ok_or(Refusal::NotFound(Missing::Row))?;
    let case = deployments::for_reading(tx, found, directory)?;
    Ok((seen, case))
}

/// For whom a list is made. A job's token is a key to its own project: lists show it what is open to everybody.
pub fn viewer(actor: &Actor, now: Timestamp) -> Viewer {
    Viewer { user: actor.user().filter(|_| !actor.is_job()), admin: actor.is_admin(), today: now.date() }
}

/// A directory as the actor is told of it, who stands like that towards the place it was loaded for.
///
/// # Errors
/// The store's.
pub(crate) fn told(
    tx: &mut Tx<'_>,
    actor: &Actor,
    all: Directory,
    standing: &Standing,
    now: Timestamp,
) -> Result<Directory> {
    let seen = groups(tx, actor, all.invitations.values().flatten().map(|i| i.group), now)?;
    Ok(all.told(standing, |group| seen.contains(&group)))
}

/// Those among some groups that the actor may see.
///
/// # Errors
/// The store's.
pub fn groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    among: impl IntoIterator<Item = GroupId>,
    now: Timestamp,
) -> Result<HashSet<GroupId>> {
    let among: BTreeSet<i64> = among.into_iter().map(|g| g.0).collect();
    let among: Vec<i64> = among.into_iter().collect();
    Ok(namespaces::seen(tx, &viewer(actor, now), &among)?)
}
