//! Creates an environment.

use super::{image, subject};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, gates, refused};
use countersign_domain::access::{Action, Actor};
use countersign_domain::environment::{AutoStop, Tier, check_description, check_external_url, check_name, slug};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::environments::{self, Environment};

/// An environment somebody asks for.
#[derive(Debug, Clone)]
pub struct NewEnvironment {
    /// Its name, unique in the project.
    pub name: String,
    /// Its tier; inferred from the name without.
    pub tier: Option<Tier>,
    /// Where it can be seen.
    pub external_url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// When it stops by itself; by its tier without.
    pub auto_stop: Option<AutoStop>,
}

/// Creates an environment, available. A tier other than the one its name suggests needs permission to deploy under
/// both, so that nobody renames the risk away.
///
/// # Errors
/// The actor may not, a value is not valid, or the name or its slug is taken.
pub fn create(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    new: &NewEnvironment,
    now: Timestamp,
) -> Result<Ending<Environment>> {
    let project = authorize::project(tx, actor, at, Action::ChangeEnvironments, now)?.project.id;
    check_name(&new.name)?;
    if let Some(url) = &new.external_url {
        check_external_url(url)?;
    }
    if let Some(text) = &new.description {
        check_description(text)?;
    }
    let taken = |field: &str| Refusal::Taken(field.into(), "has already been taken".into());
    if environments::by_name(tx, project, &new.name)?.is_some() {
        return Err(taken("name").into());
    }
    if environments::slug_taken(tx, project, &slug(&new.name))? {
        return Err(taken("slug").into());
    }
    let tier = new.tier.unwrap_or(Tier::inferred(&new.name));
    if !gates::may_store_tier(tx, project, &new.name, (None, tier), actor, now)? {
        // Without a protection every developer may: there is one.
        let subject = Subject::of_project("Project", project.0, project);
        let attempt = format!("tier {} for {}", tier.as_str(), new.name);
        return Ok(refused(Refusal::TierProtected(tier), subject, &attempt, true));
    }
    let row = environments::NewEnvironment {
        project_id: project,
        name: &new.name,
        tier,
        external_url: new.external_url.as_deref(),
        description: new.description.as_deref(),
        auto_stop: new.auto_stop.unwrap_or(AutoStop::of_new(tier)),
    };
    let id = environments::insert(tx, &row, now)?;
    let made = environments::get(tx, project, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let event = Event::new(Code::EnvironmentCreated, subject(&made)).after(image(&made));
    Ok(Ending::done(made, event))
}
