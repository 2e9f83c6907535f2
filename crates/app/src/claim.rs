//! Hands a waiting job to a runner, if the gate before it is open in that very transaction (semantics, section 4).

mod candidates;
mod offers;

pub(crate) use offers::offers;

use crate::flow::Flow;
use crate::on_job::lacks_environment;
use crate::{Result, Tx, gates};
use candidates::Matching;
use countersign_domain::deployment::{Event as DeploymentEvent, Status as DeploymentStatus};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::gate::{Claim, Gate};
use countersign_domain::ids::JobId;
use countersign_domain::job::{Event as JobEvent, FailureReason, Status};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::deployments::Deployment;
use countersign_store::jobs::{self, Job, Waiting};
use countersign_store::runners as rows;
use countersign_store::runners::{self, Runner, Said};
use countersign_wire::runner::Info;
use serde_json::json;
use std::net::IpAddr;
use std::sync::Arc;

/// What a first look into the queue finds for a runner's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The token is nobody's.
    Unknown,
    /// Nothing waits that this runner may take.
    Nothing(Arc<Runner>),
    /// Something waits.
    Waiting(Arc<Runner>),
}

/// Whether anything waits that the runner with the token of that hash may take: cheap, and without any lock.
///
/// # Errors
/// The store's.
pub fn look(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Look> {
    let Some(runner) = runners::by_token(tx, hash.to_vec())? else { return Ok(Look::Unknown) };
    let found = Matching::new(&runner, None).next(tx)?.is_some();
    let runner = Arc::new(runner);
    Ok(if found { Look::Waiting(runner) } else { Look::Nothing(runner) })
}

/// The runner with that token.
///
/// # Errors
/// The store's.
pub fn runner(tx: &mut Tx<'_>, secret: &str) -> Result<Option<Runner>> {
    Ok(runners::by_token(tx, token::hash(secret))?)
}

/// Notes that a runner was heard of on one of its machines, and what it can do.
///
/// # Errors
/// The store's.
pub fn heard(tx: &mut Tx<'_>, runner: &Runner, heard: &Introduction, now: Timestamp) -> Result<()> {
    let info = &heard.info;
    let clean = |text: &str| text.chars().filter(|c| *c != '\0').take(255).collect::<String>();
    let said = |text: &str| Some(clean(text)).filter(|text| !text.is_empty());
    let said = Said {
        system_id: clean(&heard.system_id),
        version: clean(&info.version),
        revision: said(&info.revision),
        platform: said(&info.platform),
        architecture: said(&info.architecture),
        executor: said(&info.executor),
        ip_address: heard.from.map(|address| address.to_string()),
        features: serde_json::to_string(&info.features).unwrap_or_else(|_| "{}".into()),
    };
    Ok(rows::touch(tx, runner.id, &said, now)?)
}

/// What a machine says of itself, and from which address.
#[derive(Debug, Clone, Default, Hash)]
pub struct Introduction {
    /// What it calls itself.
    pub system_id: String,
    /// Its program.
    pub info: Info,
    /// Where it is.
    pub from: Option<IpAddr>,
}

/// Hands a job whose gate is open to the runner, under the token given: the one offered, or else the oldest. Jobs met before
/// it whose gate is shut are sent back: to wait for approval, or for somebody who may play them. The runner is as this
/// transaction reads it.
///
/// # Errors
/// The store's.
pub fn claim(
    tx: &mut Tx<'_>,
    runner: &Runner,
    offered: Option<JobId>,
    job_token: &str,
    now: Timestamp,
) -> Result<Ending<Option<JobId>>> {
    let mut flow = Flow::new(tx, now);
    let mut matching = Matching::new(runner, offered);
    while let Some(candidate) = matching.next(flow.tx)? {
        if attempt(&mut flow, runner, &candidate, job_token)? {
            return Ok(Ending::from_events(Some(candidate.id), flow.events));
        }
    }
    Ok(Ending::from_events(None, flow.events))
}

/// Tries to hand out one job; whether the runner has it now.
fn attempt(flow: &mut Flow<'_, '_>, runner: &Runner, candidate: &Waiting, job_token: &str) -> Result<bool> {
    // Somebody else may have been faster.
    let found = jobs::for_decision(flow.tx, candidate.id)?.filter(|j| j.status == Status::Pending);
    let Some(mut job) = found else { return Ok(false) };
    let (deployment, gate) = gates::of_job(flow.tx, &job, None, flow.now)?;
    if lacks_environment(&job) {
        flow.end_job(&mut job, JobEvent::Fail, Some(FailureReason::EnvironmentCreation))?;
        flow.advance(job.pipeline_id)?;
        return Ok(false);
    }
    // A job that makes no deployment, and was handed out before, stands as one whose deployment runs.
    let again = (job.attempt > 0).then_some(DeploymentStatus::Running);
    let verdict = gate.claim_at(deployment.as_ref().map(|d| d.status).or(again), job.user_id);
    match verdict {
        Claim::Open => hand_out(flow, runner, (&mut job, deployment, &gate), job_token)?,
        Claim::Outdated => flow.end_job(&mut job, JobEvent::Fail, Some(FailureReason::Outdated))?,
        Claim::Block => {
            note_held(flow, &job, "its deployment lacks approval");
            flow.block(&mut job, deployment)?;
        }
        Claim::Hold => {
            note_held(flow, &job, "whoever started it may not deploy any more");
            flow.move_job(&mut job, JobEvent::Hold)?;
        }
        Claim::Lost => {
            note_held(flow, &job, "it was handed out once before its environment was protected");
            flow.end_job(&mut job, JobEvent::Fail, Some(FailureReason::RunnerSystem))?;
        }
    }
    flow.advance(job.pipeline_id)?;
    Ok(verdict == Claim::Open)
}

fn hand_out(
    flow: &mut Flow<'_, '_>,
    runner: &Runner,
    (job, deployment, gate): (&mut Job, Option<Deployment>, &Gate),
    job_token: &str,
) -> Result<()> {
    job.runner_id = Some(runner.id);
    job.token_hash = Some(token::hash(job_token));
    job.attempt += 1;
    job.gated |= gate.is_protected();
    job.started_at = Some(flow.now);
    job.acknowledged_at = None;
    job.contacted_at = Some(flow.now);
    flow.move_job(job, JobEvent::Claim)?;
    if let Some(mut of) = deployment
        && of.status == DeploymentStatus::Created
    {
        flow.move_deployment(&mut of, DeploymentEvent::Run, Some(gate))?;
    }
    let subject = Subject::of_project("Job", job.id.0, job.project_id);
    let after = json!({"name": job.name, "runner": runner.id, "attempt": job.attempt, "user": job.user_id});
    flow.events.push(Event::new(Code::JobClaimed, subject).after(after));
    Ok(())
}

fn note_held(flow: &mut Flow<'_, '_>, job: &Job, why: &str) {
    let subject = Subject::of_project("Job", job.id.0, job.project_id);
    flow.events.push(Event::new(Code::JobHeld, subject).after(json!({"name": job.name, "why": why})));
}
