//! Finds the environment a job or request names, or creates it (semantics, section 2).

use crate::flow::Flow;
use crate::{Result, gates, reassess};
use countersign_domain::environment::{AutoStop, Tier, check_name, slug};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{ProjectId, UserId};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_store::LockTable;
use countersign_store::environments::{self, Environment, NewEnvironment};
use serde_json::json;

/// The environment named.
#[derive(Debug, Clone)]
pub struct Ensured {
    /// It.
    pub environment: Environment,
    /// Whether the asked tier was not stored, because the person may not deploy under the tiers concerned: what they
    /// do then runs under the protections of inferred, stored and asked tier together.
    pub tier_refused: bool,
}

/// The environment with exactly that name, created if there is none. The tier asked for is stored only if the person
/// may deploy under the inferred, the old and the new one.
///
/// # Errors
/// A name that is not valid, or whose slug another environment has; nothing was written then. The store's.
pub fn ensure(
    flow: &mut Flow<'_, '_>,
    project: ProjectId,
    name: &str,
    asked: Option<Tier>,
    user: Option<UserId>,
) -> Result<Ensured> {
    check_name(name)?;
    let mut found = environments::by_name(flow.tx, project, name)?;
    if found.is_none() && environments::slug_taken(flow.tx, project, &slug(name))? {
        // Perhaps by this very environment, which somebody else created since the first look.
        found = environments::by_name(flow.tx, project, name)?;
        if found.is_none() {
            return Err(Refusal::Taken("slug".into(), "has already been taken".into()).into());
        }
    }
    if let Some(at) = found.as_ref().filter(|_| asked.is_some()) {
        // Locked before its tier is judged, so that nobody else stores one in between.
        flow.tx.lock_row(LockTable::Environments, at.id.0)?;
        found = environments::by_name(flow.tx, project, name)?;
    }
    let stored = found.as_ref().map(|e| e.tier);
    let allowed = match asked {
        Some(asked) => gates::triggerer_may_store_tier(flow.tx, project, name, (stored, asked), user, flow.now)?,
        None => true,
    };
    let wanted = asked.filter(|_| allowed);
    let environment = match (found, wanted) {
        (None, wanted) => create(flow, project, name, wanted.unwrap_or(Tier::inferred(name)))?,
        (Some(found), Some(tier)) if tier != found.tier => change_tier(flow, found, tier)?,
        (Some(found), _) => found,
    };
    Ok(Ensured { environment, tier_refused: !allowed })
}

fn create(flow: &mut Flow<'_, '_>, project: ProjectId, name: &str, tier: Tier) -> Result<Environment> {
    let auto_stop = AutoStop::of_new(tier);
    let new = NewEnvironment { project_id: project, name, tier, external_url: None, description: None, auto_stop };
    let id = environments::insert(flow.tx, &new, flow.now)?;
    let subject = Subject::of_project("Environment", id.0, project);
    let after = json!({"name": name, "tier": tier.as_str()});
    flow.events.push(Event::new(Code::EnvironmentCreated, subject).after(after));
    Ok(environments::get(flow.tx, project, id)?.ok_or(Refusal::NotFound(Missing::Row))?)
}

/// Stores another tier; what waits before the environment is judged anew under it.
fn change_tier(flow: &mut Flow<'_, '_>, mut of: Environment, tier: Tier) -> Result<Environment> {
    let subject = Subject::of_project("Environment", of.id.0, of.project_id);
    let event = Event::new(Code::EnvironmentUpdated, subject);
    let (before, after) = (json!({"tier": of.tier.as_str()}), json!({"tier": tier.as_str()}));
    of.tier = tier;
    of.updated_at = flow.now;
    environments::save(flow.tx, &of)?;
    flow.events.push(event.before(before).after(after));
    let touched = reassess::environment(flow.tx, of.id, flow.now)?;
    flow.events.extend(touched);
    Ok(of)
}
