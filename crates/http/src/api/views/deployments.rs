//! Deployments as replies show them.

use super::{Site, distinct, in_short, of_jobs, people, short, user};
use crate::api::protected_environments::party;
use countersign_app::deployments::Shown;
use countersign_app::sight::Seen;
use countersign_app::{Failure, Tx};
use countersign_domain::approval::{RuleSummary, Vote};
use countersign_domain::deployment::Status;
use countersign_domain::ids::VoteId;
use countersign_store::commits::{self, Commit};
use countersign_store::deployments::Deployment;
use countersign_store::jobs::{self, Job};
use countersign_store::users::User;
use countersign_wire::deployment as wire;
use countersign_wire::environment::EnvironmentBasic;
use std::collections::HashMap;

/// Deployments of a project, in the order given; of their jobs, what may be seen.
pub(crate) fn of_deployments(
    tx: &mut Tx<'_>,
    site: &Site<'_>,
    all: &[Deployment],
    seen: &Seen,
) -> Result<Vec<wire::Deployment>, Failure> {
    let wanted = distinct(all.iter().filter(|d| seen.sees_job_of(d)).filter_map(|d| d.job_id).map(|j| j.0));
    let jobs = if wanted.is_empty() { Vec::new() } else { jobs::many(tx, &wanted)? };
    with_jobs(tx, site, all, (&jobs, seen.whole))
}

/// Deployments with those of the jobs that are theirs, `whole` or in short.
fn with_jobs(
    tx: &mut Tx<'_>,
    site: &Site<'_>,
    all: &[Deployment],
    (jobs, whole): (&[Job], bool),
) -> Result<Vec<wire::Deployment>, Failure> {
    let commits = match all {
        [] => return Ok(Vec::new()),
        [one] => commits::get(tx, one.project_id, &one.sha)?.into_iter().collect(),
        several => commits::of_deployments(tx, &distinct(several.iter().map(|d| d.id.0)))?,
    };
    let commits: HashMap<&str, &Commit> = commits.iter().map(|c| (c.sha.as_str(), c.as_ref())).collect();
    let users = people(tx, all.iter().filter_map(|d| d.user_id).map(|u| u.0))?;
    let jobs = of_jobs(tx, site, jobs)?.into_iter().map(|job| if whole { job } else { in_short(job) });
    let mut jobs: HashMap<i64, _> = jobs.map(|job| (job.id, job)).collect();
    let shown = |of: &Deployment| wire::Deployment {
        id: of.id.0,
        iid: of.iid,
        ref_name: of.ref_name.clone(),
        sha: of.sha.clone(),
        created_at: of.created_at.to_string(),
        updated_at: of.updated_at.to_string(),
        finished_at: of.finished_at.map(|t| t.to_string()),
        status: of.status.as_str().into(),
        user: of.user_id.and_then(|u| users.get(&u.0)).map(|u| site.user(u)),
        environment: environment(of),
        deployable: of.job_id.and_then(|j| jobs.remove(&j.0)),
        commit: commits.get(of.sha.as_str()).copied().map(commit),
        unapproved: of.unapproved,
    };
    Ok(all.iter().map(shown).collect())
}

fn environment(of: &Deployment) -> EnvironmentBasic {
    EnvironmentBasic {
        id: of.environment_id.0,
        name: of.environment_name.clone(),
        slug: of.environment.slug.clone(),
        external_url: of.environment.external_url.clone(),
        created_at: of.environment.created_at.to_string(),
        updated_at: of.environment.updated_at.to_string(),
    }
}

fn commit(of: &Commit) -> wire::DeploymentCommit {
    wire::DeploymentCommit {
        id: of.sha.clone(),
        short_id: short(&of.sha),
        title: of.title.clone(),
        author_name: of.author_name.clone(),
    }
}

/// One deployment with its approvals.
pub(crate) fn details(tx: &mut Tx<'_>, site: &Site<'_>, of: &Shown) -> Result<wire::DeploymentDetails, Failure> {
    let row = std::slice::from_ref(&of.case.deployment);
    let jobs = if of.with_job { of.case.job.as_slice() } else { &[] };
    let mut shown = with_jobs(tx, site, row, (jobs, of.whole))?;
    let votes = &of.case.gate.votes;
    let voters = people(tx, votes.iter().map(|v| v.voter.0))?;
    let approvals: HashMap<VoteId, wire::Approval> =
        votes.iter().map(|v| (v.id, approval(site.url, voters.get(&v.voter.0), v))).collect();
    let rule = |r: &RuleSummary| rule(r, &approvals);
    let rules: Vec<_> = of.summary.rules.iter().map(rule).collect();
    let deployment = shown.pop().ok_or_else(|| countersign_app::Error::Corrupt("a deployment vanished".into()))?;
    Ok(wire::DeploymentDetails {
        deployment,
        pending_approval_count: i64::try_from(of.summary.pending).unwrap_or(i64::MAX),
        approvals: votes.iter().filter_map(|v| approvals.get(&v.id).cloned()).collect(),
        approval_summary: (!rules.is_empty()).then_some(wire::ApprovalSummary { rules }),
        blocked_reasons: blocked_reasons(of),
    })
}

/// A vote as replies show it.
pub(crate) fn approval(url: &str, voter: Option<&User>, of: &Vote) -> wire::Approval {
    wire::Approval {
        user: voter.map(|u| user(url, u)),
        status: of.verdict.as_str().into(),
        created_at: of.at.to_string(),
        comment: of.comment.clone(),
        represented_as: of.represented_as.clone(),
    }
}

fn rule(of: &RuleSummary, approvals: &HashMap<VoteId, wire::Approval>) -> wire::ApprovalSummaryRule {
    let (user_id, group_id, access_level) = party(of.principal, of.echoed_level);
    wire::ApprovalSummaryRule {
        id: of.id,
        user_id,
        group_id,
        access_level,
        access_level_description: of.description.clone(),
        required_approvals: i64::from(of.required),
        group_inheritance_type: of.inheritance.number(),
        deployment_approvals: of.votes.iter().filter_map(|v| approvals.get(v).cloned()).collect(),
        orphaned: of.orphaned,
    }
}

/// What holds a blocked deployment up.
fn blocked_reasons(of: &Shown) -> Vec<wire::BlockedReason> {
    if of.case.deployment.status != Status::Blocked {
        return Vec::new();
    }
    of.summary
        .reasons()
        .into_iter()
        .map(|r| wire::BlockedReason { code: r.code.into(), message: r.message, cleared_by: r.cleared_by })
        .collect()
}
