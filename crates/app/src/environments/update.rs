//! Changes an environment.

use super::{Found, Right, find, image, subject};
use crate::authorize::Ref;
use crate::{Result, Tx, gates, reassess, refused};
use countersign_domain::access::Actor;
use countersign_domain::environment::{AutoStop, Tier, check_description, check_external_url};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::EnvironmentId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::environments::{self, Environment};

/// What somebody wants to change of an environment; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The name it has: there is no other.
    pub name: Option<String>,
    /// Its tier.
    pub tier: Option<Tier>,
    /// Where it can be seen; `Some(None)` nowhere.
    pub external_url: Option<Option<String>>,
    /// What it is for; `Some(None)` nothing.
    pub description: Option<Option<String>>,
    /// When it stops by itself.
    pub auto_stop: Option<AutoStop>,
}

/// Changes an environment; with another tier, what waits before it is judged anew.
///
/// # Errors
/// The actor may not, there is no such environment, or a value is not valid.
pub fn update(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: EnvironmentId,
    asked: &Changes,
    now: Timestamp,
) -> Result<Ending<Environment>> {
    let Found { environment: before, allowed, protected } = find(tx, actor, at, id, Right::Role, now)?;
    if let Err(why) = allowed {
        return Ok(refused(why, subject(&before), "update", protected));
    }
    if asked.name.as_ref().is_some_and(|n| *n != before.name) {
        let why = format!("cannot be changed: it is '{}'", before.name);
        return Err(Refusal::Field("name".into(), why).into());
    }
    if let Some(Some(url)) = &asked.external_url {
        check_external_url(url)?;
    }
    if let Some(Some(text)) = &asked.description {
        check_description(text)?;
    }
    if let Some(tier) = asked.tier
        && !gates::may_store_tier(tx, before.project_id, &before.name, (Some(before.tier), tier), actor, now)?
    {
        // Without a protection every developer may: there is one.
        return Ok(refused(Refusal::TierProtected(tier), subject(&before), &format!("tier {}", tier.as_str()), true));
    }
    let mut after = changed(&before, asked);
    if after == before {
        return Ok(Ending::Unchanged(before));
    }
    after.updated_at = now;
    environments::save(tx, &after)?;
    let event = Event::new(Code::EnvironmentUpdated, subject(&after)).before(image(&before)).after(image(&after));
    let moved = if after.tier == before.tier { Vec::new() } else { reassess::environment(tx, id, now)? };
    Ok(Ending::Done(Outcome::new(after, event).with(moved)))
}

fn changed(now: &Environment, asked: &Changes) -> Environment {
    Environment {
        tier: asked.tier.unwrap_or(now.tier),
        external_url: asked.external_url.clone().unwrap_or_else(|| now.external_url.clone()),
        description: asked.description.clone().unwrap_or_else(|| now.description.clone()),
        auto_stop: asked.auto_stop.unwrap_or(now.auto_stop),
        ..now.clone()
    }
}
