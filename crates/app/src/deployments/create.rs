//! Records a deployment that an outside tool makes, or wants to make.

use super::Known;
use crate::authorize::{self, Ref};
use crate::flow::Flow;
use crate::{Result, Tx, environment_of, gates, or_refused, refused, sight};
use countersign_domain::access::{Action, Actor};
use countersign_domain::deployment::{Event as DeploymentEvent, Report};
use countersign_domain::environment::{Tier, check_name, tiers};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::gate::Gate;
use countersign_domain::ids::{DeploymentId, ProjectId};
use countersign_domain::outcome::Ending;
use countersign_domain::protection::Sight;
use countersign_domain::refusal::{Kind, Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::{commits, deployments, environments};
use serde_json::json;

/// A deployment as an outside tool reports it.
#[derive(Debug, Clone)]
pub struct NewDeployment {
    /// The name of the environment; created if there is none.
    pub environment: String,
    /// The commit.
    pub sha: String,
    /// The branch or tag.
    pub ref_name: String,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// How far it is.
    pub status: Report,
}

/// Records a deployment. Where approval is needed it is blocked; one that is reported as done without is recorded as
/// a violation, because it has happened.
///
/// # Errors
/// The actor may not create deployments or not deploy there, or a value is not valid.
pub fn create(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    new: &NewDeployment,
    known: &Known,
    now: Timestamp,
) -> Result<Ending<DeploymentId>> {
    let project = match or_refused(authorize::project(tx, actor, at, Action::CreateDeployments, now))? {
        Ok(found) => found.project.id,
        Err(why) => return not_a_developer(tx, actor, at, (new, why), now),
    };
    let Some(user) = actor.user() else { return Err(Refusal::Role("Developer").into()) };
    if !known.ref_name {
        return Err(Refusal::Field("ref".into(), "The branch or tag does not exist".into()).into());
    }
    check_name(&new.environment).map_err(|_| environment_name_refusal(&new.environment))?;
    let stored = environments::by_name(tx, project, &new.environment)?.map(|e| e.tier);
    let tiers = tiers(&new.environment, stored, None, false);
    let gate = gates::before(tx, project, &new.environment, &tiers, Some(user), now)?;
    let gate = if actor.is_job() { gate.through_job(user) } else { gate };
    if let Err(why) = gate.may_deploy(user) {
        return Ok(refuse(why, project, new, gate.is_protected()));
    }
    if !known.commit_there {
        return Err(Refusal::Field("sha".into(), "The commit does not exist".into()).into());
    }
    let mut flow = Flow::new(tx, now);
    if let Some(commit) = &known.commit {
        commits::keep(flow.tx, project, commit)?;
    }
    let ensured = environment_of::ensure(&mut flow, project, &new.environment, None, Some(user))?;
    let row = deployments::NewDeployment {
        project_id: project,
        environment_id: ensured.environment.id,
        job_id: None,
        user_id: Some(user),
        pipeline_creator_id: None,
        ref_name: &new.ref_name,
        tag: new.tag,
        sha: known.commit.as_ref().map_or(&new.sha, |c| &c.sha),
        asked_tier: None,
        tier_refused: false,
    };
    let id = deployments::insert(flow.tx, &row, now)?;
    begin(&mut flow, id, new, &gate)?;
    Ok(Ending::from_events(id, flow.events))
}

/// Refuses somebody whose role does not let them create deployments. Whoever sees the environment is told the reason,
/// also where only an entry lets them see it. The attempt on a protected one is recorded, unless it is one that only an
/// entry could let them see and none does.
fn not_a_developer<T>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    (new, why): (&NewDeployment, Refusal),
    now: Timestamp,
) -> Result<Ending<T>> {
    let seen = or_refused(sight::project(tx, actor, at, now))?;
    let knows = why.kind() == Kind::Forbidden;
    if seen.is_err() && !knows {
        return Err(why.into());
    }
    let why = if knows { why } else { Refusal::Role(Action::CreateDeployments.least().name()) };
    let project = authorize::find_project(tx, at)?.id;
    let stored = environments::by_name(tx, project, &new.environment)?.map(|e| e.tier);
    let tier = stored.unwrap_or(Tier::inferred(&new.environment));
    let named = |seen: &sight::Seen| seen.sight(&new.environment, tier, None, false) > Sight::None;
    let sees = knows || seen.as_ref().is_ok_and(named);
    let tiers = tiers(&new.environment, stored, None, false);
    let protected = sees && gates::before(tx, project, &new.environment, &tiers, actor.user(), now)?.is_protected();
    Ok(refuse(why, project, new, protected))
}

fn refuse<T>(why: Refusal, project: ProjectId, new: &NewDeployment, protected: bool) -> Ending<T> {
    let attempt = format!("deployment to {}", new.environment);
    refused(why, Subject::of_project("Project", project.0, project), &attempt, protected)
}

/// Takes a new deployment as far as its report goes and the gate lets it.
fn begin(flow: &mut Flow<'_, '_>, id: DeploymentId, new: &NewDeployment, gate: &Gate) -> Result<()> {
    let mut of = deployments::find(flow.tx, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let subject = || Subject::of_project("Deployment", id.0, of.project_id);
    let after = json!({"environment": new.environment, "sha": new.sha, "ref": new.ref_name});
    flow.events.push(Event::new(Code::DeploymentCreated, subject()).after(after));
    let lacks = gate.lacks_approval();
    let event = match new.status {
        Report::Created | Report::Running if lacks => Some(DeploymentEvent::Block),
        Report::Created => None,
        report => report.event(),
    };
    // One that ended without the approval it needed is final: nothing but a new deployment follows it.
    of.is_final = lacks && matches!(new.status, Report::Success | Report::Failed | Report::Canceled);
    if new.status == Report::Success && lacks {
        of.unapproved = true;
        flow.events.push(Event::new(Code::DeploymentUnapproved, subject()));
    }
    match event {
        Some(event) => flow.move_deployment(&mut of, event, Some(gate)),
        None => Ok(()),
    }
}

fn environment_name_refusal(name: &str) -> Refusal {
    Refusal::Field(
        "environment".into(),
        format!(
            "'{name}' is not a valid name: use 1 to 255 letters, digits, spaces and '-', '_', '/', '$', '{{', '}}', '.', not starting or ending with '/'"
        ),
    )
}
